//! Reading on behind damage: what a strict reader refuses gives what can be read, never a panic or a hang, and
//! what a strict reader accepts gives the same events and no diagnostics.

// What a test needs may fail with a panic, and the figures are for whoever reads the test's output.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use goscope_testkit::corpus::{self, Trace};
use goscope_trace::{Diagnostic, Event, EventKind, Options, Reader, Remedy};
use goscope_wire::{Family, SliceReader};

const SALVAGE: Options =
    Options { salvage: true, wire: goscope_wire::Options { limits: LIMITS, assume: None, resync: true } };
const LIMITS: goscope_wire::Limits =
    goscope_wire::Limits { batch_bytes: 1 << 20, data_bytes: 1 << 20, stack_frames: 1 << 14 };

/// The events of a trace of family v2, read with salvage, and what was wrong.
fn salvage(bytes: &[u8]) -> (Vec<Event>, Vec<Remedy>) {
    let mut reader = Reader::with_options(bytes, SALVAGE).unwrap();
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        events.push(event);
    }
    (events, reader.diagnostics().iter().map(|Diagnostic { remedy, .. }| *remedy).collect())
}

fn family_v2(traces: Vec<Trace>) -> impl Iterator<Item = Vec<u8>> {
    let bytes = traces.into_iter().map(|trace| trace.bytes());
    bytes.filter(|bytes| SliceReader::new(bytes).is_ok_and(|it| it.header().version().family() == Family::V2))
}

/// The scheduling events of a trace as they stand in the file: those that make transitions of goroutines.
fn scheduling_records(bytes: &[u8]) -> usize {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut count = 0;
    while let Ok(Some(record)) = reader.next_record() {
        let name = record.name();
        count += usize::from(name.starts_with("Go") && !matches!(name, "GoLabel" | "GoroutineStack"));
    }
    count
}

fn transitions(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event.kind, EventKind::GoTransition(_))).count()
}

/// A generator of numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn whole_traces_read_the_same_without_diagnostics() {
    let whole = corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged()).collect();
    for bytes in family_v2(whole) {
        let (events, remedies) = salvage(&bytes);
        let mut strict = Reader::new(&bytes[..]).unwrap();
        for event in &events {
            assert_eq!(strict.next_event().unwrap().as_ref(), Some(event));
        }
        assert!(strict.next_event().unwrap().is_none() && remedies.is_empty());
    }
}

#[test]
fn a_program_that_did_not_stop_its_trace_keeps_its_scheduling_events() {
    let Some(shared) = corpus::shared() else { return };
    for name in ["no-stop_go1.22.10", "no-stop_go1.27.3"] {
        let trace = shared.traces().into_iter().find(|trace| trace.name.contains(name)).unwrap();
        let (events, remedies) = salvage(&trace.bytes());
        let (there, read) = (scheduling_records(&trace.bytes()), transitions(&events));
        println!("{name}: {read} transitions of {there} scheduling records, {} diagnostics", remedies.len());
        assert!(read * 10 >= there * 9 && !remedies.is_empty(), "{name}");
    }
}

/// What is recorded is the share of events of the whole traces, in percent, that came out of the damaged ones.
#[test]
fn cut_and_changed_traces_give_most_of_what_can_be_read() {
    let whole = corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged()).collect();
    let mut random = Random(1);
    let (mut cut, mut changed) = (Share::default(), Share::default());
    for bytes in family_v2(whole) {
        let all = salvage(&bytes).0.len();
        for _ in 0..20 {
            let end = 16 + random.below(bytes.len() - 16);
            cut.add(salvage(&bytes[..end]).0.len(), all * end / bytes.len());
            let mut noisy = bytes.clone();
            for _ in 0..=random.below(50) {
                let place = 16 + random.below(bytes.len() - 16);
                noisy[place] = random.below(256) as u8;
            }
            changed.add(salvage(&noisy).0.len(), all);
        }
    }
    println!("cut: {} %, changed: {} %", cut.percent(), changed.percent());
    assert!(cut.percent() >= RECORDED_CUT && changed.percent() >= RECORDED_CHANGED);
}

/// The figures of the last time that salvage got better.
const RECORDED_CUT: usize = 99;
const RECORDED_CHANGED: usize = 52;

#[derive(Default)]
struct Share {
    read: usize,
    there: usize,
}

impl Share {
    fn add(&mut self, read: usize, there: usize) {
        self.read += read.min(there);
        self.there += there;
    }

    fn percent(&self) -> usize {
        self.read * 100 / self.there.max(1)
    }
}
