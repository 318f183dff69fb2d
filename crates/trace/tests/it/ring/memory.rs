//! Memory is bounded by the ring and a generation, however long the stream is.

use std::time::Duration;

use goscope_testkit::memory::peak;
use goscope_trace::ring::{Ring, RingLimits};
use goscope_wire::{BatchHeader, FormatVersion, Trailer, Writer};

const MIB: u64 = 1 << 20;

/// The records of a generation of about so many MiB, mostly of an experiment, behind which nobody looks.
fn generation(number: u64, mib: u64) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).unwrap();
    let start = number * 1_000_000_000;
    let sync = |batch: &mut goscope_wire::Batch| {
        batch.event("Sync", &[], Trailer::None)?;
        batch.event("Frequency", &[1_000_000_000], Trailer::None)?;
        batch.event("ClockSnapshot", &[1, start, 1, 1], Trailer::None)
    };
    writer.batch(number, BatchHeader::NO_THREAD, start, sync).unwrap();
    let metrics = |batch: &mut goscope_wire::Batch| {
        batch.event("ProcStatus", &[1, 0, 1], Trailer::None)?;
        (0..100).try_for_each(|_| batch.event("HeapAlloc", &[9_000_000, 1 << 20], Trailer::None))
    };
    writer.batch(number, 7, start, metrics).unwrap();
    let filler = vec![0x5a; 60_000];
    for _ in 0..mib * MIB / filler.len() as u64 {
        writer.event("ExperimentalBatch", &[1, number, 7, start], Trailer::Data(&filler)).unwrap();
    }
    writer.event("EndOfGeneration", &[], Trailer::None).unwrap();
    writer.finish().unwrap()[16..].to_vec()
}

#[test]
fn a_stream_of_a_gigabyte_stays_within_bounds() {
    const GENERATION: u64 = 5;
    let limits = RingLimits { span: Duration::from_secs(4), ..RingLimits::default() };
    let mut ring = Ring::new(limits);
    ring.push(b"go 1.26 trace\0\0\0");
    let (mut sent, mut most, mut number) = (0, 0, 0);
    let used = peak(|| {
        while sent < 1 << 30 {
            number += 1;
            let bytes = generation(number, GENERATION);
            for piece in bytes.chunks(256 << 10) {
                ring.push(piece);
                while ring.next_item().is_some() {}
                most = most.max(ring.bytes());
            }
            sent += bytes.len() as u64;
        }
    });
    // A span of four seconds takes five generations, and one more is coming.
    let bound = (5 + 1) * (GENERATION * MIB + 100_000) + 256 * 1024;
    assert!(number > 200 && ring.generations() == 5, "{}", ring.generations());
    assert!(most <= bound, "{most} bytes, and {bound} at most");
    // The generation that is sent is there too, and the decoder's buffer.
    assert!((used as u64) < bound + 3 * GENERATION * MIB, "{used} bytes in use");
}

#[test]
fn a_generation_without_an_end_is_not_kept() {
    let limits = RingLimits { bytes: 8 * MIB, ..RingLimits::default() };
    let mut ring = Ring::new(limits);
    ring.push(b"go 1.26 trace\0\0\0");
    let endless = generation(1, 100);
    for piece in endless[..endless.len() - 1].chunks(64 << 10) {
        ring.push(piece);
        while ring.next_item().is_some() {}
        assert!(ring.bytes() <= 9 * MIB);
    }
    ring.push(&endless[endless.len() - 1..]);
    ring.push(&generation(2, 1));
    while ring.next_item().is_some() {}
    ring.finish_capture();
    assert_eq!(ring.generations(), 1);
    assert!(ring.snapshot().write(Vec::new()).unwrap().is_exact);
}
