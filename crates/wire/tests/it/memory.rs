//! What reading costs in memory: bounded whatever the file says, nothing per record, and no more for a long trace
//! than for a short one.
//!
//! The testkit's allocator counts.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::{self, Read};

use goscope_testkit::{
    corpus::{self, Trace},
    memory::{allocations, peak},
};
use goscope_wire::{Decoder, Reader, SliceReader, Step};

const MB: usize = 1 << 20;
const HEADER: usize = 16;

/// A trace whose records come over and over, up to a length or a little more: at this level that is a trace like
/// any other.
struct Repeated {
    header: Vec<u8>,
    records: Vec<u8>,
    at: usize,
    len: usize,
}

impl Repeated {
    fn new(trace: &Trace, len: usize) -> Self {
        let (header, records) = split(trace.bytes());
        let len = len.next_multiple_of(records.len());
        Self { header, records, at: 0, len }
    }
}

fn split(mut bytes: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let records = bytes.split_off(HEADER);
    (bytes, records)
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = match self.at.checked_sub(HEADER) {
            None => &self.header[self.at..],
            Some(at) if at >= self.len => &[],
            Some(at) => &self.records[at % self.records.len()..],
        };
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }
}

/// Traces of both families, with stacks, strings and, for the second, batches.
fn traces() -> Vec<Trace> {
    let wanted =
        ["syscalls_go1.21.13.trace", "built_1.5.trace", "flight_go1.27.3.trace", "allocfree_go1.25.5.trace"];
    let traces: Vec<_> =
        corpus::own().traces().into_iter().filter(|trace| wanted.contains(&trace.name.as_str())).collect();
    assert_eq!(traces.len(), wanted.len());
    traces
}

/// The allocations up to the last record once every record has been there and the buffers have their size.
/// `next` takes a record.
fn allocations_once_warm(mut next: impl FnMut() -> bool) -> usize {
    assert!((0..100_000).all(|_| next()));
    let before = allocations();
    while next() {}
    allocations() - before
}

#[test]
fn slices_are_read_without_allocating() {
    for trace in traces() {
        let mut bytes = Vec::new();
        Repeated::new(&trace, 4 * MB).read_to_end(&mut bytes).unwrap();
        let mut reader = SliceReader::new(&bytes).unwrap();
        let count = allocations_once_warm(|| reader.next_record().unwrap().is_some());
        assert_eq!(count, 0, "{}", trace.name);
    }
}

#[test]
fn files_are_read_into_a_buffer_that_does_not_grow() {
    for trace in traces() {
        let mut reader = Reader::new(Repeated::new(&trace, 4 * MB)).unwrap();
        let count = allocations_once_warm(|| reader.next_record().unwrap().is_some());
        assert_eq!(count, 0, "{}", trace.name);
    }
}

#[test]
fn pieces_are_decoded_in_a_buffer_that_does_not_grow() {
    for trace in traces() {
        let mut source = Repeated::new(&trace, 4 * MB);
        let mut piece = vec![0; 10_000];
        let mut decoder = Decoder::default();
        let count = allocations_once_warm(|| next(&mut decoder, &mut source, &mut piece));
        assert_eq!(count, 0, "{}", trace.name);
    }
}

/// Takes a record out of a decoder, after pushing what it needs. `false` at the end.
fn next(decoder: &mut Decoder, source: &mut impl Read, piece: &mut [u8]) -> bool {
    loop {
        match decoder.next_step().unwrap() {
            Step::Record(_) => return true,
            Step::Header(_) => {}
            Step::End => return false,
            Step::NeedMore(_) => match source.read(piece).unwrap() {
                0 => decoder.finish(),
                len => decoder.push(&piece[..len]),
            },
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_trace() {
    for trace in traces() {
        let mut reader = Reader::new(Repeated::new(&trace, 50 * MB)).unwrap();
        let peak = peak(|| while reader.next_record().unwrap().is_some() {});
        assert!(reader.position().offset > 50 * MB as u64, "{}: {:?}", trace.name, reader.position());
        assert!(peak < MB, "{}: {peak} bytes", trace.name);
    }
}

#[test]
fn damaged_files_do_not_cost_more() {
    let damaged = corpus::all().into_iter().filter(Trace::is_damaged).map(|trace| trace.bytes());
    let fuzz = corpus::shared().map_or(Vec::new(), |corpus| corpus.fuzz_inputs());
    let fuzz = fuzz.into_iter().map(|(_, bytes)| bytes);
    for bytes in damaged.chain(fuzz) {
        let peak = peak(|| read_with_recovery(&bytes));
        assert!(peak < 2 * MB, "{peak} bytes");
    }
}

fn read_with_recovery(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    loop {
        match reader.next_record() {
            Ok(Some(_)) => {}
            Ok(None) => return,
            Err(_) => drop(reader.recover()),
        }
    }
}

#[test]
fn sizes_that_a_file_claims_are_not_allocated() {
    let data = |head: &[u8]| [b"go 1.21 trace\0\0\0", head, &[0xff, 0xff, 0x3f]].concat(); // 1 MB − 1
    for bytes in [data(&[37, 1]), data(&[0xc3]), data(&[0xf0, 1, 1])] {
        let peak = peak(|| read_with_recovery(&bytes));
        assert!(peak < MB, "{peak} bytes for {bytes:?}");
    }
}
