//! What can be read of arbitrary bytes is written as a trace, and so are events that the bytes make up, and parts of both: nothing
//! panics or hangs, and a strict reader reads all of what is written. What it reads already, it reads under the newest header too.
//!
//! The first byte of the input chooses the version, or that events are made up; a header is put in front of the rest.

#![no_main]

#[path = "../../crates/trace/tests/it/encode/chaos.rs"]
mod chaos;

use goscope_trace::{Bounds, Options, Reader, TraceTime, edit, encode::Encoder, slice::Slicer};
use goscope_wire::{Family, FormatVersion, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [choice, body @ ..] = input else { return };
    let written = match FormatVersion::ALL.get(usize::from(*choice) % (FormatVersion::ALL.len() + 1)) {
        Some(version) => {
            let trace = [&Header::new(*version).to_bytes()[..], body].concat();
            check_renewed(&trace);
            repaired(&trace)
        }
        None => made_up(body),
    };
    let times = times(&written);
    if let [first, .., last] = times[..] {
        let third = first.0.abs_diff(last.0) as i64 / 3;
        check_slice(&written, TraceTime(first.0 + third), TraceTime(last.0 - third));
    }
});

/// The times of all events, or nothing if a strict reader does not read them all.
fn times_if_sound(trace: &[u8]) -> Option<Vec<TraceTime>> {
    let mut reader = Reader::new(trace).unwrap();
    let mut times = Vec::new();
    while let Some(event) = reader.next_event().ok()? {
        times.push(event.time);
    }
    Some(times)
}

/// The times of all events of a trace that was written.
fn times(trace: &[u8]) -> Vec<TraceTime> {
    let times = times_if_sound(trace).unwrap();
    assert!(times.is_sorted_by(|a, b| a < b));
    times
}

fn check_renewed(trace: &[u8]) {
    let records = goscope_wire::Reader::new(trace).unwrap();
    if records.header().version().family() == Family::V1 {
        return;
    }
    if let Some(before) = times_if_sound(trace) {
        let mut renewed = Vec::new();
        edit::renew(records, &mut renewed).unwrap();
        assert_eq!(before, times_if_sound(&renewed).unwrap());
    }
}

fn repaired(trace: &[u8]) -> Vec<u8> {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(trace, options).unwrap();
    let mut encoder = Encoder::new(Vec::new());
    while let Ok(Some(part)) = reader.next_part() {
        encoder.part(&part).unwrap();
    }
    encoder.finish().unwrap().0
}

/// A trace of events that the bytes choose.
fn made_up(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes.iter();
    let mut below = |bound: usize| usize::from(rest.next().copied().unwrap_or_default()) % bound.max(1);
    chaos::trace(&mut below, bytes.len() / 16)
}

fn check_slice(trace: &[u8], from: TraceTime, to: TraceTime) {
    let mut slicer = Slicer::new(Vec::new());
    let mut reader = Reader::new(trace).unwrap();
    'all: while let Some(part) = reader.next_part().unwrap() {
        for event in part.chunk.iter() {
            if slicer.event(&event, &part, Bounds { from, to }).unwrap().is_break() {
                break 'all;
            }
        }
    }
    times(&slicer.finish(Some(to)).unwrap().0);
}
