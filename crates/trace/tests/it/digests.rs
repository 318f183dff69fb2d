//! Every trace that reads: our events are Go's, and they make sense.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use crate::go_text;

use std::fmt::Write as _;

use goscope_testkit::{
    corpus::{self, Row, Trace},
    validate::{self, Origin, Reading},
};
use goscope_trace::{Event, Tables};
use sha2::{Digest, Sha256};

/// Digests the text of events as it comes.
#[derive(Default)]
struct TextDigest {
    digest: Sha256,
    line: String,
}

impl TextDigest {
    fn event(&mut self, event: &Event, tables: &Tables) {
        self.line.clear();
        go_text::append(event, tables, &mut self.line);
        self.digest.update(&self.line);
    }

    fn finish(self) -> String {
        self.digest.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    }
}

fn read(trace: &Trace) -> (Reading, String) {
    let origin = if trace.is_damaged() { Origin::Stranger } else { Origin::Runtime };
    let mut digest = TextDigest::default();
    let reading = validate::read(&trace.bytes(), origin, |event, tables| digest.event(event, tables));
    (reading, digest.finish())
}

fn is_v2(header: &str) -> bool {
    header.strip_prefix("1.").and_then(|minor| minor.parse().ok()).is_some_and(|minor: u32| minor >= 22)
}

/// What is wrong with our reading of a trace of the manifest.
fn differences(row: &Row, trace: &Trace) -> Vec<String> {
    let verdict = row.events.as_ref().unwrap();
    let (reading, digest) = read(trace);
    let mut wrong = reading.violations;
    if verdict.items != reading.events {
        wrong.push(format!("{} events, Go has {}", reading.events, verdict.items));
    }
    if verdict.sha256 != digest {
        wrong.push("the text is not Go's".to_owned());
    }
    if verdict.error.is_some() != reading.error.is_some() {
        wrong.push(format!("ends with {:?}, Go's with {:?}", reading.error, verdict.error));
    }
    wrong
}

#[test]
fn events_of_shared_traces_are_those_of_go() {
    let Some(shared) = corpus::shared() else { return };
    let rows: Vec<_> = shared.manifest().into_iter().filter(|row| is_v2(&row.header)).collect();
    assert!(!rows.is_empty());
    let wrong: Vec<_> = rows
        .iter()
        .map(|row| Trace { name: row.path.clone(), path: shared.folder().join(&row.path) })
        .zip(&rows)
        .flat_map(|(trace, row)| {
            differences(row, &trace).into_iter().map(move |what| (row.path.clone(), what))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_that_reads_makes_sense() {
    let mut count = 0;
    for trace in corpus::all() {
        let (reading, _) = read(&trace);
        assert!(reading.violations.is_empty(), "{}: {:#?}", trace.name, reading.violations);
        count += reading.events;
    }
    assert!(count > 0);
}

#[test]
fn own_traces_read_to_their_ends() {
    let traces = corpus::own().traces();
    for trace in traces.iter().filter(|trace| !trace.is_damaged() && is_v2(header(&trace.bytes()))) {
        let (reading, _) = read(trace);
        assert!(reading.error.is_none(), "{}: {:?}", trace.name, reading.error);
    }
}

/// The version in the header.
fn header(bytes: &[u8]) -> &str {
    let line = std::str::from_utf8(&bytes[..16]).unwrap();
    line.trim_start_matches("go ").split(' ').next().unwrap()
}
