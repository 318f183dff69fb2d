//! Go's own readers, as judges: `../shared/oracle/build.sh DIR` builds them, `GOSCOPE_ORACLE` names `DIR`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::skip;

/// The release of Go that the oracle is built with.
const NEWEST: &str = "1.27.3";

/// The folder with Go's readers.
#[derive(Clone, Debug)]
pub struct Oracle {
    folder: PathBuf,
}

/// What a reader printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The text, without the line of the error.
    pub text: String,
    /// The error that the reader ended with.
    pub error: Option<String>,
}

impl Oracle {
    /// The readers in the folder that `GOSCOPE_ORACLE` names.
    ///
    /// `None` means that the variable is not set and that the test is to be skipped, which has been printed.
    ///
    /// # Panics
    ///
    /// When the variable is not set and `CI` is "true".
    #[must_use]
    pub fn find() -> Option<Self> {
        let named = env::var_os("GOSCOPE_ORACLE").filter(|folder| !folder.is_empty());
        let oracle = named.map(|folder| Self { folder: folder.into() });
        skip::unless_found(oracle, "no oracle: GOSCOPE_ORACLE is to name the folder with Go's readers")
    }

    /// The `go` command that the readers are built with. It uses nothing but what the folder has.
    ///
    /// # Panics
    ///
    /// When the folder has no such toolchain.
    #[must_use]
    pub fn go(&self) -> Command {
        self.go_of(NEWEST)
    }

    /// The `go` command of another release: the folder has 1.21.13, too.
    ///
    /// # Panics
    ///
    /// When the folder has no such toolchain.
    #[must_use]
    pub fn go_of(&self, release: &str) -> Command {
        let root = self.folder.join(format!("go{release}/go"));
        let root = root.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", root.display()));
        let mut go = Command::new(root.join("bin/go"));
        go.env("GOCACHE", root.join(format!("../../cache-{release}"))).env("GOROOT", root);
        go.envs([("GOTOOLCHAIN", "local"), ("GOFLAGS", ""), ("CGO_ENABLED", "0")]);
        go
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program of the folder: `go-tool-trace` is what `go tool trace` runs.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join(name))
    }

    /// Asks a program of the folder: `oracle` (Go 1.27, `wire` or `events`) or `oracle-v1` (Go 1.21, `events`)
    /// about a trace.
    ///
    /// # Panics
    ///
    /// When the program can't be run, or fails without saying why.
    #[must_use]
    pub fn ask(&self, program: &str, mode: &str, trace: &[u8]) -> Answer {
        let file = Scratch::new(trace);
        let output = self.program(program).arg(mode).arg(&file.0).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Answer { text, error: None };
        }
        let start = text.rfind("error: ").unwrap_or_else(|| {
            panic!("{program} failed: {}: {}", output.status, String::from_utf8_lossy(&output.stderr))
        });
        Answer { text: text[..start].to_owned(), error: Some(text[start + 7..].trim_end().to_owned()) }
    }
}

/// A file that lives as long as the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("goscope-oracle-{}-{number}.trace", std::process::id()));
        std::fs::write(&path, bytes).expect("a writable folder for temporary files");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}
