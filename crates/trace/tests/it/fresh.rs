//! Go's reader of today beside ours: on a trace that is made for the occasion, and on traces with a lie in them.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use crate::go_text;

use std::{collections::BTreeSet, env, fs, path::PathBuf, process::Command};

use crate::rewrite::{LIES, Parts, Random};
use goscope_testkit::{
    corpus,
    oracle::{Answer, Oracle},
    validate::{self, Origin, Reading},
};
use goscope_wire::{Family, SliceReader};

/// Up to so many threads Go's sort keeps equals in their order.
const STABLE_THREADS: usize = 12;

/// So many traces are made of each one by each kind of lie.
const SEEDS: u64 = 2;

/// The program `service` of the oracle's folder, and where it is to write.
fn service(path: &PathBuf) -> Command {
    let folder = env::var_os("GOSCOPE_ORACLE").map(PathBuf::from).unwrap();
    let mut command = Command::new(folder.join("service"));
    command.args(["-mb", "4", "-c", "64", "-o"]).arg(path);
    command
}

/// A trace that did not exist before.
fn fresh_trace() -> Vec<u8> {
    let path = env::temp_dir().join(format!("goscope-fresh-{}.trace", std::process::id()));
    let output = service(&path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    bytes
}

/// The number of threads that write batches.
fn threads(bytes: &[u8]) -> usize {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut threads = BTreeSet::new();
    while let Ok(Some(record)) = reader.next_record() {
        if record.name() == "EventBatch" {
            threads.extend(record.arg("m"));
        }
    }
    threads.len()
}

fn is_v2(bytes: &[u8]) -> bool {
    SliceReader::new(bytes).unwrap().header().version().family() == Family::V2
}

/// The text of our events, and how reading went.
fn ours(bytes: &[u8], origin: Origin) -> (String, Reading) {
    let mut text = String::new();
    let reading = validate::read(bytes, origin, |event, tables| go_text::append(event, tables, &mut text));
    (text, reading)
}

/// The events of a text without their times, in an order that does not depend on Go's.
fn as_set(text: &str) -> Vec<String> {
    let text = format!("\n{text}");
    let mut events: Vec<_> = text.split("\nM=").map(without_time).collect();
    events.sort();
    events
}

/// An event without the part that says when it was.
fn without_time(event: &str) -> String {
    let Some((before, after)) = event.split_once(" Time=") else { return event.to_owned() };
    format!("{before}{}", after.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()))
}

/// The first line that differs.
fn difference(ours: &str, theirs: &str) -> Option<String> {
    let lines = ours.lines().map(Some).chain([None]).zip(theirs.lines().map(Some).chain([None]));
    let different = lines.enumerate().find(|(_, (ours, theirs))| ours != theirs);
    let by_length = (ours.len() != theirs.len()).then(|| "one text goes on".to_owned());
    different.map(|(line, (ours, theirs))| format!("line {line}: {ours:?}, Go {theirs:?}")).or(by_length)
}

#[test]
fn a_fresh_trace_reads_as_it_does_for_go() {
    let Some(oracle) = Oracle::find() else { return };
    let bytes = fresh_trace();
    let (text, reading) = ours(&bytes, Origin::Runtime);
    assert!(reading.error.is_none() && reading.violations.is_empty(), "{reading:#?}");
    let Answer { text: theirs, error } = oracle.ask("oracle", "events", &bytes);
    assert_eq!(error, None);
    if threads(&bytes) <= STABLE_THREADS {
        assert_eq!(difference(&text, &theirs), None);
    }
    assert!(as_set(&text) == as_set(&theirs), "other events than Go's");
}

/// How our reading of a trace differs from Go's.
fn disagreement(oracle: &Oracle, bytes: &[u8]) -> Option<String> {
    let (text, reading) = ours(bytes, Origin::Stranger);
    let Answer { text: theirs, error } = oracle.ask("oracle", "events", bytes);
    let by_error = (error.is_some() != reading.error.is_some()).then(|| "only one fails".to_owned());
    let different = difference(&text, &theirs).or(by_error)?;
    Some(format!("{different}\n  ours: {:?}\n  Go: {error:?}", reading.error))
}

#[test]
fn lies_are_found_where_go_finds_them() {
    let Some(oracle) = Oracle::find() else { return };
    let mut wrong = Vec::new();
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        if trace.is_damaged() || !is_v2(&bytes) || threads(&bytes) > STABLE_THREADS {
            continue;
        }
        let parts = Parts::of(&bytes);
        for (lie, seed) in LIES.into_iter().flat_map(|lie| (0..SEEDS).map(move |seed| (lie, seed))) {
            let different = disagreement(&oracle, &parts.with(lie, &mut Random(seed)));
            wrong.extend(different.map(|what| format!("{}, {lie:?}, seed {seed}: {what}", trace.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
