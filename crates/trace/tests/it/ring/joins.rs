//! Captures of one program become one trace, with a gap at each seam.

use std::collections::BTreeMap;

use goscope_testkit::oracle::Oracle;
use goscope_trace::{Event, EventKind, GoId, GoState, GoTransition, Kind, Reader, ring::RingLimits};

use super::{Parts, assert_go_reads, read, ring, whole_traces, with_generations, written};

/// What an event says that does not depend on the strings and stacks of its trace, nor on how a state is told.
fn essence(event: &Event) -> Option<(Kind, GoId)> {
    match event.kind {
        EventKind::GoTransition(GoTransition { from, to, .. })
            if from == to || from == GoState::Undetermined =>
        {
            None
        }
        EventKind::ProcTransition(_) | EventKind::RangeActive(_) => None,
        kind => Some((kind.kind(), event.goroutine)),
    }
}

/// A program that was traced twice: a generation in the middle is missing.
fn with_gap(parts: &Parts, missing: usize) -> [Vec<u8>; 2] {
    [parts.trace(..missing), parts.trace(missing + 1..)]
}

#[test]
fn captures_of_a_program_become_one_trace() {
    let oracle = Oracle::find();
    let mut joined = 0;
    for parts in with_generations(3) {
        for missing in 1..(parts.generations.len() - 1).min(5) {
            let captures = with_gap(&parts, missing);
            let ring = ring(RingLimits::default(), &captures, 4096);
            assert_eq!(ring.captures(), 2, "{}", parts.name);
            let written = written(&parts.name, &ring);
            assert!(!written.is_exact && written.damages == 0 && written.error.is_none(), "{}", parts.name);
            assert_eq!(written.changes.left_out(), 0, "{}", parts.name);
            if let Some(oracle) = &oracle {
                assert_go_reads(oracle, &parts.name, &written.sink);
            }
            assert_has_all(&parts.name, &captures, &written.sink);
            joined += 1;
        }
    }
    assert!(joined > 10, "{joined}");
}

/// So far may events be from where they were, in nanoseconds: steps of states that are added take one each.
const MOVED: i64 = 2_000;

/// When there are events of each kind, by goroutine.
fn times(events: &[Event]) -> BTreeMap<String, Vec<i64>> {
    let mut times = BTreeMap::<_, Vec<_>>::new();
    for event in events {
        if let Some(essence) = essence(event) {
            times.entry(format!("{essence:?}")).or_default().push(event.time.0);
        }
    }
    times
}

/// Asserts that a trace has the events of others, at the same times.
fn assert_has_all(name: &str, captures: &[Vec<u8>], joined: &[u8]) {
    let joined = times(&read(joined).unwrap());
    for (essence, times) in captures.iter().flat_map(|capture| times(&read(capture).unwrap())) {
        let there = &joined[&essence];
        for time in times {
            let place = there.partition_point(|other| *other < time);
            let around = there[place.saturating_sub(1)..].iter().take(2);
            let is_there = around.into_iter().any(|other| (time - other).abs() <= MOVED);
            assert!(is_there, "{name}: {essence} at {time}");
        }
    }
    // Nothing happens twice, but for the ends of what ended in the gap.
    let count = |times: BTreeMap<String, Vec<i64>>| times.values().map(Vec::len).sum::<usize>();
    let of_captures: usize = captures.iter().map(|capture| count(times(&read(capture).unwrap()))).sum();
    let all = count(joined);
    assert!(all >= of_captures && all < of_captures + 400, "{name}: {of_captures} became {all}");
}

/// Who is not there behind the gap does not seem to live on.
#[test]
fn goroutines_that_ended_in_the_gap_are_gone() {
    for parts in with_generations(3) {
        let ring = ring(RingLimits::default(), &with_gap(&parts, 1), 4096);
        let alive = |events: Vec<Event>| {
            let mut alive = std::collections::BTreeSet::new();
            for event in events {
                if let EventKind::GoTransition(GoTransition { goroutine, to, .. }) = event.kind {
                    match to {
                        GoState::NotExist => alive.remove(&goroutine),
                        _ => alive.insert(goroutine),
                    };
                }
            }
            alive
        };
        let joined = alive(read(&written(&parts.name, &ring).sink).unwrap());
        assert_eq!(joined, alive(read(&parts.trace(2..)).unwrap()), "{}", parts.name);
    }
}

/// The second capture is cut by a connection that breaks.
#[test]
fn a_capture_that_breaks_is_joined_as_far_as_it_came() {
    let oracle = Oracle::find();
    for parts in with_generations(3) {
        let [first, second] = with_gap(&parts, 1);
        for cut in [17, second.len() / 3, second.len() - 10] {
            let ring = ring(RingLimits::default(), &[first.clone(), second[..cut].to_vec()], 4096);
            let written = written(&parts.name, &ring);
            if let Some(oracle) = &oracle {
                assert_go_reads(oracle, &parts.name, &written.sink);
            }
        }
    }
}

/// A program that was started anew begins with generation 1 again.
#[test]
fn captures_of_another_run_are_not_joined() {
    for parts in with_generations(2) {
        let ring = ring(RingLimits::default(), &[parts.trace(..), parts.trace(..)], 4096);
        assert_eq!(ring.captures(), 1);
        assert!(written(&parts.name, &ring).sink == parts.trace(..));
    }
}

/// Of family v1 there is no trace here of a program that was traced twice, but what one program leaves unfinished, another one can
/// go on with no worse than the same one later.
#[test]
fn captures_of_family_v1_become_one_trace() {
    let is_v1 = |bytes: &[u8]| Reader::new(bytes).unwrap().version().to_string() == "1.21";
    let traces: Vec<_> =
        whole_traces().into_iter().filter(|(_, bytes)| is_v1(bytes) && bytes.len() < 200_000).collect();
    let oracle = Oracle::find();
    assert!(traces.len() > 10);
    for pair in traces.windows(2) {
        let [(name, first), (_, second)] = pair else { unreachable!() };
        let ring = ring(RingLimits::default(), &[first.clone(), second.clone()], 4096);
        assert_eq!(ring.captures(), 2, "{name}");
        let written = written(name, &ring);
        assert!(!written.is_exact && written.damages == 0, "{name}");
        if let Some(oracle) = &oracle {
            assert_go_reads(oracle, name, &written.sink);
        }
    }
}
