//! Writing: what is read, written, and read again is the same, for every version, and Go reads it too.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod chaos;
mod hostile;
mod parts;
mod renewal;
use crate::rewrite;
mod same;
mod slices;

use std::collections::{BTreeMap, BTreeSet};

use goscope_testkit::{
    corpus::{self, Trace},
    oracle::Oracle,
    validate::{self, Origin},
};
use goscope_trace::{
    Reader,
    encode::{Change, Changes, Encoder},
};
use goscope_wire::{Family, FormatVersion};
use same::{Comparison, Difference, Events, compare};

/// All events of a trace.
fn events(bytes: &[u8]) -> Result<Events<'_>, goscope_trace::Error> {
    let mut reader = Reader::new(bytes)?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event);
    }
    Ok(Events { events, reader })
}

/// A trace written anew, event by event.
fn encode(bytes: &[u8]) -> (Vec<u8>, Changes) {
    let mut reader = Reader::new(bytes).unwrap();
    let mut encoder = Encoder::new(Vec::new());
    while let Some(part) = reader.next_part().unwrap() {
        encoder.part(&part).unwrap();
    }
    encoder.finish().unwrap()
}

/// The traces that can be read to their end.
fn readable() -> Vec<(Trace, Vec<u8>)> {
    let traces = corpus::all().into_iter().map(|trace| {
        let bytes = trace.bytes();
        (trace, bytes)
    });
    traces.filter(|(_, bytes)| events(bytes).is_ok()).collect()
}

fn is_v2(bytes: &[u8]) -> bool {
    Reader::new(bytes).is_ok_and(|reader| reader.version().family() == Family::V2)
}

#[test]
fn events_come_back_as_they_were() {
    let traces = readable();
    assert!(traces.len() > 50);
    let mut all = BTreeMap::<Difference, u64>::new();
    let mut wrong = Vec::new();
    for (trace, bytes) in &traces {
        let original = events(bytes).unwrap();
        let (written, changes) = encode(bytes);
        let Comparison { differences, wrong: bad } = match events(&written) {
            Ok(read) => compare(&original, &read),
            Err(error) => Comparison { wrong: vec![error.to_string()], ..Comparison::default() },
        };
        wrong.extend(bad.into_iter().take(3).map(|what| (trace.name.clone(), what)));
        // Family v2 says all that its events say.
        let allowed = if is_v2(bytes) { &[Difference::NoClock][..] } else { Difference::ALL };
        let excess: Vec<_> = differences.keys().filter(|difference| !allowed.contains(difference)).collect();
        if !excess.is_empty() || (is_v2(bytes) && !changes.is_empty()) {
            wrong.push((trace.name.clone(), format!("{differences:?}, {changes:?}")));
        }
        differences.into_iter().for_each(|(difference, times)| *all.entry(difference).or_default() += times);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Each that is listed happens, or it would be listed for nothing.
    if corpus::shared().is_some() {
        assert_eq!(all.keys().copied().collect::<BTreeSet<_>>(), Difference::ALL.iter().copied().collect());
    }
}

#[test]
fn what_is_written_makes_sense() {
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| bytes.len() < 400_000) {
        let (written, _) = encode(bytes);
        let mut reading = validate::read(&written, Origin::Runtime, |_, _| {});
        if Reader::new(&bytes[..]).unwrap().version() == FormatVersion::V1_5 {
            reading.violations.retain(|violation| !violation.contains("a frame that lacks something"));
        }
        assert!(reading.violations.is_empty() && reading.error.is_none(), "{}: {reading:?}", trace.name);
    }
}

/// Asserts that Go reads a trace to its end, and as many events as we do.
fn assert_go_reads(oracle: &Oracle, name: &str, written: &[u8]) {
    let answer = oracle.ask("oracle", "digest", written);
    assert_eq!(answer.error, None, "{name}");
    let count: usize = answer.text.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(count, events(written).unwrap().events.len(), "{name}");
}

#[test]
fn go_reads_what_is_written() {
    let Some(oracle) = Oracle::find() else { return };
    // What family v2 is converted to is asked about in `renewal`.
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| !is_v2(bytes) || bytes.len() < 2_000_000) {
        let (written, _) = encode(bytes);
        assert_go_reads(&oracle, &trace.name, &written);
    }
}

#[test]
fn steps_are_added_only_where_v1_does_not_record_them() {
    let names = ["service_go1.21.13", "callback_go1.21.13", "esbuild-0.12.0_go1.16"];
    for (trace, bytes) in readable() {
        let (_, changes) = encode(&bytes);
        let is_named = names.iter().any(|name| trace.name.contains(name));
        assert!(is_named || changes.times(Change::Added) <= 1, "{}: {changes:?}", trace.name);
    }
}
