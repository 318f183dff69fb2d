//! By instructions, under valgrind: the same on a noisy machine as on a quiet one.
//!
//! Each benchmark has a ceiling, well above what it needs today with Rust 1.95: to go beyond it is a
//! regression, not a new compiler.

// The macros of gungraun make public functions without documentation, and paths that are too long.
#![allow(missing_docs, unused_qualifications)]

use std::hint::black_box;

use goscope_benches::{LONG_V2, V1, V2, read_events, read_slice, read_stream, trace, whole_trace};
use gungraun::{Callgrind, EventKind, prelude::*};

const LEN: usize = 1 << 20;

fn sample(name: &str) -> Vec<u8> {
    trace(name, LEN)
}

fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let callgrind = Callgrind::default().hard_limits([(EventKind::Ir, instructions)]).clone();
    LibraryBenchmarkConfig::default().tool(callgrind).clone()
}

#[library_benchmark]
#[bench::v1(args = (V1,), setup = sample, config = at_most(27_000_000))]
#[bench::v2(args = (V2,), setup = sample, config = at_most(25_000_000))]
fn slice(trace: Vec<u8>) -> u64 {
    black_box(read_slice(black_box(&trace)))
}

#[library_benchmark]
#[bench::v1(args = (V1,), setup = sample, config = at_most(30_500_000))]
#[bench::v2(args = (V2,), setup = sample, config = at_most(29_000_000))]
fn stream(trace: Vec<u8>) -> u64 {
    black_box(read_stream(black_box(&trace)))
}

// Of small traces: with what it takes to begin and to put tables together.
#[library_benchmark]
#[bench::v1(args = (V1,), setup = whole_trace, config = at_most(2_100_000))]
#[bench::v2(args = (LONG_V2,), setup = whole_trace, config = at_most(4_200_000))]
fn in_order(trace: Vec<u8>) -> u64 {
    black_box(read_events(black_box(&trace)))
}

library_benchmark_group!(name = wire, benchmarks = [slice, stream]);
library_benchmark_group!(name = events, benchmarks = [in_order]);

main!(library_benchmark_groups = wire, events);
