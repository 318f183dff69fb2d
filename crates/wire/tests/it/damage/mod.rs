//! What is wrong with a file, where exactly, and where reading goes on: a test for each kind of error.

#![allow(clippy::panic, clippy::unwrap_used)]

mod beginning;
mod end;
mod events;
mod limits;
mod misuse;
mod oddities;
mod sources_and_sinks;

use std::io::{self, Read, Write};

use goscope_testkit::{
    pieces::Pieces,
    text,
    transcript::{Entry, of_decoder, of_reader, of_slice},
};
use goscope_wire::{
    BatchPosition, Decoder, Error, ErrorKind, EventId, Fault, FormatVersion, Frame, Header, Limits, Options,
    OtherFormat, Position, Reader, SliceReader, Step, Trailer, Writer,
};

use FormatVersion::{V1_5, V1_7, V1_9, V1_11, V1_21, V1_22, V1_26};

/// A number that has no end within ten bytes.
const ENDLESS: [u8; 10] = [0xff; 10];

/// A trace of these parts.
fn trace(version: FormatVersion, parts: &[&[u8]]) -> Vec<u8> {
    [&Header::new(version).to_bytes()[..], &parts.concat()].concat()
}

/// A batch of family v2, of generation 1, thread 2 and time 3. The header takes five bytes.
fn batch(events: &[u8]) -> Vec<u8> {
    [&[1, 1, 2, 3, events.len() as u8], events].concat()
}

/// The error that ends the reading of a trace.
fn failure_with(bytes: &[u8], options: Options) -> Error {
    let mut reader = SliceReader::with_options(bytes, options).unwrap();
    loop {
        match reader.next_record() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error up to {:?}", reader.position()),
            Err(error) => return error,
        }
    }
}

fn failure(bytes: &[u8]) -> Error {
    failure_with(bytes, Options::default())
}

fn with_limits(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

/// A place that is in no batch.
fn place(offset: u64, record: u64) -> Position {
    Position { offset, record, batch: None }
}

/// A place in the batch that starts at byte `batch` and has `index` batches before it.
fn in_batch(offset: u64, record: u64, index: u64, batch: u64) -> Position {
    Position { offset, record, batch: Some(BatchPosition { index, offset: batch }) }
}

/// Makes sure of the kind and place of the error that ends a trace, whichever reader reads it.
#[track_caller]
fn assert_fails(bytes: &[u8], kind: &str, position: Position) {
    let error = failure(bytes);
    assert_eq!((format!("{:?}", error.kind()).as_str(), error.position()), (kind, position));
    assert_eq!(error.fault(), Fault::File);
    let whole = of_slice(bytes, Options::default());
    assert_eq!(of_reader(Pieces::new(bytes, &[1]), Options::default()), whole);
    assert_eq!(of_decoder(Pieces::new(bytes, &[1, 2]), Options::default()), whole);
}

/// Makes sure that reading goes on behind the error, with this record.
#[track_caller]
fn assert_recovers(bytes: &[u8], skipped: u64, next: &str) {
    let entries = of_slice(bytes, Options::default());
    let recovered = entries.iter().position(|entry| *entry == Entry::Recovered(skipped));
    let Some(Entry::Record { name, .. }) = entries.get(recovered.unwrap() + 1) else { panic!("{entries:?}") };
    assert_eq!(*name, next);
}

/// Makes sure that nothing is known of what follows the error.
#[track_caller]
fn assert_is_the_end(bytes: &[u8]) {
    let mut reader = SliceReader::new(bytes).unwrap();
    while reader.next_record().is_ok() {}
    assert_eq!(reader.recover(), None);
    assert!(reader.next_record().unwrap().is_none());
}
