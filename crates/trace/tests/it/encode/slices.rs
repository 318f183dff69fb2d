//! Slices: exactly the events of their windows, and what is told of before.

use std::collections::BTreeSet;

use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{
    Bounds, Event, EventKind, GoState, GoTransition, Options, ProcState, ProcTransition, Reader, Scope,
    TraceTime, slice::Slicer,
};
use goscope_wire::{Family, FormatVersion};

use super::{
    events, is_v2, readable,
    same::{Events, Names},
};

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }
}

fn slice(bytes: &[u8], bounds: Bounds) -> Vec<u8> {
    let mut reader = Reader::with_options(bytes, Options::default()).unwrap();
    let mut slicer = Slicer::new(Vec::new());
    while let Some(part) = reader.next_part().unwrap() {
        for event in part.chunk.iter() {
            let _ = slicer.event(&event, &part, bounds).unwrap();
        }
    }
    slicer.finish(Some(bounds.to)).unwrap().0
}

/// Whether an event may stand in a slice that does not stand in its window: it tells of what was before.
fn is_told(event: &Event) -> bool {
    match event.kind {
        EventKind::Sync(_)
        | EventKind::RangeActive(_)
        | EventKind::TaskBegin(_)
        | EventKind::RegionBegin(_)
        | EventKind::RangeBegin(_) => true,
        EventKind::GoTransition(GoTransition { from, .. }) => from == GoState::Undetermined,
        EventKind::ProcTransition(ProcTransition { from, .. }) => from == ProcState::Undetermined,
        _ => false,
    }
}

/// Whether a state is only told: at the start of a slice it is told as of something that was not known.
fn is_again(event: &Event) -> bool {
    match event.kind {
        EventKind::GoTransition(GoTransition { from, to, .. }) => from == to,
        EventKind::ProcTransition(ProcTransition { from, to, .. }) => from == to,
        EventKind::Sync(_) | EventKind::RangeActive(_) => true,
        _ => false,
    }
}

/// What is wrong with a slice. Returns how many events it moved, too.
fn check(original: &Events<'_>, slice: &Events<'_>, bounds: Bounds) -> (Option<String>, usize) {
    let mut names = Names::new(original, slice);
    let mut rest = slice.events.iter().peekable();
    let mut moved = 0;
    let is_v2 = original.reader.version().family() == Family::V2;
    let within = |event: &&Event| bounds.from <= event.time && event.time < bounds.to;
    for event in original.events.iter().filter(within).filter(|event| !is_again(event)) {
        let found = loop {
            match rest.next() {
                Some(next) if names.kind(&event.kind, &next.kind) && !is_early(event, next) => break next,
                Some(next) if is_told(next) || is_again(next) => {}
                next => return (Some(format!("{event:?} became {next:?}")), moved),
            }
        };
        moved += usize::from(found.time != event.time);
        if found.time < event.time || found.time.0 - event.time.0 > 2000 {
            return (Some(format!("the time of {event:?} became {}", found.time)), moved);
        }
        let place = |event: &Event| (event.thread, event.proc, event.goroutine);
        let is_elsewhere = event.thread.is_some() && found.thread != event.thread;
        if is_elsewhere || is_v2 && is_start(event) && place(event) != place(found) {
            return (Some(format!("{event:?} happens at {:?}", place(found))), moved);
        }
    }
    match rest.find(|next| !is_told(next) && !is_again(next)) {
        Some(next) => (Some(format!("{next:?} is too much")), moved),
        None => (None, moved),
    }
}

/// Whether a proc starts, which may be on a thread whose goroutine is in a system call.
fn is_start(event: &Event) -> bool {
    matches!(event.kind, EventKind::ProcTransition(ProcTransition { from: ProcState::Idle, .. }))
}

/// Whether an event of the slice is what is told, not the event that says the same later.
fn is_early(event: &Event, found: &Event) -> bool {
    is_told(found) && found.time < event.time
}

fn is_long_enough(original: &Events<'_>) -> bool {
    original.events.len() > 300
}

