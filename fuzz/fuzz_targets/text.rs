//! Arbitrary bytes as the text of a trace: nothing panics, and what parses survives becoming a trace and
//! text again.

#![no_main]

use goscope_wire::{
    FormatVersion, SliceReader, Writer,
    text::{ParseError, Parser, write_header},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok((version, records)) = parse(input) else { return };
    let text = print(version, &records);
    let (_, again) = parse(text.as_bytes()).expect("what was printed parses");
    assert_eq!(text, print(version, &again));
    assert_eq!(binary(version, text.as_bytes()), binary(version, input));
});

fn parse(text: &[u8]) -> Result<(FormatVersion, Vec<String>), ParseError> {
    let mut parser = Parser::new(text)?;
    let mut records = Vec::new();
    while let Some(record) = parser.next_record()? {
        records.push(record.to_string());
    }
    Ok((parser.version(), records))
}

fn print(version: FormatVersion, records: &[String]) -> String {
    let mut text = String::new();
    write_header(version, &mut text).unwrap();
    for record in records {
        text += record;
        text.push('\n');
    }
    text
}

/// The trace that a text stands for. Reading it back must not panic, whatever sense it makes.
fn binary(version: FormatVersion, text: &[u8]) -> Vec<u8> {
    let mut parser = Parser::new(text).unwrap();
    let mut writer = Writer::with_version(Vec::new(), version).unwrap();
    while let Some(record) = parser.next_record().unwrap() {
        writer.record(&record).unwrap();
    }
    let trace = writer.finish().unwrap();
    let mut reader = SliceReader::new(&trace).unwrap();
    while let Ok(Some(_)) = reader.next_record() {}
    trace
}
