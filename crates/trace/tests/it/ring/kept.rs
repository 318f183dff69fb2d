//! What is kept of one capture.

use std::time::Duration;

use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{
    StreamItem, TraceTime,
    ring::{Ring, RingLimits},
};

use super::{
    Parts, assert_go_reads, is_v2, read, rewrite::Random, ring, whole_traces, with_generations, written,
};

/// Keeps one generation only.
const SHORT: RingLimits = RingLimits { span: Duration::ZERO, bytes: u64::MAX };

#[test]
fn a_whole_trace_is_written_as_it_is() {
    for (name, bytes) in whole_traces() {
        let written = written(&name, &ring(RingLimits::default(), std::slice::from_ref(&bytes), 999));
        assert!(written.is_exact && written.sink == bytes, "{name}");
    }
}

#[test]
fn the_last_generation_is_written_byte_for_byte_whatever_the_pieces() {
    for (parts, seed) in with_generations(2).into_iter().zip(0..) {
        let random = &mut Random(seed);
        for most in [1, 100, 10_000, usize::MAX] {
            let piece = 1 + random.below(most.min(1 << 20));
            let ring = ring(SHORT, &[parts.trace(..)], piece);
            let last = parts.generations.len() - 1;
            assert!(written(&parts.name, &ring).sink == parts.trace(last..), "{}", parts.name);
        }
    }
}

/// At each end of a generation the ring has the generations of its length, and no more.
#[test]
fn a_ring_is_as_long_as_it_should_be() {
    for parts in with_generations(4) {
        let times: Vec<_> = (0..parts.generations.len())
            .map(|place| {
                let events = read(&parts.trace(place..=place)).unwrap();
                let times = events.iter().map(|event| event.time.0);
                (times.clone().min().unwrap(), times.max().unwrap())
            })
            .collect();
        let span = (times[times.len() - 1].1 - times[0].0) / 3;
        let mut ring =
            Ring::new(RingLimits { span: Duration::from_nanos(span as u64), ..RingLimits::default() });
        let (trace, mut ended) = (parts.trace(..), 0);
        for piece in trace.chunks(1000) {
            ring.push(piece);
            while let Some(item) = ring.next_item() {
                if let StreamItem::GenerationEnd(_) = item {
                    let is_needed = |first: &usize| times[ended].1 - times[*first].0 >= span;
                    let first = (0..=ended).rev().find(is_needed).unwrap_or(0);
                    // Ticks are rounded to nanoseconds.
                    let kept = ring.generations();
                    assert!(ended + 1 - first <= kept && kept <= ended + 2 - first, "{}", parts.name);
                    let snapshot = ring.snapshot().write(Vec::new()).unwrap();
                    assert!(snapshot.sink == parts.trace(ended + 1 - kept..=ended), "{}", parts.name);
                    ended += 1;
                }
            }
        }
    }
}

#[test]
fn bytes_are_limited_too() {
    for parts in with_generations(3) {
        let sizes = parts.generations.iter().map(Vec::len);
        let bytes = sizes.max().unwrap() as u64 + 1;
        let ring = ring(RingLimits { bytes, ..RingLimits::default() }, &[parts.trace(..)], 512);
        let kept = ring.generations();
        assert!(kept >= 1, "{}", parts.name);
        let first = parts.generations.len() - kept;
        assert!(written(&parts.name, &ring).sink == parts.trace(first..), "{}", parts.name);
    }
}

/// A generation that is larger than the ring is left out, and the one behind it is not.
#[test]
fn a_generation_that_is_too_large_is_not_kept() {
    let parts = with_generations(3).into_iter().max_by_key(|parts| parts.generations[1].len()).unwrap();
    let small = parts.generations.iter().map(Vec::len).min().unwrap() as u64;
    let ring = ring(RingLimits { bytes: small / 2, ..RingLimits::default() }, &[parts.trace(..)], 100);
    assert_eq!(ring.generations(), 0);
    assert!(ring.snapshot().is_empty());
}

#[test]
fn a_trace_that_is_cut_anywhere_becomes_a_valid_one() {
    let oracle = Oracle::find();
    for (name, bytes) in whole_traces().into_iter().filter(|(_, bytes)| bytes.len() < 30_000) {
        let random = &mut Random(bytes.len() as u64);
        for _ in 0..4 {
            let cut = 16 + random.below(bytes.len() - 16);
            let ring = ring(RingLimits::default(), &[bytes[..cut].to_vec()], 777);
            let written = written(&name, &ring);
            if let Some(oracle) = &oracle
                && written.events > 0
            {
                assert_go_reads(oracle, &name, &written.sink);
            }
        }
    }
}

#[test]
fn a_damaged_trace_becomes_a_valid_one() {
    for trace in corpus::all().into_iter().filter(|trace| trace.bytes().len() < 200_000) {
        let ring = ring(RingLimits::default(), &[trace.bytes()], 5000);
        if ring.generations() > 0 {
            written(&trace.name, &ring);
        }
    }
}

#[test]
fn a_moment_is_found_again() {
    for (name, bytes) in whole_traces() {
        let (mut ring, mut ticks) = (Ring::new(RingLimits::default()), Vec::new());
        ring.push(&bytes);
        ring.end_capture();
        while let Some(item) = ring.next_item() {
            if let StreamItem::Event(event) = item {
                ticks.push(event.time.ticks);
            }
        }
        let (snapshot, events) = (ring.snapshot(), read(&bytes).unwrap());
        let time = |ticks| snapshot.time(ticks).unwrap();
        let (first, last) = (time(*ticks.iter().min().unwrap()), time(*ticks.iter().max().unwrap()));
        // The first records of family v1 make no events in a stream.
        let limit = if is_v2(&bytes) { 2_000 } else { 200_000 };
        let close = |a: TraceTime, b: TraceTime| a.since(b).abs() < limit;
        assert!(close(last, events.last().unwrap().time), "{name}: {last} {:?}", events.last());
        assert!(close(first, events[0].time), "{name}: {first} {:?}", events[0]);
    }
}

#[test]
fn parts_are_what_they_are_for_tests() {
    let parts: Vec<Parts> = with_generations(3);
    assert!(parts.len() > 5, "{}", parts.len());
}
