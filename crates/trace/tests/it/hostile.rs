//! Files that were made to break readers, and traces that were damaged at random: reading ends, with bounded
//! memory, and what comes out before the error makes sense.

// What a test needs may fail with a panic, and which file is at fault is printed if there is one.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::io;

use crate::rewrite::{LIES, Parts, Random, with_bytes_changed};
use goscope_testkit::{
    corpus::{self, Trace},
    memory, unkind,
    validate::{self, Origin},
};
use goscope_trace::{Reader, edit};
use goscope_wire::{Batch, BatchHeader, Family, FormatVersion, SliceReader, Trailer, Writer};

const MB: usize = 1 << 20;

/// The bytes that reading a trace needs at most at a time.
fn peak(bytes: &[u8]) -> usize {
    memory::peak(|| {
        if let Ok(mut reader) = Reader::new(bytes) {
            while let Ok(Some(_)) = reader.next_event() {}
        }
    })
}

/// Reads a file with which anything may be wrong. Returns how many events came out.
fn check(name: &str, bytes: &[u8]) -> u64 {
    let used = peak(bytes);
    let most = 4 * MB + 100 * bytes.len();
    assert!(used <= most, "{name}: {used} bytes of memory for {} of file", bytes.len());
    let reading = validate::read(bytes, Origin::Stranger, |_, _| {});
    assert!(reading.violations.is_empty(), "{name}: {:#?}", reading.violations);
    reading.events
}

/// The repository's traces of family v2, without damage.
fn own_traces() -> Vec<Trace> {
    let mut traces = corpus::own().traces();
    let is_v2 =
        |trace: &Trace| SliceReader::new(&trace.bytes()).unwrap().header().version().family() == Family::V2;
    traces.retain(|trace| !trace.is_damaged() && is_v2(trace));
    assert!(!traces.is_empty());
    traces
}

/// Checks so many damaged variants of each of the repository's traces.
fn check_variants(count: u64, what: &str, damage: impl Fn(&[u8], &Parts, &mut Random) -> Vec<u8>) {
    let mut events = 0;
    for trace in own_traces() {
        let bytes = trace.bytes();
        let parts = Parts::of(&bytes);
        for seed in 0..count {
            let name = format!("{}, {what}, seed {seed}", trace.name);
            events += check(&name, &damage(&bytes, &parts, &mut Random(seed)));
        }
    }
    println!("{what}: {events} events");
}

#[test]
fn files_of_fuzzers_end() {
    let Some(shared) = corpus::shared() else { return };
    for (name, bytes) in shared.fuzz_inputs() {
        check(&name, &bytes);
    }
}

#[test]
fn damaged_files_end() {
    for trace in corpus::all().into_iter().filter(Trace::is_damaged) {
        check(&trace.name, &trace.bytes());
    }
}

#[test]
fn traces_cut_anywhere_end() {
    check_variants(40, "cut", |bytes, _, random| bytes[..random.below(bytes.len())].to_vec());
}

#[test]
fn traces_with_changed_bytes_end() {
    check_variants(40, "bytes changed", |bytes, _, random| with_bytes_changed(bytes, random));
}

#[test]
fn traces_without_a_batch_end() {
    check_variants(20, "a batch dropped", |_, parts, random| parts.with_batch(0, random));
}

#[test]
fn traces_with_a_batch_twice_end() {
    check_variants(20, "a batch doubled", |_, parts, random| parts.with_batch(2, random));
}

#[test]
fn traces_with_a_lie_end() {
    for lie in LIES {
        check_variants(40, &format!("{lie:?}"), |_, parts, random| parts.with(lie, random));
    }
}

/// A trace with this batch, of no thread.
fn with_batch_of_nobody(fill: impl FnOnce(&mut Batch) -> goscope_wire::Result<()>) -> Vec<u8> {
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_23).unwrap();
    let nobody = BatchHeader::NO_THREAD;
    writer.batch(1, nobody, 1, |batch| batch.event("Frequency", &[1_000_000_000], Trailer::None)).unwrap();
    writer.batch(1, nobody, 1, fill).unwrap();
    writer.finish().unwrap()
}

#[test]
fn numbers_with_gaps_take_no_more_memory_than_others() {
    for gap in [1, 2, 1000, 65_535, 65_536, 1 << 32] {
        let bytes = with_batch_of_nobody(|batch| {
            batch.event("Strings", &[], Trailer::None)?;
            (1..=500).try_for_each(|number| batch.event("String", &[number * gap], Trailer::Data(b"a")))
        });
        check(&format!("strings with gaps of {gap}"), &bytes);
        let bytes = with_batch_of_nobody(|batch| {
            batch.event("Stacks", &[], Trailer::None)?;
            (1..=500).try_for_each(|number| batch.event("Stack", &[number * gap, 0], Trailer::Frames(&[])))
        });
        check(&format!("stacks with gaps of {gap}"), &bytes);
    }
}

#[test]
fn renewing_keeps_a_batch_of_a_generation() {
    let bytes = unkind::goroutines(1_000_000);
    assert!(bytes.len() > 6 * MB, "{}", bytes.len());
    let used =
        memory::peak(|| edit::renew(goscope_wire::Reader::new(&bytes[..]).unwrap(), io::sink()).unwrap());
    assert!(used < MB, "{used} bytes of memory for {} of file", bytes.len());
}
