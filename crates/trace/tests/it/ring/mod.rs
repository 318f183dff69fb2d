//! The ring keeps what it says, byte for byte, and whatever is written of it is a trace.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod joins;
mod kept;
mod memory;
use crate::rewrite;

use goscope_testkit::{corpus, oracle::Oracle, validate};
use goscope_trace::{
    Event, EventKind, Reader, StreamItem,
    ring::{Ring, RingLimits, Written},
};
use goscope_wire::{Family, FormatVersion, Header};

/// A trace in parts: its header, and its generations as bytes.
struct Parts {
    name: String,
    version: FormatVersion,
    generations: Vec<Vec<u8>>,
}

impl Parts {
    fn of(name: &str, bytes: &[u8]) -> Self {
        let (mut decoder, mut generations, mut start) =
            (goscope_trace::StreamDecoder::default(), Vec::new(), 16);
        decoder.push(bytes);
        decoder.finish();
        while let Some(item) = decoder.next_item() {
            if let StreamItem::GenerationEnd(_) = item {
                let end = decoder.generation_end() as usize;
                generations.push(bytes[start..end].to_vec());
                start = end;
            }
        }
        assert_eq!(start, bytes.len(), "{name}");
        Self { name: name.into(), version: decoder.version().unwrap(), generations }
    }

    /// Some of its generations as a trace.
    fn trace(&self, generations: impl std::slice::SliceIndex<[Vec<u8>], Output = [Vec<u8>]>) -> Vec<u8> {
        [Header::new(self.version).to_bytes().to_vec(), self.generations[generations].concat()].concat()
    }
}

/// The traces of the repository that are whole, and those beside it that are not large.
fn whole_traces() -> Vec<(String, Vec<u8>)> {
    let traces = corpus::all().into_iter().map(|trace| (trace.name.clone(), trace.bytes()));
    traces.filter(|(_, bytes)| bytes.len() < 500_000 && read(bytes).is_ok()).collect()
}

fn is_v2(bytes: &[u8]) -> bool {
    Reader::new(bytes).unwrap().version().family() == Family::V2
}

/// Those of family v2 with so many generations.
fn with_generations(least: usize) -> Vec<Parts> {
    let traces = whole_traces().into_iter().filter(|(_, bytes)| is_v2(bytes));
    let parts = traces.map(|(name, bytes)| Parts::of(&name, &bytes));
    parts.filter(|parts| parts.generations.len() >= least).collect()
}

/// The events of a trace, but for those between generations.
fn read(bytes: &[u8]) -> Result<Vec<Event>, goscope_trace::Error> {
    let (mut reader, mut events) = (Reader::new(bytes)?, Vec::new());
    while let Some(event) = reader.next_event()? {
        if !matches!(event.kind, EventKind::Sync(_)) {
            events.push(event);
        }
    }
    Ok(events)
}

/// A ring that has been given captures, in pieces of a size.
fn ring(limits: RingLimits, captures: &[Vec<u8>], piece: usize) -> Ring {
    let mut ring = Ring::new(limits);
    for capture in captures {
        ring.begin_capture();
        for piece in capture.chunks(piece) {
            ring.push(piece);
            while ring.next_item().is_some() {}
        }
    }
    ring.finish_capture();
    ring
}

/// What is written of a ring, which a strict reader reads.
fn written(name: &str, ring: &Ring) -> Written<Vec<u8>> {
    let written = ring.snapshot().write(Vec::new()).unwrap();
    let events = read(&written.sink).unwrap_or_else(|error| panic!("{name}: {error}"));
    if written.is_exact {
        assert_eq!(events.len() as u64, written.events, "{name}");
    }
    let reading = validate::read(&written.sink, validate::Origin::Runtime, |_, _| {});
    assert!(reading.error.is_none(), "{name}: {reading:?}");
    written
}

/// Asserts that Go reads a trace to its end, and as many events as we do.
fn assert_go_reads(oracle: &Oracle, name: &str, trace: &[u8]) {
    let answer = oracle.ask("oracle", "digest", trace);
    assert_eq!(answer.error, None, "{name}");
    let (mut reader, mut events) = (Reader::new(trace).unwrap(), 0);
    while reader.next_event().unwrap().is_some() {
        events += 1;
    }
    assert_eq!(answer.text.split(' ').next().unwrap().parse(), Ok(events), "{name}");
}
