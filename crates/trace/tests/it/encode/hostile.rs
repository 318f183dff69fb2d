//! Whatever the events are, what is written of them is a trace that can be read: by the strict reader, and by Go.

use goscope_testkit::{
    corpus::{self, Trace},
    oracle::Oracle,
};
use goscope_trace::{
    Bounds, Event, EventKind, Experimental, ExperimentalBatch, GoId, GoState, GoTransition, Kind, Options,
    ProcId, ProcState, ProcTransition, Range, RangeKind, Reader, Scope, StackId, StringId, Sync, Tables,
    ThreadId, TraceTime,
    encode::{Changes, Encoder, TraceWriter},
    slice::Slicer,
};
use goscope_wire::{EventId, Experiment};

use super::{
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
        let parts = (super::is_v2(&bytes) && !trace.is_damaged()).then(|| Parts::of(&bytes));
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
    sliced(bytes, slicer, bounds, (random.below(2) == 0).then_some(bounds.to))
}

fn sliced(bytes: &[u8], mut slicer: Slicer<Vec<u8>>, bounds: Bounds, end: Option<TraceTime>) -> Vec<u8> {
    let mut reader = Reader::new(bytes).unwrap();
    'all: while let Some(part) = reader.next_part().unwrap() {
        for event in part.chunk.iter() {
            if slicer.event(&event, &part, bounds).unwrap().is_break() {
                break 'all;
            }
        }
    }
    slicer.finish(end).unwrap().0
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
        if !trace.is_damaged() && super::events(&bytes).is_ok() {
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

/// An event of a thread that has a proc and a goroutine with its number.
fn event(time: i64, number: u64, kind: EventKind) -> Event {
    let (thread, proc, goroutine) = (ThreadId(number), ProcId(number), GoId(number));
    Event { time: TraceTime(time), thread, proc, goroutine, stack: StackId::NONE, kind }
}

fn go(goroutine: u64, from: GoState, to: GoState) -> EventKind {
    let (goroutine, reason, stack) = (GoId(goroutine), StringId::EMPTY, StackId::NONE);
    EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack })
}

const SYNC: EventKind = EventKind::Sync(Sync { n: 1, clock: None });

/// Writes events, and checks that all readers take the trace. Returns what they read.
fn written(name: &str, write: impl FnOnce(&mut TraceWriter<Vec<u8>>)) -> (Vec<Event>, Changes) {
    let mut writer = TraceWriter::new(Vec::new());
    write(&mut writer);
    let (trace, changes) = writer.finish().unwrap();
    Judge::every(1).check(name, &trace);
    (check(name, &trace), changes)
}

fn syncs(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event.kind, EventKind::Sync(_))).count()
}

#[test]
fn more_threads_than_a_generation_may_have_make_another_one() {
    let (events, _) = written("threads", |writer| {
        for number in 0..40_000_u64 {
            let kind = go(number, GoState::Undetermined, GoState::Running);
            writer.event(&event(number as i64 * 10 + 10, number, kind)).unwrap();
        }
    });
    let running =
        |event: &&Event| matches!(event.kind, EventKind::GoTransition(to) if to.to == GoState::Running);
    assert_eq!(events.iter().filter(running).count(), 40_000);
    assert!((4..10).contains(&syncs(&events)), "{}", syncs(&events));
}

#[test]
fn a_slice_may_begin_with_more_threads_than_a_generation_may_have() {
    let mut writer = TraceWriter::new(Vec::new());
    for number in 0..40_000_u64 {
        let state = if number < 20_000 { GoState::Running } else { GoState::Syscall };
        let kind = go(number, GoState::Undetermined, state);
        writer.event(&event(number as i64 * 10 + 10, number, kind)).unwrap();
    }
    let (trace, _) = writer.finish().unwrap();
    let bounds = Bounds { from: TraceTime(399_000), to: TraceTime(i64::MAX) };
    Judge::every(1).check("threads", &sliced(&trace, Slicer::new(Vec::new()), bounds, None));
}

#[test]
fn a_writer_begins_without_a_sync() {
    let (events, changes) = written("no sync", |writer| {
        writer.event(&event(100, 1, go(1, GoState::Undetermined, GoState::Waiting))).unwrap();
    });
    let times: Vec<_> = events.iter().map(|event| event.time.0).collect();
    assert!(times == [99, 100, 101] && changes.is_empty(), "{times:?} {changes:?}");
}

#[test]
fn the_end_of_time_is_not_reached() {
    let (events, _) = written("the end of time", |writer| {
        writer.event(&event(i64::MIN, 1, SYNC)).unwrap();
        for number in 0..1000_u64 {
            let kind = go(number % 7, GoState::Runnable, GoState::Running);
            writer.event(&event((i64::MAX - 500).saturating_add(number as i64), number % 5, kind)).unwrap();
        }
    });
    assert!(events.is_sorted_by(|a, b| a.time < b.time));
}

#[test]
fn a_stop_keeps_its_reason_in_the_next_generation() {
    let (events, changes) = written("a stop", |writer| {
        let reason = writer.string(b"a reason");
        let scope = Scope::Goroutine(GoId(1));
        let range = Range { kind: RangeKind::StopTheWorld(reason), scope };
        writer.event(&event(10, 1, SYNC)).unwrap();
        writer.event(&event(20, 1, go(1, GoState::Undetermined, GoState::Running))).unwrap();
        writer.event(&event(30, 1, EventKind::RangeBegin(range))).unwrap();
        writer.event(&event(40, 1, SYNC)).unwrap();
        writer.event(&event(50, 1, EventKind::RangeEnd(range, None))).unwrap();
    });
    let ended = |event: &&Event| matches!(event.kind, EventKind::RangeEnd(..));
    assert_eq!((events.iter().filter(ended).count(), changes.left_out()), (1, 0));
}

#[test]
fn what_is_nobodys_is_left_out() {
    let (events, changes) = written("nobody", |writer| {
        writer.event(&event(10, 1, SYNC)).unwrap();
        writer.event(&event(20, 1, go(u64::MAX, GoState::NotExist, GoState::Running))).unwrap();
        let (from, to) = (ProcState::Undetermined, ProcState::Running);
        let kind = EventKind::ProcTransition(ProcTransition { proc: ProcId::NONE, from, to });
        writer.event(&event(30, 1, kind)).unwrap();
        // An event of the scheduler is none of an experiment.
        let said = Experimental { event: EventId(40), args: [0; 4] };
        writer.event(&event(40, 1, EventKind::Experimental(said))).unwrap();
    });
    assert_eq!((events.len(), syncs(&events), changes.left_out()), (2, 2, 3));
}

#[test]
fn batches_of_no_experiment_are_left_out() {
    let mut encoder = Encoder::new(Vec::new());
    let batch = |number, len| ExperimentalBatch {
        experiment: Experiment(number),
        thread: ThreadId(1),
        data: vec![1; len],
    };
    encoder.experimental_batch(&batch(1, 10)).unwrap();
    encoder.event(&event(10, 1, SYNC), &Tables::default()).unwrap();
    for (number, len) in [(0, 10), (2, 10), (u64::MAX, 10), (1, 1 << 17), (1, 10)] {
        encoder.experimental_batch(&batch(number, len)).unwrap();
    }
    let (trace, changes) = encoder.finish().unwrap();
    Judge::every(1).check("experiments", &trace);
    assert_eq!(changes.left_out(), 5);
}
