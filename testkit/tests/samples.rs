//! The built samples: every event of their versions is in them, and Go's own readers accept them.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use goscope_testkit::{
    corpus,
    oracle::Oracle,
    samples::{self, Sample},
};
use goscope_wire::{Family, FormatVersion, SliceReader, Table, Trailer, Writer};

fn names(bytes: &[u8]) -> BTreeSet<&'static str> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut names = BTreeSet::new();
    while let Some(record) = reader.next_record().unwrap() {
        names.insert(record.name());
    }
    names
}

fn version(bytes: &[u8]) -> FormatVersion {
    SliceReader::new(bytes).unwrap().header().version()
}

fn assert_accepted(oracle: &Oracle, program: &str, Sample { path, bytes, .. }: &Sample) {
    let answer = oracle.ask(program, "events", bytes);
    assert_eq!(answer.error, None, "{program} on {path}");
    assert!(!answer.text.is_empty(), "{program} on {path}");
}

#[test]
fn every_event_of_the_version_occurs() {
    for Sample { path, bytes, .. } in samples::v1() {
        let all: BTreeSet<_> = Table::of(version(&bytes)).events().map(|spec| spec.name).collect();
        let mut there = names(&bytes);
        there.extend(all.contains(samples::LOCAL_EXIT).then_some(samples::LOCAL_EXIT));
        assert_eq!(there, all, "{path}");
    }
    assert!(names(&samples::local_exit().bytes).contains(samples::LOCAL_EXIT));
}

#[test]
fn every_old_header_without_a_release_at_hand_has_a_sample() {
    let versions: Vec<_> = samples::v1().iter().map(|sample| version(&sample.bytes)).collect();
    let old = FormatVersion::ALL.into_iter().filter(|version| version.family() == Family::V1);
    assert_eq!(versions, old.filter(|version| *version != FormatVersion::V1_21).collect::<Vec<_>>());
}

#[test]
fn samples_are_small_and_in_the_corpus() {
    for Sample { path, bytes, .. } in samples::v1().into_iter().chain([samples::local_exit()]) {
        assert!(bytes.len() < 10_000, "{path}: {} bytes", bytes.len());
        let file = corpus::own().folder().join(&path);
        assert!(std::fs::read(file).unwrap() == bytes, "{path}: run `cargo xtask corpus --only built`");
    }
}

#[test]
fn go_1_21_accepts_every_sample() {
    let Some(oracle) = Oracle::find() else { return };
    for sample in samples::v1() {
        assert_accepted(&oracle, "oracle-v1", &sample);
    }
}

#[test]
fn go_1_21_takes_a_local_exit_for_that_of_no_goroutine() {
    let Some(oracle) = Oracle::find() else { return };
    let error = oracle.ask("oracle-v1", "events", &samples::local_exit().bytes).error.unwrap();
    assert!(error.starts_with("g 0 is not waiting during syscall exit"), "{error}");
}

#[test]
fn go_1_27_stops_at_nothing_but_a_futile_wakeup() {
    let Some(oracle) = Oracle::find() else { return };
    for sample in samples::v1().iter().filter(|sample| version(&sample.bytes) >= FormatVersion::V1_11) {
        let error = oracle.ask("oracle", "events", &sample.bytes).error;
        assert_eq!(error.as_deref(), Some("unexpected event type 36"), "{}", sample.path);
        let bytes = without_futile_wakeups(&sample.bytes);
        assert_accepted(&oracle, "oracle", &Sample { bytes, ..sample.clone() });
    }
}

/// The trace with something harmless at the times of its futile wakeups.
fn without_futile_wakeups(bytes: &[u8]) -> Vec<u8> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut writer = Writer::with_header(Vec::new(), reader.header()).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        match record.name() {
            "FutileWakeup" => writer.event("HeapAlloc", &[record.args()[0], 4096], Trailer::None).unwrap(),
            _ => writer.record(&record).unwrap(),
        }
    }
    writer.finish().unwrap()
}
