//! Traces without the names in them: the names are gone, and everything else is as it was.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod hostile;
mod options;
mod oracle;
mod same_events;
mod same_records;
mod secrets;
mod shapes;
mod strings;

use goscope_testkit::corpus::{self, Trace};
use goscope_trace::edit::{Anonymiser, Mapping, Result};

const KEY: &[u8] = b"a key for tests";

fn anonymised(bytes: &[u8]) -> Result<Vec<u8>> {
    with_mapping(bytes).map(|(anonymous, _)| anonymous)
}

/// An anonymised trace, and what is what in it.
fn with_mapping(bytes: &[u8]) -> Result<(Vec<u8>, Mapping)> {
    let mut anonymiser = Anonymiser::new(KEY).remember();
    let mut out = Vec::new();
    anonymiser.run(bytes, &mut out)?;
    Ok((out, anonymiser.mapping().cloned().unwrap_or_default()))
}

/// Every trace that can be anonymised. Of damaged ones, some can, if it is only their end that is missing.
fn traces() -> Vec<(String, Vec<u8>)> {
    let read = |trace: Trace| {
        let bytes = trace.bytes();
        let is_fine = anonymised(&bytes);
        assert!(is_fine.is_ok() || trace.is_damaged(), "{}: {is_fine:?}", trace.name);
        is_fine.is_ok().then_some((trace.name, bytes))
    };
    corpus::all().into_iter().filter_map(read).collect()
}

#[test]
fn every_trace_that_is_whole_is_anonymised() {
    assert!(traces().len() > 80);
}
