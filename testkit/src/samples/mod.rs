//! The traces that are built for the corpus, because no Go release at hand writes their headers any more.

mod history;
mod stacks;

use goscope_wire::FormatVersion;

/// A trace for the corpus.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its path in the corpus.
    pub path: String,
    /// One phrase on what is in it.
    pub what: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An event that is in the tables since 1.7, though no release of Go writes it and Go's readers can't make sense
/// of it: [`local_exit`] has it instead of the traces of [`v1`].
pub const LOCAL_EXIT: &str = history::LOCAL_EXIT;

/// A trace of each header of family v1 that no Go release at hand writes, with every event of its version but
/// [`LOCAL_EXIT`]. Go's readers accept them.
#[must_use]
pub fn v1() -> Vec<Sample> {
    use FormatVersion::{V1_5, V1_7, V1_8, V1_9, V1_10, V1_11, V1_19};
    [V1_5, V1_7, V1_8, V1_9, V1_10, V1_11, V1_19].into_iter().map(sample).collect()
}

fn sample(version: FormatVersion) -> Sample {
    let what = format!("every event of header {version}, in a short life of a program");
    Sample { path: format!("built_{version}.trace"), what, bytes: history::of(version) }
}

/// A trace with [`LOCAL_EXIT`], which Go's readers do not accept.
#[must_use]
pub fn local_exit() -> Sample {
    let version = FormatVersion::V1_11;
    let what = format!("{LOCAL_EXIT}, an event that no release of Go writes");
    Sample {
        path: format!("built_local-exit_{version}.trace"),
        what,
        bytes: history::with_local_exit(version),
    }
}
