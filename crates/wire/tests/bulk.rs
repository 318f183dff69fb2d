//! Events in bulk are the same records as one by one: the same bytes, numbers and errors, in whole traces and in
//! damaged ones.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use goscope_wire::{Bulk, BulkEvents, ErrorKind, EventId, Family, Reader, Run};

/// The repository's traces of family v1.
fn traces() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "trace"));
    let bytes: Vec<_> = files.map(|path| fs::read(path).unwrap()).collect();
    let is_v1 = |bytes: &Vec<u8>| Reader::new(&bytes[..]).unwrap().header().version().family() == Family::V1;
    bytes.into_iter().filter(is_v1).collect()
}

/// The bytes of all records, and the error that ends them.
fn one_by_one(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
    let (mut reader, mut all) = (Reader::new(bytes).unwrap(), Vec::new());
    loop {
        match reader.next_record() {
            Ok(Some(record)) => all.extend(record.bytes()),
            Ok(None) => return (all, None),
            Err(error) => return (all, Some(format!("{error} {:?}", reader.position()))),
        }
    }
}

/// The same, with events in bulk but for those of the type `except`, and the bytes that were in bulk.
fn in_bulk(bytes: &[u8], except: EventId) -> (Vec<u8>, Option<String>, Vec<u8>) {
    let (mut reader, mut all, mut bulk_bytes) = (Reader::new(bytes).unwrap(), Vec::new(), Vec::new());
    let bulk = Bulk::new(reader.header().version(), &[except]);
    loop {
        match reader.next_run(&bulk) {
            Ok(Some(Run::Events(events))) => {
                all.extend(events);
                bulk_bytes.extend(events);
            }
            Ok(Some(Run::Record(record))) => all.extend(record.bytes()),
            Ok(None) => return (all, None, bulk_bytes),
            Err(error) => return (all, Some(format!("{error} {:?}", reader.position())), bulk_bytes),
        }
    }
}

fn assert_same(bytes: &[u8], except: EventId) -> usize {
    let (all, error, bulk) = in_bulk(bytes, except);
    assert_eq!(one_by_one(bytes), (all, error));
    bulk.len()
}

#[test]
fn whole_traces_read_the_same() {
    for bytes in traces() {
        // GoStart, and a type that no version has.
        assert!(assert_same(&bytes, EventId(63)) > assert_same(&bytes, EventId(14)) / 2);
    }
}

#[test]
fn damaged_traces_read_the_same() {
    for bytes in traces() {
        let step = (bytes.len() / 100).max(1);
        for place in (16..bytes.len()).step_by(step) {
            assert_same(&bytes[..place], EventId(14));
            let mut changed = bytes.clone();
            changed[place] ^= 0x5a;
            assert_same(&changed, EventId(14));
        }
    }
}

#[test]
fn numbers_are_those_of_the_records() {
    for bytes in traces() {
        let mut reader = Reader::new(&bytes[..]).unwrap();
        let mut events = BulkEvents::new(reader.header().version());
        while let Some(record) = reader.next_record().unwrap() {
            let padded = [record.bytes(), &[0; 64]].concat();
            // Near the end of the bytes, and far from it.
            for rest in [record.bytes(), &padded[..]] {
                assert_eq!(events.decode(rest).unwrap(), record.bytes().len());
                assert_eq!(events.id(), record.id());
                let args = record.args();
                assert_eq!(events.args()[..args.len()], *args);
                assert!(events.args()[args.len()..].iter().all(|arg| *arg == 0));
                let data = &record.bytes()[events.data_start().min(record.bytes().len())..];
                assert!(record.data().is_none_or(|wanted| wanted == data));
            }
        }
    }
    let cut = BulkEvents::new(goscope_wire::FormatVersion::V1_21).decode(&[0x8e, 0x05]);
    assert!(matches!(cut, Err(ErrorKind::Truncated { .. })));
}
