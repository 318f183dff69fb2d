//! Traces that no runtime writes, but that are traces: names in unusual places, batches that grow.

use goscope_trace::edit::{ErrorKind, Result};
use goscope_wire::{Batch, BatchHeader, FormatVersion, Part, Reader, SliceReader, Trailer, Writer};

use super::{anonymised, strings};

const NOBODY: u64 = BatchHeader::NO_THREAD;

fn trace(fill: impl FnOnce(&mut Batch) -> goscope_wire::Result<()>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.batch(7, NOBODY, 3, fill).unwrap();
    writer.finish().unwrap()
}

/// The headers of the batches of a trace.
fn batches(bytes: &[u8]) -> Vec<BatchHeader> {
    let mut reader = Reader::new(bytes).unwrap();
    let mut headers = Vec::new();
    while let Some(part) = reader.next_part().unwrap() {
        if let Part::Batch(batch) = part {
            headers.push(batch.header);
        }
    }
    headers
}

fn names(bytes: &[u8]) -> Vec<&'static str> {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut names = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        names.push(record.name());
    }
    names
}

#[test]
fn a_batch_of_strings_that_grows_goes_on_in_another() {
    let bytes = trace(|batch| {
        batch.event("Strings", &[], Trailer::None)?;
        (1..=7000).try_for_each(|number| batch.event("String", &[number], Trailer::Data(b"a.bcd")))
    });
    let anonymous = anonymised(&bytes).unwrap();
    let [before, after] = [&bytes, &anonymous].map(|bytes| batches(bytes));
    assert_eq!((before.len(), after.len()), (1, 4));
    assert!(after.iter().all(|header| header.size <= 65_536));
    assert!(after.iter().all(|header| BatchHeader { size: before[0].size, ..*header } == before[0]));
    let count = |name| names(&anonymous).into_iter().filter(|other| *other == name).count();
    assert_eq!((count("Strings"), count("String")), (4, 7000));
}

#[test]
fn a_batch_of_stacks_that_grows_goes_on_in_another() {
    let bytes = trace(|batch| {
        batch.event("Stacks", &[], Trailer::None)?;
        let frames = [goscope_wire::Frame { pc: 1, func: 1, file: 1, line: 1 }; 100];
        (1..=160).try_for_each(|number| batch.event("Stack", &[number, 100], Trailer::Frames(&frames)))
    });
    let after = batches(&anonymised(&bytes).unwrap());
    assert!(after.len() == 3 && after.iter().all(|header| header.size <= 65_536), "{after:?}");
}

#[test]
fn batches_of_types_that_grow_go_on_in_others() {
    let one = |number: u8| [&[number, 1, 8, 8, 1][..], b"T"].concat();
    let data =
        [&b"\x00"[..], &(0..9000).flat_map(|number| one(number as u8 & 0x7f)).collect::<Vec<_>>()].concat();
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.event("ExperimentalBatch", &[1, 7, NOBODY, 3], Trailer::Data(&data)).unwrap();
    let anonymous = anonymised(&writer.finish().unwrap()).unwrap();
    let mut reader = SliceReader::new(&anonymous).unwrap();
    let mut lens = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        assert_eq!((record.args(), record.data().unwrap()[0]), (&[1, 7, NOBODY, 3][..], 0));
        lens.push(record.data().unwrap().len());
    }
    assert!(lens.len() > 1 && lens.iter().all(|len| *len <= 65_536), "{lens:?}");
}

#[test]
fn a_name_among_events_is_found() {
    let bytes = trace(|batch| {
        batch.event("ProcStop", &[1], Trailer::None)?;
        batch.event("String", &[1], Trailer::Data(b"main.secret"))?;
        batch.event("ProcStop", &[1], Trailer::None)
    });
    let anonymous = anonymised(&bytes).unwrap();
    assert_eq!(names(&anonymous), names(&bytes));
    assert!(!strings::of(&anonymous).all.contains(&b"main.secret"[..]));
}

#[test]
fn names_among_events_that_grow_too_much_are_refused() {
    let strings = |count| {
        trace(|batch| {
            batch.event("ProcStop", &[1], Trailer::None)?;
            (1..=count).try_for_each(|number| batch.event("String", &[number], Trailer::Data(b"a.bcd")))
        })
    };
    let (text, is_damage) = refusal(anonymised(&strings(7000)));
    assert_eq!(text, "a batch would become larger than the format allows, at byte 39");
    assert!(is_damage);
    // It was too large before.
    assert!(anonymised(&strings(9000)).is_ok());
}

