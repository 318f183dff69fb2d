//! What benchmarks read: traces of the corpus, made long enough to measure.
//!
//! `cargo bench --package goscope-benches` runs them all: `wall` by the clock, `instructions` under valgrind.
//! `cargo xtask bench` is the contest with Go's readers.

use std::fs;

use goscope_testkit::corpus;
use goscope_wire::{FormatVersion, Reader, SliceReader};

/// A trace of family v1 in the corpus.
pub const V1: &str = "gc_go1.21.13.trace";
/// A trace of family v2 in the corpus.
pub const V2: &str = "gc_go1.27.3.trace";

/// A trace of family v2 that is long enough for its events to count for more than its tables.
pub const LONG_V2: &str = "flight_go1.27.3.trace";

/// A trace of the corpus whose records are repeated until it has `len` bytes or a little more.
///
/// At the level of records that is a trace like any other.
///
/// # Panics
///
/// When the corpus is not there.
#[must_use]
pub fn trace(name: &str, len: usize) -> Vec<u8> {
    let path = corpus::own().folder().join(name);
    let (header, records) = split(fs::read(path).unwrap_or_default());
    assert!(!records.is_empty(), "the corpus has no {name}");
    let times = len.div_ceil(records.len());
    [header, records.repeat(times)].concat()
}

fn split(mut trace: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let records = trace.split_off(trace.len().min(16));
    (trace, records)
}

/// Counts what a reader gives. A macro, because the readers have no trait in common.
macro_rules! count_records {
    ($reader:expr) => {{
        let Ok(mut reader) = $reader else { return 0 };
        let mut count = 0;
        while let Ok(Some(record)) = reader.next_record() {
            std::hint::black_box(&record);
            count += 1;
        }
        count
    }};
}

/// Reads every record from memory and returns their number.
#[must_use]
pub fn read_slice(trace: &[u8]) -> u64 {
    count_records!(SliceReader::new(trace))
}

/// Reads every record as from a file and returns their number.
#[must_use]
pub fn read_stream(trace: &[u8]) -> u64 {
    count_records!(Reader::new(trace))
}

/// The bytes of a trace of the corpus, once: unlike records, events can't be repeated.
///
/// # Panics
///
/// When the corpus is not there.
#[must_use]
pub fn whole_trace(name: &str) -> Vec<u8> {
    trace(name, 1)
}

/// Reads every event in order and returns their number.
#[must_use]
pub fn read_events(trace: &[u8]) -> u64 {
    let Ok(mut reader) = goscope_trace::Reader::new(trace) else { return 0 };
    let mut count = 0;
    while let Ok(Some(chunk)) = reader.next_chunk() {
        count += std::hint::black_box(chunk).len() as u64;
    }
    count
}

/// Prints every record as text and returns the length of it.
#[must_use]
pub fn print(trace: &[u8]) -> usize {
    let Ok(mut reader) = SliceReader::new(trace) else { return 0 };
    let mut text = String::new();
    let mut len = 0;
    while let Ok(Some(record)) = reader.next_record() {
        text.clear();
        // Writing to a String cannot fail.
        let _ = std::fmt::write(&mut text, format_args!("{record}"));
        len += text.len();
    }
    len
}

/// Writes every record again and returns the number of bytes.
#[must_use]
pub fn write(trace: &[u8], version: FormatVersion) -> usize {
    let Ok(mut writer) = goscope_wire::Writer::with_version(Vec::new(), version) else { return 0 };
    let Ok(mut reader) = SliceReader::new(trace) else { return 0 };
    while let Ok(Some(record)) = reader.next_record() {
        if writer.record(&record).is_err() {
            return 0;
        }
    }
    writer.finish().map_or(0, |written| written.len())
}
