//! Whole traces as text, and back.

use std::fmt::Write as _;

use goscope_wire::{
    Error, SliceReader, Writer,
    text::{ParseError, Parser, write_header},
};

/// The text of a trace up to the end, or to the error that is returned with it.
///
/// # Panics
///
/// When the bytes do not begin with a header.
#[must_use]
pub fn print(bytes: &[u8]) -> (String, Option<Error>) {
    let mut reader = SliceReader::new(bytes).expect("a header");
    let mut text = String::new();
    write_header(reader.header().version(), &mut text).expect("a string to write to");
    loop {
        match reader.next_record() {
            Ok(Some(record)) => writeln!(text, "{record}").expect("a string to write to"),
            Ok(None) => return (text, None),
            Err(error) => return (text, Some(error)),
        }
    }
}

/// The trace that a text stands for.
///
/// # Errors
///
/// When the text is none of a trace.
///
/// # Panics
///
/// When what was parsed can't be written.
pub fn parse(text: &str) -> Result<Vec<u8>, ParseError> {
    let mut parser = Parser::new(text.as_bytes())?;
    let mut writer = Writer::with_version(Vec::new(), parser.version()).expect("a sink that never fails");
    while let Some(record) = parser.next_record()? {
        writer.record(&record).expect("a record of the writer's version");
    }
    Ok(writer.finish().expect("a sink that never fails"))
}