#[test]
fn random_windows_have_their_events_and_go_reads_them() {
    let oracle = Oracle::find();
    let mut random = Random(7);
    let (mut windows, mut traces, mut moved, mut all) = (0, 0, 0, 0);
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| bytes.len() < 300_000) {
        let original = events(bytes).unwrap();
        // Before, each proc may have a stop of the world of its own, which can't be written.
        if !is_long_enough(&original) || original.reader.version() < FormatVersion::V1_10 {
            continue;
        }
        traces += 1;
        let (first, last) = (original.events[0].time.0, original.events.last().unwrap().time.0);
        for _ in 0..5 {
            let from = first + random.below((last - first) as u64) as i64;
            let to = from + 1 + random.below((last - from) as u64) as i64;
            let bounds = Bounds { from: TraceTime(from), to: TraceTime(to) };
            if !original.events.iter().any(|event| (from..to).contains(&event.time.0)) {
                continue;
            }
            windows += 1;
            let written = slice(bytes, bounds);
            let read = events(&written).unwrap_or_else(|error| panic!("{} {bounds:?}: {error}", trace.name));
            let (wrong, events_moved) = check(&original, &read, bounds);
            assert_eq!(wrong, None, "{} {bounds:?}", trace.name);
            (moved, all) = (moved + events_moved, all + read.events.len());
            if let Some(oracle) = &oracle {
                let answer = oracle.ask("oracle", "digest", &written);
                assert_eq!(answer.error, None, "{} {bounds:?}", trace.name);
            }
        }
    }
    assert!(traces >= 10 && windows >= 50, "{windows} windows of {traces} traces");
    // What is told finds its place between events, but for a few.
    assert!(moved * 100 < all, "{moved} of {all} events moved");
}

#[test]
fn a_window_of_everything_is_the_trace() {
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| bytes.len() < 100_000) {
        let original = events(bytes).unwrap();
        let written = slice(bytes, Bounds::default());
        let read = events(&written).unwrap();
        let (wrong, _) = check(&original, &read, Bounds::default());
        // Family v1 is compared elsewhere.
        assert!(wrong.is_none() || !is_v2(bytes), "{}: {wrong:?}", trace.name);
    }
    assert!(corpus::own().folder().is_dir());
}

#[test]
fn who_starts_a_proc_in_a_system_call_is_known_from_the_first_event_on() {
    let mut starts = 0;
    for (trace, bytes) in readable().iter().filter(|(_, bytes)| is_v2(bytes) && bytes.len() < 100_000) {
        let original = events(bytes).unwrap();
        let in_call = original.events.iter().filter(|event| is_start(event) && event.goroutine.is_some());
        for start in in_call.take(5) {
            let bounds = Bounds { from: start.time, to: TraceTime(start.time.0 + 1000) };
            let written = slice(bytes, bounds);
            let (wrong, _) = check(&original, &events(&written).unwrap(), bounds);
            assert_eq!(wrong, None, "{} {bounds:?}", trace.name);
            starts += 1;
        }
    }
    assert!(starts > 20, "{starts}");
}

#[test]
fn collections_belong_to_no_goroutine() {
    let own = corpus::own();
    let bytes = own.traces().iter().find(|trace| trace.name == "gc_go1.27.3.trace").unwrap().bytes();
    let original = events(&bytes).unwrap();
    let ends = original.events.iter().filter(|event| matches!(event.kind, EventKind::RangeEnd(..)));
    let who: BTreeSet<_> =
        ends.map(|event| event.goroutine).filter(|goroutine| goroutine.is_some()).collect();
    for goroutine in who {
        let mut slicer = Slicer::new(Vec::new()).goroutines([goroutine]);
        let mut reader = Reader::new(&bytes[..]).unwrap();
        while let Some(part) = reader.next_part().unwrap() {
            for event in part.chunk.iter() {
                let _ = slicer.event(&event, &part, Bounds::default()).unwrap();
            }
        }
        let (written, changes) = slicer.finish(None).unwrap();
        assert!(changes.is_empty(), "goroutine {goroutine}: {changes:?}");
        let is_collection = |event: &Event| match event.kind {
            EventKind::RangeBegin(range) | EventKind::RangeActive(range) | EventKind::RangeEnd(range, _) => {
                range.scope == Scope::Global
            }
            _ => false,
        };
        assert!(!events(&written).unwrap().events.iter().any(is_collection), "goroutine {goroutine}");
    }
}
