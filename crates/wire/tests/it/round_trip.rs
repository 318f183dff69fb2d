//! What is read can be written: record by record, from the parts of each record, and by way of the text form.

#![allow(clippy::panic, clippy::unwrap_used)]

use goscope_testkit::{
    corpus::{self, Trace},
    text,
};
use goscope_wire::{Family, Frame, Record, Result, SliceReader, Tail, Trailer, Writer};

/// The events in which Go's runtime pads a length, because it writes the length after what is that long.
const PADDED: [(Family, &str); 3] =
    [(Family::V1, "Stack"), (Family::V2, "EventBatch"), (Family::V2, "ExperimentalBatch")];

/// Writes a trace anew, up to the first damage. Returns the bytes, and how many of the old ones they stand for.
fn rewrite(
    bytes: &[u8],
    mut write: impl FnMut(&mut Writer<Vec<u8>>, &Record<'_>) -> Result<()>,
) -> (Vec<u8>, usize) {
    let mut reader = SliceReader::new(bytes).unwrap();
    let mut writer = Writer::with_header(Vec::new(), reader.header()).unwrap();
    while let Ok(Some(record)) = reader.next_record() {
        write(&mut writer, &record).unwrap();
    }
    (writer.finish().unwrap(), reader.position().offset as usize)
}

/// Writes a record from its name, its numbers and what trails them.
fn write_parts(writer: &mut Writer<Vec<u8>>, record: &Record<'_>) -> Result<()> {
    let Some(spec) = record.spec() else { return writer.record(record) };
    let frames: Vec<Frame> = record.frames().collect();
    let trailer = match spec.tail {
        Tail::None => Trailer::None,
        Tail::Data => Trailer::Data(record.data().unwrap_or_default()),
        Tail::Frames(_) => Trailer::Frames(&frames),
    };
    writer.event(spec.name, record.args(), trailer)
}

/// Makes sure that the records of `new` are the shortest forms of those of `old`, and that only those differ
/// whose lengths Go's runtime pads.
fn assert_shortest(name: &str, old: &[u8], new: &[u8]) {
    let (mut old, mut new) = (SliceReader::new(old).unwrap(), SliceReader::new(new).unwrap());
    while let Ok(Some(was)) = old.next_record() {
        let is = new.next_record().unwrap().unwrap();
        if was.bytes() != is.bytes() {
            let is_padded = PADDED.contains(&(was.version().family(), was.name()));
            assert!(is_padded && is.bytes().len() < was.bytes().len(), "{name}: {was:?}");
            assert_eq!(was.to_string(), is.to_string(), "{name}");
        }
    }
}

fn for_each_trace(check: impl Fn(&Trace, &[u8])) {
    for trace in corpus::all() {
        check(&trace, &trace.bytes());
    }
}

#[test]
fn records_are_written_as_they_were() {
    for_each_trace(|trace, bytes| {
        let (written, read) = rewrite(bytes, Writer::record);
        assert!(written == bytes[..read], "{}", trace.name);
        assert!(read == bytes.len() || trace.is_damaged(), "{}: read up to byte {read}", trace.name);
    });
}

#[test]
fn records_made_from_their_parts_are_the_same() {
    for_each_trace(|trace, bytes| {
        let (written, _) = rewrite(bytes, write_parts);
        assert_shortest(&trace.name, bytes, &written);
    });
}

#[test]
fn text_stands_for_the_shortest_form_of_each_record() {
    for_each_trace(|trace, bytes| {
        let (printed, _) = text::print(bytes);
        let parsed = text::parse(&printed).unwrap_or_else(|error| panic!("{}: {error}", trace.name));
        let (shortest, _) = rewrite(bytes, write_parts);
        assert!(parsed == shortest, "{}", trace.name);
        assert!(text::print(&parsed).0 == printed, "{}", trace.name);
    });
}
