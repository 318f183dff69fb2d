//! The text form: what is no text of a trace, what may be left out of it, and how long it may be.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::{self, BufReader, Read};

use goscope_testkit::text;
use goscope_wire::{
    FormatVersion, Record,
    text::{ParseError, ParseErrorKind, Parser},
};

/// What is wrong with a text.
fn failure(text: &str) -> ParseError {
    text::parse(text).unwrap_err()
}

/// Makes sure that a text is refused in this line, and of what is said.
#[track_caller]
fn assert_refused(text: &str, line: u64, message: &str) {
    let error = failure(text);
    assert_eq!(error.to_string(), format!("{message}, in line {line}"), "{text:?}");
    assert_eq!(error.line, line);
}

/// Makes sure that a line of header 1.22 is refused.
#[track_caller]
fn assert_line_refused(line: &str, message: &str) {
    assert_refused(&format!("Trace Go1.22\n{line}\n"), 2, message);
}

/// The records of a text, printed.
fn printed(text: &str) -> Vec<String> {
    let mut parser = Parser::new(text.as_bytes()).unwrap();
    let mut lines = Vec::new();
    while let Some(record) = parser.next_record().unwrap() {
        lines.push(record.to_string());
    }
    lines
}

#[test]
fn texts_begin_with_the_version() {
    let message = "the text does not start with a line such as \"Trace Go1.26\"";
    for text in
        ["", "\n", "Trace\n", "Trace Go1.24\n", "Trace go1.22\n", "Trace Go1.22 x\n", "GoStart dt=1\n"]
    {
        let error = failure(text);
        assert!(matches!(error.kind, ParseErrorKind::Header), "{text:?}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let parser = Parser::new(&b"# a comment\n\n Trace  Go1.5 # and another one\n"[..]).unwrap();
    assert_eq!(parser.version(), FormatVersion::V1_5);
}

#[test]
fn events_and_arguments_have_their_names() {
    assert_line_refused("GoFly dt=1", "this version of the format has no event \"GoFly\"");
    assert_line_refused("GoSwitch dt=1 g=1 g_seq=1", "this version of the format has no event \"GoSwitch\"");
    assert_line_refused("ProcStop", "\"dt=NUMBER\" is missing");
    assert_line_refused("ProcStop t=1", "\"dt=NUMBER\" is expected, not \"t=1\"");
    assert_line_refused("ProcStop dt=x", "\"dt=NUMBER\" is expected, not \"dt=x\"");
    assert_line_refused(
        "ProcStop dt=18446744073709551616",
        "\"dt=NUMBER\" is expected, not \"dt=18446744073709551616\"",
    );
    assert_line_refused("ProcStop dt=1 dt=1", "\"dt=1\" is one too many");
    assert_line_refused("GoStart g=1 dt=1 g_seq=1", "\"dt=NUMBER\" is expected, not \"g=1\"");
}

#[test]
fn data_stands_on_a_line_of_its_own() {
    let message = "a line with data=\"…\" is expected";
    assert_refused("Trace Go1.22\nString id=1\n", 3, message);
    assert_refused("Trace Go1.22\nString id=1\n\n\tdata=x\n", 4, message);
    assert_refused("Trace Go1.22\nString id=1\nProcStop dt=1\n", 3, message);
    assert_refused("Trace Go1.22\nString id=1\n\tdata \"x\"\n", 3, message);
    assert_refused("Trace Go1.22\nUnknown head=200\n", 3, message);
    assert_eq!(printed("Trace Go1.22\nString id=1\n data = \"x\" \n"), ["String id=1\n\tdata=\"x\""]);
}

#[test]
fn frames_stand_on_lines_of_their_own() {
    let stack = "Trace Go1.22\nStack id=1 nframes=2\n\tpc=1 func=2 file=3 line=4\n";
    assert_refused(stack, 4, "\"pc=NUMBER\" is missing");
    assert_refused(&format!("{stack}\tpc=1 func=2 file=3\n"), 4, "\"line=NUMBER\" is missing");
    assert_refused(
        &format!("{stack}\tpc=1 func=2 file=3 line=4 column=5\n"),
        4,
        "\"column=5\" is one too many",
    );
    let whole = format!("{stack}\tpc=5 func=6 file=7 line=8\n");
    assert_eq!(printed(&whole), [whole.split_once('\n').unwrap().1.trim_end()]);
    assert_eq!(printed("Trace Go1.5\nStack id=1 siz=1\n\tpc=9\n"), ["Stack id=1 siz=1\n\tpc=9"]);
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    assert_line_refused(
        "Stack id=1 nframes=20000",
        "this Stack can't be written in this version of the format",
    );
    let message = "this Unknown can't be written in this version of the format";
    assert_refused("Trace Go1.22\nUnknown head=256\n\tdata=\"\"\n", 2, message);
    // 9 is the number of an event that has an argument more, and 124 that of one with two arguments.
    assert_refused("Trace Go1.22\nUnknown head=9\n\tdata=\"\\x01\"\n", 3, message);
    assert_refused("Trace Go1.21\nUnknown head=124\n\tdata=\"\\x01\"\n", 3, message);
    assert_refused("Trace Go1.21\nUnknown head=124\n\tdata=\"\\x01\\x02\\x03\"\n", 3, message);
    assert_line_refused("Unknown", "\"head=NUMBER\" is missing");
}

#[test]
fn old_layouts_are_short() {
    assert_eq!(printed("Trace Go1.9\nGCSweepDone dt=5 # and no more\n"), ["GCSweepDone dt=5"]);
    let message = "this GCSweepDone can't be written in this version of the format";
    assert_refused("Trace Go1.9\nGCSweepDone\n", 2, message);
    assert_refused("Trace Go1.9\nBatch p=1\n", 2, "\"ticks=NUMBER\" is missing");
}

#[test]
fn comments_and_empty_lines_do_not_count() {
    let text = "Trace Go1.22\n# ProcStop dt=1\n\n  ProcStop  dt=2#dt=3\n\t\nProcStop dt=4";
    assert_eq!(printed(text), ["ProcStop dt=2", "ProcStop dt=4"]);
}

#[test]
fn records_are_where_they_are_in_the_binary_trace() {
    let mut parser = Parser::new(&b"Trace Go1.22\nProcStop dt=300\nProcStop dt=1\n"[..]).unwrap();
    let place = |record: Record<'_>| (record.offset(), record.bytes().len());
    assert_eq!(parser.next_record().unwrap().map(place), Some((16, 3)));
    assert_eq!(parser.next_record().unwrap().map(place), Some((19, 2)));
    assert_eq!(parser.next_record().unwrap().map(place), None);
    assert_eq!(parser.next_record().unwrap().map(place), None);
}

#[test]
fn bytes_that_are_no_text_are_no_event() {
    let mut parser = Parser::new(&b"Trace Go1.22\n\xff\xfe dt=1\n"[..]).unwrap();
    let error = parser.next_record().unwrap_err();
    assert!(matches!(error.kind, ParseErrorKind::UnknownEvent(_)), "{error}");
}

#[test]
fn lines_have_a_bound() {
    let endless = b"Trace Go1.22\n".chain(io::repeat(b'x'));
    let mut parser = Parser::new(BufReader::new(endless)).unwrap();
    let error = parser.next_record().unwrap_err();
    assert_eq!(error.to_string(), "the line is longer than 8388608 bytes, in line 2");
    assert!(std::error::Error::source(&error).is_none());
}

/// A source that always fails.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::TimedOut.into())
    }
}

#[test]
fn sources_that_fail_are_reported() {
    let mut parser = Parser::new(BufReader::new(b"Trace Go1.22\n".chain(Failing))).unwrap();
    let error = parser.next_record().unwrap_err();
    assert!(matches!(&error.kind, ParseErrorKind::Io(cause) if cause.kind() == io::ErrorKind::TimedOut));
    assert!(std::error::Error::source(&error).is_some());
    assert!(error.to_string().ends_with(", in line 2"), "{error}");
}
