//! Whatever the events are, what is written of them is a trace that can be read: by the strict reader, and by Go.

use goscope_testkit::{
    corpus::{self, Trace},
    oracle::Oracle,
};
use goscope_trace::{
    Bounds, Event, Kind, Options, Reader, TraceTime,
    encode::{Changes, Encoder},
    slice::Slicer,
};

use crate::{
    chaos,
    rewrite::{LIES, Parts, Random, with_bytes_changed},
};

/// A trace's events, as a strict reader sees them.
fn check(name: &str, trace: &[u8]) -> Vec<Event> {
    let mut reader = Reader::new(trace).unwrap();
    let mut events = Vec::new();
    loop {
        match reader.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return events,
            Err(error) => panic!("{name}: {error} behind {} events", events.len()),
        }
    }
}

/// Asks Go about each of these many traces.
struct Judge {
    oracle: Option<Oracle>,
    every: usize,
    count: usize,
}

impl Judge {
    fn every(every: usize) -> Self {
        Self { oracle: Oracle::find(), every, count: 0 }
    }

    fn check(&mut self, name: &str, trace: &[u8]) {
        let events = check(name, trace).len();
        self.count += 1;
        if let Some(oracle) = self.oracle.as_ref().filter(|_| self.count.is_multiple_of(self.every)) {
            let answer = oracle.ask("oracle", "digest", trace);
            assert_eq!(answer.error, None, "{name}");
            let count: usize = answer.text.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(count, events, "{name}");
        }
    }
}

/// What can be read of a trace, written anew.
fn repair(bytes: &[u8]) -> Option<(Vec<u8>, Changes)> {
    let options = Options { salvage: true, ..Options::default() };
    let mut reader = Reader::with_options(bytes, options).ok()?;
    let mut encoder = Encoder::new(Vec::new());
    while let Ok(Some(part)) = reader.next_part() {
        encoder.part(&part).unwrap();
    }
    Some(encoder.finish().unwrap())
}

/// Small traces of every version.
fn small() -> Vec<(Trace, Vec<u8>)> {
    let traces = corpus::own().traces().into_iter().map(|trace| {
        let bytes = trace.bytes();
        (trace, bytes)
    });
    traces.filter(|(_, bytes)| bytes.len() < 60_000).collect()
}

#[test]
fn damaged_traces_are_repaired() {
    let mut judge = Judge::every(1);
    for trace in corpus::all().into_iter().filter(Trace::is_damaged) {
        let (repaired, _) = repair(&trace.bytes()).unwrap();
        judge.check(&trace.name, &repaired);
    }
    assert!(judge.count >= 3);
}

/// The trace, damaged in one of many ways.
fn damaged(bytes: &[u8], parts: Option<&Parts>, random: &mut Random) -> Vec<u8> {
    match (random.below(6), parts) {
        (0, _) => bytes[..16 + random.below(bytes.len() - 16)].to_vec(),
        (1, Some(parts)) => parts.with_batch(0, random),
        (2, Some(parts)) => parts.with_batch(2, random),
        (3 | 4, Some(parts)) => parts.with(LIES[random.below(LIES.len())], random),
        _ => with_bytes_changed(bytes, random),
    }
}

#[test]
fn traces_that_are_damaged_anyhow_are_repaired() {
    let mut judge = Judge::every(20);
    for (trace, bytes) in small() {
        let parts = crate::is_v2(&bytes).then(|| Parts::of(&bytes));
        for seed in 0..runs(12) {
            let damaged = damaged(&bytes, parts.as_ref(), &mut Random(seed));
            let Some((repaired, _)) = repair(&damaged) else { continue };
            judge.check(&format!("{}, seed {seed}", trace.name), &repaired);
        }
    }
    assert!(judge.count > 200, "{}", judge.count);
}

/// A trace of random events.
fn chaos(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let events = [5, 30, 200, 1500][random.below(4)];
    chaos::trace(&mut |bound| random.below(bound), events)
}

#[test]
fn nonsense_becomes_a_trace() {
    let mut judge = Judge::every(20);
    for seed in 0..runs(400) {
        judge.check(&format!("seed {seed}"), &chaos(seed));
    }
}

/// A part of a trace, and whether it is of chosen goroutines and kinds.
fn slice(bytes: &[u8], all: &[Event], random: &mut Random) -> Vec<u8> {
    let mut any = || all[random.below(all.len())].time;
    let (from, to) = (any(), any());
    let mut slicer = Slicer::new(Vec::new());
    if random.below(3) == 0 {
        slicer = slicer.goroutines((0..4).map(|_| all[random.below(all.len())].goroutine));
    }
    if random.below(3) == 0 {
        let kinds: Vec<Kind> = (0..3).map(|_| all[random.below(all.len())].kind.kind()).collect();
        slicer = slicer.kinds(kinds);
    }
    let bounds = Bounds { from: from.min(to), to: TraceTime(from.max(to).0.saturating_add(1)) };
    let mut reader = Reader::new(bytes).unwrap();
    'all: while let Some(part) = reader.next_part().unwrap() {
        for event in part.chunk.iter() {
            if slicer.event(&event, &part, bounds).unwrap().is_break() {
                break 'all;
            }
        }
    }
    slicer.finish((random.below(2) == 0).then_some(bounds.to)).unwrap().0
}

/// Checks so many slices of a trace.
fn check_slices(name: &str, bytes: &[u8], seeds: u64, judge: &mut Judge) {
    let all = check(name, bytes);
    if all.is_empty() {
        return;
    }
    for seed in 0..seeds {
        let slice = slice(bytes, &all, &mut Random(seed));
        judge.check(&format!("{name}, slice {seed}"), &slice);
    }
}

#[test]
fn any_slice_can_be_read() {
    let mut judge = Judge::every(20);
    for (trace, bytes) in small() {
        if !trace.is_damaged() && crate::events(&bytes).is_ok() {
            check_slices(&trace.name, &bytes, runs(6), &mut judge);
        }
    }
    assert!(judge.count > 100, "{}", judge.count);
}

#[test]
fn any_slice_of_nonsense_can_be_read() {
    let mut judge = Judge::every(40);
    for seed in 0..runs(100) {
        check_slices(&format!("seed {seed}"), &chaos(seed), 6, &mut judge);
    }
}

/// How often something is tried: more often where `GOSCOPE_HOSTILE` says so.
fn runs(count: u64) -> u64 {
    let times = std::env::var("GOSCOPE_HOSTILE").ok().and_then(|times| times.parse::<u64>().ok());
    count * times.unwrap_or(1)
}
