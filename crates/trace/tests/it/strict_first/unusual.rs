//! Traces that are unlike those that Go writes, but sound: each would look damaged to a guess.

use goscope_testkit::build::V2Trace;
use goscope_wire::{BatchHeader, FormatVersion, varint};

/// An hour and more, in ticks of 64 ns.
const LONG: u64 = 1 << 44;

const NONE: u64 = BatchHeader::NO_THREAD;

/// The traces, and what is unusual about each.
pub fn traces() -> Vec<(String, Vec<u8>)> {
    let versions = [FormatVersion::V1_23, FormatVersion::V1_25, FormatVersion::V1_26];
    let of = |version: FormatVersion| {
        let named = |name: &str, bytes| (format!("{name}, {version}"), bytes);
        [
            named("hours between two events", hours(version)),
            named("hours between two generations", hours_between_generations(version)),
            named("generations with other numbers", numbers(version)),
            named("the same samples twice", samples_twice(version)),
            named("some sizes padded, others not", some_padded(version)),
            named("a batch at the start of all times", early_samples(version)),
        ]
    };
    versions.into_iter().flat_map(of).collect()
}

fn hours(version: FormatVersion) -> Vec<u8> {
    let mut file = File::new(version);
    file.clock(1, 1000, true);
    let mut long = Vec::new();
    varint::append(&mut long, LONG);
    // Proc 0 runs, goroutine 1 runs on thread 1; the goroutine blocks and the proc stops, long after each other.
    let events = [&[13, 1, 0, 1, 25, 1, 1, 1, 2, 20][..], &long, &[0, 0, 11], &long].concat();
    file.batch(1, 1, 1000, true, &events);
    file.batch(1, 2, 1000, true, &[13, 1, 1, 2]);
    file.end();
    file.bytes
}

fn hours_between_generations(version: FormatVersion) -> Vec<u8> {
    let mut trace = V2Trace::new(version);
    for _ in 0..3 {
        trace.generation(|generation| {
            generation.on(1, |m| m.event("ProcStatus", &[("p", 0), ("pstatus", 2)]));
        });
        trace.wait(LONG);
    }
    trace.finish()
}

/// A file, written batch by batch.
struct File {
    version: FormatVersion,
    bytes: Vec<u8>,
}

impl File {
    fn new(version: FormatVersion) -> Self {
        let bytes = goscope_wire::Header::new(version).to_bytes().to_vec();
        Self { version, bytes }
    }

    fn batch(&mut self, generation: u64, thread: u64, time: u64, is_padded: bool, bytes: &[u8]) {
        let size = bytes.len() as u64;
        let header = BatchHeader { generation, thread, time, size };
        if is_padded {
            header.append_to(&mut self.bytes);
        } else {
            self.bytes.push(1);
            [generation, thread, time, size].into_iter().for_each(|n| varint::append(&mut self.bytes, n));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// What says how fast the clock is: a frequency of 15,625,000 a second.
    fn clock(&mut self, generation: u64, time: u64, is_padded: bool) {
        let mut frequency = vec![8];
        varint::append(&mut frequency, 15_625_000);
        let has_sync = self.version >= FormatVersion::V1_25;
        let sync = [&[50][..], &frequency, &[51, 1, 1, 1, 1]].concat();
        let bytes = if has_sync { sync } else { frequency };
        self.batch(generation, NONE, time, is_padded, &bytes);
    }

    fn end(&mut self) {
        if self.version >= FormatVersion::V1_26 {
            self.bytes.push(52);
        }
    }
}

/// Proc 0 is idle.
const IDLE: &[u8] = &[13, 1, 0, 2];

/// Each generation is a single batch or two, and so few say which number is right.
fn numbers(version: FormatVersion) -> Vec<u8> {
    let mut file = File::new(version);
    let has_gaps = version >= FormatVersion::V1_26;
    for generation in if has_gaps { [7, 3, 9] } else { [7, 8, 9] } {
        file.clock(generation, generation * 1000, true);
        file.batch(generation, 1, generation * 1000, true, IDLE);
        file.end();
    }
    file.bytes
}

fn samples_twice(version: FormatVersion) -> Vec<u8> {
    let mut file = File::new(version);
    file.clock(1, 1000, true);
    file.batch(1, 1, 1000, true, IDLE);
    for _ in 0..2 {
        file.batch(1, NONE, 1000, true, &[6, 7, 100, 1, 0, 1, 0]);
    }
    file.end();
    file.bytes
}

fn some_padded(version: FormatVersion) -> Vec<u8> {
    let mut file = File::new(version);
    file.clock(1, 1000, true);
    file.batch(1, 1, 1000, false, IDLE);
    // Bytes like the header of a batch, in a string.
    let header = [&[1, 1, 1, 1, 0x81][..], &[0x80; 8], &[0]].concat();
    let string = [&[4, 5, 1, header.len() as u8][..], &header].concat();
    file.batch(1, NONE, 1000, false, &string);
    file.batch(1, 2, 1000, true, &[13, 1, 1, 2]);
    file.end();
    file.bytes
}

fn early_samples(version: FormatVersion) -> Vec<u8> {
    let mut file = File::new(version);
    file.clock(1, 1 << 50, true);
    file.batch(1, 1, 1 << 50, true, IDLE);
    file.batch(1, NONE, 0, true, &[6, 7, 100, 1, 0, 1, 0]);
    file.end();
    file.bytes
}
