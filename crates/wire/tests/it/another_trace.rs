//! A trace behind a trace: `cat` and a shell's `>>` leave such files. The first one is read and the place of the next one
//! is told; a header anywhere else means nothing.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::{self, Read};

use goscope_testkit::{corpus, pieces::Pieces};
use goscope_wire::{Decoder, ErrorKind, Options, Reader, SliceReader, Step, TracePart, Traces};

const HEADER: &[u8] = b"go 1.22 trace\0\0\0";

/// The sound traces of the repository.
fn sound() -> Vec<(String, Vec<u8>)> {
    let is_sound = |bytes: &[u8]| {
        let Ok(mut reader) = SliceReader::new(bytes) else { return false };
        loop {
            match reader.next_record() {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    };
    let traces = corpus::own().traces().into_iter().filter(|trace| !trace.is_damaged());
    traces.map(|trace| (trace.name.clone(), trace.bytes())).filter(|(_, bytes)| is_sound(bytes)).collect()
}

fn assert_is_another(error: &goscope_wire::Error, at: usize, name: &str) {
    let told = match error.kind() {
        ErrorKind::AnotherTrace { offset, .. } => *offset,
        kind => panic!("{name}: {kind}"),
    };
    assert_eq!(told, at as u64, "{name}");
    assert!(error.to_string().starts_with(&format!("another trace begins at byte {at}, of format 1.")));
}

/// The records of a file, and the error that ends it.
fn read(bytes: &[u8], resync: bool) -> (u64, goscope_wire::Error) {
    let mut reader = Reader::with_options(bytes, Options { resync, ..Options::default() }).unwrap();
    let mut records = 0;
    loop {
        match reader.next_record() {
            Ok(Some(_)) => records += 1,
            Ok(None) => panic!("nothing is told"),
            Err(error) => {
                assert_eq!((reader.recover(), reader.recover_row()), (None, None));
                assert!(reader.next_record().unwrap().is_none());
                return (records, error);
            }
        }
    }
}

#[test]
fn a_trace_ends_where_another_one_begins() {
    let traces = sound();
    assert!(traces.len() > 20);
    for (place, (name, first)) in traces.iter().enumerate() {
        let both = [first.as_slice(), &traces[(place * 7 + 3) % traces.len()].1].concat();
        let mut whole = SliceReader::new(first).unwrap();
        let mut count = 0;
        while whole.next_record().unwrap().is_some() {
            count += 1;
        }
        for resync in [false, true] {
            let (records, error) = read(&both, resync);
            assert_is_another(&error, first.len(), name);
            assert_eq!(records, count, "{name}");
        }
    }
}

#[test]
fn the_bytes_may_come_in_any_pieces() {
    let (name, first) = &sound()[0];
    let both = [first.as_slice(), HEADER].concat();
    let mut decoder = Decoder::default();
    let mut error = None;
    for byte in &both {
        decoder.push(&[*byte]);
        loop {
            match decoder.next_step() {
                Ok(Step::NeedMore(_)) => break,
                Ok(Step::End) => panic!("nothing is told"),
                Ok(_) => {}
                Err(told) => {
                    error = Some(told);
                    break;
                }
            }
        }
    }
    assert_is_another(&error.unwrap(), first.len(), name);
}

#[test]
fn a_header_in_the_data_of_a_trace_is_none() {
    // A batch of strings with one that looks like a header, and an event of a thread.
    let v2 =
        [HEADER, b"\x01\x01\x2a\x64\x14\x04\x05\x01\x10", HEADER, b"\x01\x01\x2a\x64\x02\x0b\x05"].concat();
    // The same string in family v1, then ProcStop.
    let v1 = [&b"go 1.21 trace\0\0\0\x25\x01\x10"[..], HEADER, b"\x06\x03"].concat();
    for bytes in [v2, v1] {
        for resync in [false, true] {
            let options = Options { resync, ..Options::default() };
            let mut reader = Reader::with_options(Pieces::new(&bytes, &[1, 3, 17]), options).unwrap();
            let mut last = String::new();
            while let Some(record) = reader.next_record().unwrap() {
                last = record.name().to_owned();
            }
            assert_eq!(last, "ProcStop");
        }
        let mut traces = Traces::new(&bytes[..], Options::default());
        let mut begins = 0;
        while let Some(part) = traces.next_part().unwrap() {
            begins += usize::from(matches!(part, TracePart::Begin(_)));
        }
        assert_eq!(begins, 1);
    }
}

#[test]
fn less_than_a_header_is_damage() {
    let (name, first) = &sound()[0];
    for end in [&HEADER[..15], b"go 1.22 tracing\0", b"g"] {
        let (_, error) = read(&[first.as_slice(), end].concat(), false);
        assert!(!matches!(error.kind(), ErrorKind::AnotherTrace { .. }), "{name}: {error}");
    }
}

#[test]
fn traces_are_parted_byte_for_byte() {
    let traces: Vec<_> = sound().into_iter().map(|(_, bytes)| bytes).collect();
    let all = traces.concat();
    for sizes in [&[usize::MAX][..], &[1 << 12, 1, 77]] {
        let mut parting = Traces::new(Pieces::new(&all, sizes), Options::default());
        let (mut parts, mut starts): (Vec<Vec<u8>>, Vec<u64>) = Default::default();
        loop {
            match parting.next_part().unwrap() {
                Some(TracePart::Begin(_)) => {
                    parts.push(Vec::new());
                }
                Some(TracePart::Bytes(bytes)) => parts.last_mut().unwrap().extend(bytes),
                None => break,
            }
            if starts.len() < parts.len() {
                starts.push(parting.start());
            }
        }
        assert!(parting.damage().is_none());
        assert!(parts == traces, "{} of {}", parts.len(), traces.len());
        let lens = traces.iter().scan(0, |at, trace| Some(std::mem::replace(at, *at + trace.len() as u64)));
        assert_eq!(starts, lens.collect::<Vec<_>>());
    }
}

#[test]
fn all_bytes_of_damaged_traces_are_in_some_part() {
    let (_, first) = &sound()[0];
    for cut in [17, first.len() / 2, first.len() - 3] {
        let both = [&first[..cut], first].concat();
        let mut parting = Traces::new(&both[..], Options::default());
        let mut parted = Vec::new();
        while let Some(part) = parting.next_part().unwrap() {
            if let TracePart::Bytes(bytes) = part {
                parted.extend_from_slice(bytes);
            }
        }
        assert!(parted == both);
        assert!(parting.damage().is_some(), "{cut}");
    }
}

/// A source that fails.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn what_can_not_be_parted_is_told() {
    let mut none = Traces::new(&b"this is no trace, but text"[..], Options::default());
    assert!(none.next_part().is_err());
    let mut failing = Traces::new(HEADER.chain(Failing), Options::default());
    let error = loop {
        match failing.next_part() {
            Ok(part) => assert!(part.is_some()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error}");
    let mut whole = Traces::new(HEADER, Options::default());
    while whole.next_part().unwrap().is_some() {}
    assert!(whole.next_part().unwrap().is_none());
}
