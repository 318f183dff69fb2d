//! Batches as a whole: reading a trace part by part gives what reading it record by record gives.

#![allow(clippy::panic, clippy::unwrap_used)]

use goscope_testkit::{corpus, pieces::Pieces};
use goscope_wire::{
    BatchEvents, BatchHeader, ErrorKind, Family, FormatVersion, Part, RawBatch, Reader, Record, SliceReader,
    Table,
};

use FormatVersion::{V1_22, V1_26};

/// A batch with these bytes, behind a header of five.
fn batch(bytes: &[u8]) -> RawBatch<'_> {
    let header = BatchHeader { generation: 1, thread: 2, time: 3, size: bytes.len() as u64 };
    RawBatch { header, head: &[], bytes, offset: 21, is_mended: false }
}

/// The header of a batch with another size.
fn head(batch: &RawBatch<'_>, size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    batch.append_head(size, &mut out);
    out
}

fn assert_same(name: &str, was: &Record<'_>, is: &Record<'_>) {
    assert_eq!((was.offset(), was.bytes()), (is.offset(), is.bytes()), "{name}");
    assert_eq!(was.args(), is.args(), "{name}: {was:?}");
}

/// Makes sure that the records of a batch are the next ones of a reader, whose last record is the batch's header.
fn assert_same_batch(name: &str, whole: &mut SliceReader<'_>, batch: &RawBatch<'_>, version: FormatVersion) {
    assert_eq!(whole.position().offset, batch.offset, "{name}");
    let mut records = batch.records(version);
    while let Some(record) = records.next_record().unwrap() {
        assert_same(name, &whole.next_record().unwrap().unwrap(), &record);
    }
    assert_eq!(whole.position().offset, batch.offset + batch.header.size, "{name}");
}

/// Reads a trace part by part, and makes sure that all is as it is record by record.
fn check(name: &str, bytes: &[u8]) {
    let mut whole = SliceReader::new(bytes).unwrap();
    let version = whole.header().version();
    let mut parts = Reader::new(Pieces::new(bytes, &[1000, 70_000])).unwrap();
    while let Ok(Some(part)) = parts.next_part() {
        let was = whole.next_record().unwrap().unwrap();
        match part {
            Part::Record(is) => assert_same(name, &was, &is),
            Part::Batch(batch) => {
                assert_eq!(BatchHeader::of(&was), Some(batch.header), "{name}");
                assert_eq!(was.bytes(), batch.head, "{name}");
                assert_eq!(head(&batch, batch.header.size), batch.head, "{name}");
                assert_same_batch(name, &mut whole, &batch, version);
            }
        }
    }
}

#[test]
fn parts_make_up_the_trace() {
    for trace in corpus::all() {
        let bytes = trace.bytes();
        if SliceReader::new(&bytes).unwrap().header().version().family() == Family::V2 {
            check(&trace.name, &bytes);
        }
    }
}

/// The events of a batch with the numbers that mean something, or the error that ends them.
fn events(version: FormatVersion, mut rest: &[u8]) -> Result<Vec<(u8, Vec<u64>)>, ErrorKind> {
    let mut decoder = BatchEvents::new(version);
    let mut events = Vec::new();
    while !rest.is_empty() {
        rest = &rest[decoder.decode(rest)?..];
        let count = Table::of(version).get(decoder.id()).unwrap().args.len();
        events.push((decoder.id().0, decoder.args()[..count].to_vec()));
    }
    Ok(events)
}

#[test]
fn events_are_the_records_of_batches_of_threads() {
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        let mut parts = Reader::new(&bytes[..]).unwrap();
        let version = parts.header().version();
        if version.family() == Family::V1 {
            continue;
        }
        while let Ok(Some(part)) = parts.next_part() {
            let Part::Batch(batch) = part else { continue };
            if batch.header.thread == BatchHeader::NO_THREAD {
                continue;
            }
            let mut records = batch.records(version);
            for (id, args) in events(version, batch.bytes).unwrap() {
                let record = records.next_record().unwrap().unwrap();
                assert_eq!((record.id().0, record.args()), (id, &args[..]), "{}", trace.name);
            }
            assert!(records.next_record().unwrap().is_none(), "{}", trace.name);
        }
    }
}

#[track_caller]
fn assert_events_fail(version: FormatVersion, bytes: &[u8], kind: &str) {
    let error = events(version, bytes).unwrap_err();
    assert_eq!(format!("{error:?}"), kind);
}

#[test]
fn what_is_no_timed_event_is_refused() {
    // A ProcStop, and then a string, a number that no event has, and an event that came later.
    for head in [5, 200, 45] {
        assert_events_fail(V1_22, &[11, 1, head, 1, 1, 1], &format!("NotTimed(EventId({head}))"));
    }
    let message = events(V1_22, &[5]).unwrap_err().to_string();
    assert_eq!(message, "event 5 stands among timed events and is none");
    assert_events_fail(V1_22, &[11, 1, 16, 5], "BatchOverrun(EventId(16))");
    assert_events_fail(V1_22, &[&[11][..], &[0xff; 10]].concat(), "VarintOverflow");
}

#[test]
fn records_end_at_what_makes_no_sense() {
    let error = |bytes: &[u8]| format!("{:?}", batch(bytes).records(V1_26).next_record().unwrap_err());
    assert_eq!(error(&[16, 5]), "BatchOverrun(EventId(16))");
    assert_eq!(error(&[&[11][..], &[0xff; 10]].concat()), "VarintOverflow");
}

#[test]
fn a_batch_that_is_cut_is_an_error() {
    let bytes = b"go 1.22 trace\0\0\0\x01\x01\x02\x03\x04\x0b\x05";
    let mut parts = Reader::new(&bytes[..]).unwrap();
    let error = parts.next_part().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TruncatedBatch { missing: 2 }), "{error}");
    assert_eq!((error.position().offset, error.position().record), (23, 1));
    let cut = parts.cut_batch().unwrap();
    assert!((cut.bytes.len() as u64) < cut.header.size);
    assert!(parts.next_part().unwrap().is_none());
}

#[test]
fn a_header_that_is_not_there_is_written_as_go_writes_it() {
    assert_eq!(head(&batch(&[11, 5]), 3), b"\x01\x01\x02\x03\x83\x80\x80\x80\x80\x80\x80\x80\x80\x00");
}

#[test]
fn a_header_with_another_size_keeps_its_width() {
    let was = RawBatch { head: b"\x01\x01\x02\x03\x82\x80\x00", ..batch(&[11, 5]) };
    assert_eq!(head(&was, 3), b"\x01\x01\x02\x03\x83\x80\x00");
    assert_eq!(head(&was, 300), b"\x01\x01\x02\x03\xac\x82\x00");
}
