//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The corpus: traces, their manifest, and the programs that write them.
pub fn corpus() -> PathBuf {
    root().join("corpus")
}

/// A folder for what a chore makes on its way.
pub fn scratch(chore: &str) -> PathBuf {
    root().join("target").join(chore)
}
