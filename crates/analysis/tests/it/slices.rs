//! Slices of a trace add up to it: the time of each goroutine in each state, to within two nanoseconds a cut.

use std::collections::BTreeMap;

use goscope_analysis::Lives;
use goscope_testkit::corpus;
use goscope_trace::{Bounds, EventKind, GoId, GoState, GoTransition, Reader, TraceTime, slice::Slicer};
use goscope_wire::Family;

/// Running, runnable, waiting and in system calls, in nanoseconds.
type States = [i64; 4];

fn states(bytes: &[u8]) -> BTreeMap<GoId, States> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut lives = Lives::default();
    while let Some(event) = reader.next_event().unwrap() {
        lives.add(&event, reader.tables());
    }
    let mut states = BTreeMap::<GoId, States>::new();
    for goroutine in lives.finish(reader.tables()).goroutines {
        let times = &goroutine.times;
        let waiting = times.waiting.iter().map(|(_, time)| time).sum();
        let now = [times.running, times.runnable, waiting, times.syscall + times.syscall_blocked];
        let sums = states.entry(goroutine.id).or_default();
        sums.iter_mut().zip(now).for_each(|(sum, time)| *sum += time);
    }
    states
}

/// The times of events, in family v1 behind the last one that tells of a goroutine that was there before.
fn times(bytes: &[u8]) -> Vec<i64> {
    let mut reader = Reader::new(bytes).unwrap();
    let is_v1 = reader.version().family() == Family::V1;
    let mut times = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        if let EventKind::GoTransition(GoTransition { from: GoState::Undetermined, .. }) = event.kind
            && is_v1
        {
            times.clear();
        }
        times.push(event.time.0);
    }
    times
}

fn slice(bytes: &[u8], bounds: Bounds) -> Vec<u8> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut slicer = Slicer::new(Vec::new());
    while let Some(part) = reader.next_part().unwrap() {
        for event in part.chunk.iter() {
            let _ = slicer.event(&event, &part, bounds).unwrap();
        }
    }
    let end = Some(bounds.to).filter(|end| end.0 != i64::MAX);
    slicer.finish(end).unwrap().0
}

/// Steps are added there: a goroutine for calls from C is told to be in a system call, and not how it came there.
const STEPS: &str = "callback_go1.21.13";

/// Its clocks contradict each other: it can't be put in order.
const UNORDERED: &str = "unordered";

/// An event right behind a cut is moved where what has to be told finds no room before it, and so is the beginning of a trace
/// of family v1, at time 0.
const SLACK: u64 = 2;

/// Moments around which nothing happens for a few nanoseconds, about a quarter of the trace apart: a slice needs some for the
/// syncs at its ends.
fn cuts(times: &[i64]) -> Vec<i64> {
    let quiet = |pair: &&[i64]| pair[1] - pair[0] > 600;
    let near = |part: usize| {
        times[times.len() * part / 4..].windows(2).find(quiet).map(|pair| i64::midpoint(pair[0], pair[1]))
    };
    let mut cuts: Vec<_> = (1..4).filter_map(near).collect();
    cuts.dedup();
    cuts
}

#[test]
fn times_of_slices_add_up() {
    let (mut traces, mut wrong) = (0, Vec::new());
    let slices = |trace: &corpus::Trace| !trace.is_damaged() && !trace.name.contains(STEPS);
    for trace in corpus::all().into_iter().filter(slices) {
        let bytes = trace.bytes();
        if bytes.len() > 400_000 || trace.name.contains(UNORDERED) {
            continue;
        }
        let times = times(&bytes);
        let cuts = cuts(&times);
        if cuts.len() < 3 {
            continue;
        }
        traces += 1;
        let edges = [&[i64::MIN][..], &cuts, &[i64::MAX]].concat();
        let mut sums = BTreeMap::<GoId, States>::new();
        for pair in edges.windows(2) {
            let part = slice(&bytes, Bounds { from: TraceTime(pair[0]), to: TraceTime(pair[1]) });
            for (goroutine, times) in states(&part) {
                let sum = sums.entry(goroutine).or_default();
                sum.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
            }
        }
        for (goroutine, whole) in states(&bytes) {
            let parts = sums.get(&goroutine).copied().unwrap_or_default();
            if whole.iter().zip(parts).any(|(whole, part)| whole.abs_diff(part) > SLACK) {
                wrong.push(format!("{}: G{goroutine}: {whole:?} became {parts:?}", trace.name));
            }
        }
    }
    assert!(traces >= 10, "{traces}");
    assert!(wrong.is_empty(), "{} of {traces} traces: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}
