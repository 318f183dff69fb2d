//! Arbitrary bytes as a trace: nothing panics, what decodes encodes to the same bytes, and how the bytes
//! are cut into pieces changes nothing.
//!
//! The first byte of the input chooses the version, the second the size of the pieces; a header is put in
//! front of the rest.

#![no_main]

use goscope_wire::{Decoder, Error, FormatVersion, Header, RecordCounts, Record, SliceReader, Step, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [version, piece, body @ ..] = input else { return };
    let version = FormatVersion::ALL[usize::from(*version) % FormatVersion::ALL.len()];
    let trace = [&Header::new(version).to_bytes()[..], body].concat();
    let whole = read_whole(&trace, version);
    assert_eq!(whole, read_in_pieces(&trace, usize::from(*piece) + 1));
});

/// Everything that reading gives, as text, until the end or to the error that can't be recovered from.
fn read_whole(trace: &[u8], version: FormatVersion) -> Vec<String> {
    let mut reader = SliceReader::new(trace).unwrap();
    let mut writer = Writer::with_version(Vec::new(), version).unwrap();
    let mut inventory = RecordCounts::default();
    let mut seen = Vec::new();
    let mut is_whole = true;
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                inventory.add(&record);
                writer.record(&record).unwrap();
                seen.push(describe(&record));
            }
            Ok(None) => break,
            Err(error) => {
                is_whole = false;
                seen.push(tell(&error));
                if reader.recover().is_none() {
                    break;
                }
            }
        }
    }
    let written = writer.finish().unwrap();
    assert!(!is_whole || written == trace);
    seen
}

fn read_in_pieces(trace: &[u8], size: usize) -> Vec<String> {
    let mut decoder = Decoder::default();
    let mut seen = Vec::new();
    for piece in trace.chunks(size) {
        decoder.push(piece);
        drain(&mut decoder, &mut seen);
    }
    decoder.finish();
    drain(&mut decoder, &mut seen);
    seen
}

fn drain(decoder: &mut Decoder, seen: &mut Vec<String>) {
    loop {
        match decoder.next_step() {
            Ok(Step::Record(record)) => seen.push(describe(&record)),
            Ok(Step::Header(_)) => {}
            Ok(Step::NeedMore(bytes)) => return assert!(bytes > 0),
            Ok(Step::End) => return,
            Err(error) => {
                seen.push(tell(&error));
                decoder.recover();
            }
        }
    }
}

fn describe(record: &Record<'_>) -> String {
    format!("{record:?}")
}

fn tell(error: &Error) -> String {
    format!("{error} {:?}", error.position())
}
