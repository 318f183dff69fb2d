//! Nothing is held back, and how the bytes are cut into pieces changes nothing.

use std::{
    cell::Cell,
    collections::BTreeSet,
    io::{self, Read},
};

use goscope_testkit::corpus::{self, Trace};
use goscope_trace::{ErrorKind, StreamDecoder, StreamReader};
use goscope_wire::SliceReader;

use super::{reading::transcript, rewrite::Random};

/// Records of family v1 that do not always make an event: what was there when the trace began is told by what
/// comes next, and the newest model has no event for the others.
const SILENT: [&str; 4] = ["GoCreate", "Gomaxprocs", "GoSysBlock", "FutileWakeup"];

/// Traces that take less than a second byte by byte.
fn small_traces() -> impl Iterator<Item = Trace> {
    let is_small = |trace: &Trace| !trace.is_damaged() && trace.bytes().len() < 60_000;
    corpus::own().traces().into_iter().filter(is_small)
}

/// Where the records of a trace end, and where those end that are events.
fn ends(bytes: &[u8]) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let mut reader = SliceReader::new(bytes).unwrap();
    let (mut all, mut events) = (BTreeSet::new(), BTreeSet::new());
    while let Some(record) = reader.next_record().unwrap() {
        let end = record.offset() + record.bytes().len() as u64;
        all.insert(end);
        if record.spec().is_some_and(|spec| spec.timed) && !SILENT.contains(&record.name()) {
            events.insert(end);
        }
    }
    (all, events)
}

#[test]
fn an_event_comes_with_its_last_byte() {
    for trace in small_traces() {
        let bytes = trace.bytes();
        let (mut decoder, mut given) = (StreamDecoder::default(), BTreeSet::new());
        for (byte, end) in bytes.iter().zip(1..) {
            decoder.push(&[*byte]);
            while decoder.next_item().is_some() {
                given.insert(end);
            }
        }
        let (all, events) = ends(&bytes);
        let held_back: Vec<_> = events.difference(&given).collect();
        assert!(held_back.is_empty() && given.is_subset(&all), "{}: {held_back:?}", trace.name);
    }
}

#[test]
fn pieces_of_any_size_give_the_same() {
    for (trace, seed) in small_traces().zip(0..) {
        let (bytes, random) = (trace.bytes(), &mut Random(seed));
        let whole = transcript(&bytes, || usize::MAX);
        assert_eq!(transcript(&bytes, || 1), whole, "{}", trace.name);
        for most in [10, 1000, 20_000] {
            assert_eq!(transcript(&bytes, || 1 + random.below(most)), whole, "{}", trace.name);
        }
    }
}

/// A pipe that has one byte more every other time that it is asked, once the header is through.
struct Slow<'a> {
    bytes: &'a [u8],
    /// The bytes that were read, for all to see.
    read: &'a Cell<u64>,
    is_ready: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_ready = !self.is_ready || self.read.get() < 16;
        if !self.is_ready {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let len = (&self.bytes[self.read.get() as usize..]).read(&mut buffer[..1])?;
        self.read.set(self.read.get() + len as u64);
        Ok(len)
    }
}

#[test]
fn a_reader_asks_its_source_only_when_all_was_given_out() {
    for trace in small_traces().take(5) {
        let (bytes, read) = (trace.bytes(), Cell::new(0));
        let mut reader = StreamReader::new(Slow { bytes: &bytes, read: &read, is_ready: false }).unwrap();
        let mut given = BTreeSet::new();
        loop {
            match reader.next_item() {
                Ok(Some(_)) => _ = given.insert(read.get()),
                Ok(None) => break,
                Err(error) => assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error}"),
            }
        }
        let (all, events) = ends(&bytes);
        assert!(events.is_subset(&given) && given.is_subset(&all), "{}", trace.name);
    }
}

#[test]
fn a_reader_gives_what_a_decoder_gives_from_the_first_item_on() {
    for trace in small_traces() {
        let bytes = trace.bytes();
        let (mut reader, mut decoder) = (StreamReader::new(&bytes[..]).unwrap(), StreamDecoder::default());
        decoder.push(&bytes);
        decoder.finish();
        let read = std::iter::from_fn(|| reader.next_item().unwrap());
        let decoded = std::iter::from_fn(|| decoder.next_item());
        let (read, decoded) = (read.map(|item| format!("{item:?}")), decoded.map(|item| format!("{item:?}")));
        assert!(read.eq(decoded), "{}", trace.name);
    }
}
