//! The samples that are built rather than recorded: traces of the old headers, 1.5 to 1.19, whose Go
//! releases are not to be had.

use super::sample::{Sample, Source};

/// Every built sample.
pub fn samples() -> Vec<Sample> {
    old().into_iter().map(sample).collect()
}

/// File names, what is in them, and their bytes. There is none yet.
fn old() -> Vec<(String, String, Vec<u8>)> {
    Vec::new()
}

fn sample((path, what, bytes): (String, String, Vec<u8>)) -> Sample {
    Sample { path, what, source: Source::Built(bytes) }
}
