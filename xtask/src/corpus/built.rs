//! The samples that are built rather than recorded: traces of the old headers, 1.5 to 1.19, whose Go
//! releases are not to be had.

use goscope_testkit::samples;

use super::sample::{Sample, Source};

/// Every built sample.
pub fn samples() -> Vec<Sample> {
    old().into_iter().map(sample).collect()
}

/// Of the headers that no Go release at hand writes.
fn old() -> Vec<samples::Sample> {
    samples::v1().into_iter().chain([samples::local_exit()]).collect()
}

fn sample(samples::Sample { path, what, bytes }: samples::Sample) -> Sample {
    Sample { path, what, source: Source::Built(bytes) }
}