#[test]
fn a_program_may_have_any_number_of_addresses() {
    let mut bytes = b"go 1.5 trace\0\0\0\0".to_vec();
    for address in 0..70_000_u64 {
        let mut create = b"\x01\x02\x03".to_vec();
        goscope_wire::varint::append(&mut create, address);
        create.push(0);
        bytes.extend([0xcd, create.len() as u8]);
        bytes.extend(create);
    }
    let addresses = |bytes: &[u8]| {
        let mut reader = SliceReader::new(bytes).unwrap();
        let mut addresses = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            addresses.push(record.arg("new_pc").unwrap());
        }
        addresses
    };
    let once = addresses(&anonymised(&bytes).unwrap());
    bytes.extend(bytes[16..].to_vec());
    assert_eq!(addresses(&anonymised(&bytes).unwrap()), [once.clone(), once].concat());
}

#[test]
fn headers_that_are_not_padded_stay_so() {
    let bytes = b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x02\x0b\x05\x01\x81\x00\x02\x03\x03\x0b\x85\x00";
    assert_eq!(anonymised(bytes).unwrap(), bytes);
    let bytes =
        b"go 1.26 trace\0\0\0\x01\x81\x00\x02\x03\x82\x00\x0b\x05\x01\x01\x02\x03\x05\x04\x05\x01\x01x";
    let anonymous = anonymised(bytes).unwrap();
    assert!(anonymous.starts_with(&bytes[..29]) && anonymous[29] == 17, "{anonymous:x?}");
}

fn refusal(result: Result<Vec<u8>>) -> (String, bool) {
    let error = result.unwrap_err();
    (error.to_string(), error.is_damage())
}

#[test]
fn what_is_not_known_is_refused() {
    let unknown = b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x06\xc8secre";
    let (text, is_damage) = refusal(anonymised(unknown));
    assert_eq!(text, "event 200 is not known, so what it says can't be changed, at byte 21");
    assert!(is_damage);
    let unknown = b"go 1.21 trace\0\0\0\xff\x06secret";
    assert_eq!(
        refusal(anonymised(unknown)).0,
        "event 63 is not known, so what it says can't be changed, at byte 16"
    );
}

#[test]
fn experiments_that_are_not_known_are_refused() {
    for (experiment, data, want) in [
        (2, &b"\x00secret"[..], "a batch of experiment 2 is laid out in a way that is not known, at byte 16"),
        (1, b"\x07secret", "a batch of AllocFree is laid out in a way that is not known, at byte 16"),
    ] {
        let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_23).unwrap();
        writer.event("ExperimentalBatch", &[experiment, 1, 2, 3], Trailer::Data(data)).unwrap();
        assert_eq!(refusal(anonymised(&writer.finish().unwrap())), (want.to_owned(), false));
    }
}

#[test]
fn damage_is_refused() {
    for (bytes, want) in [
        (
            &b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x02\x10\x05"[..],
            "event 16 reaches beyond the end of its batch, at byte 21",
        ),
        (b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x05\x0b\x05", "the file ends in the middle of a batch"),
        (b"go 1.26 trace\0\0\0\x77", "a batch should begin here"),
        (b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x06\x31\x01\x01\x01\x01\x00", "a batch begins within a batch"),
        (b"go 1.21 trace\0\0\0\x25\x01\x07abc", "the file ends in the middle of an event"),
    ] {
        let (text, is_damage) = refusal(anonymised(bytes));
        assert!(text.starts_with(want) && is_damage, "{text}");
    }
}

#[test]
fn what_is_no_trace_is_no_damage() {
    let error = anonymised(b"# goscope, a text that is no trace").unwrap_err();
    assert!(!error.is_damage() && matches!(error.kind(), ErrorKind::Wire(_)), "{error}");
}

/// A sink without room.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_is_an_error() {
    let error = goscope_trace::edit::Anonymiser::new(b"").run(&b"go 1.26 trace\0\0\0"[..], Full).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Sink(_)) && !error.is_damage());
    assert!(std::error::Error::source(&error).is_some());
}
