//! By the clock: how many bytes of a trace a second.

// The macros of criterion make public functions without documentation.
#![allow(missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goscope_benches::{V1, V2, print, read_events, read_slice, read_stream, trace, whole_trace, write};
use goscope_wire::FormatVersion;

const LEN: usize = 8 << 20;

fn wire(criterion: &mut Criterion) {
    for (family, name, version) in [("v1", V1, FormatVersion::V1_21), ("v2", V2, FormatVersion::V1_26)] {
        let trace = trace(name, LEN);
        let mut group = criterion.benchmark_group(family);
        group.throughput(Throughput::Bytes(trace.len() as u64)).sample_size(20);
        group.bench_function("read a slice", |bencher| bencher.iter(|| read_slice(&trace)));
        group.bench_function("read a stream", |bencher| bencher.iter(|| read_stream(&trace)));
        group.bench_function("write", |bencher| bencher.iter(|| write(&trace, version)));
        group.bench_function("print", |bencher| bencher.iter(|| print(&trace)));
        let trace = whole_trace(name);
        group.throughput(Throughput::Bytes(trace.len() as u64));
        group.bench_function("read events", |bencher| bencher.iter(|| read_events(&trace)));
    }
}

criterion_group!(benches, wire);
criterion_main!(benches);
