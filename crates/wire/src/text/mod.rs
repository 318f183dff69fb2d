//! The text form of a trace, both ways.
//!
//! A line says what Go's `internal/trace/raw` says: `Trace Go1.22` first, then an event a line with its
//! named arguments; the frames of a stack and the data that trails an event stand on lines of their own,
//! behind a tab. Headers of family v1, which Go has no text for, look the same with the names of their events.
//!
//! ```text
//! Trace Go1.26
//! EventBatch gen=1 m=18446744073709551615 time=2740 size=13
//! Strings
//! String id=1
//!         data="main.main"
//! EventBatch gen=1 m=42 time=2700 size=4
//! GoStart dt=17 g=5 g_seq=1
//! ```
//!
//! An event that its version does not have is `Unknown head=200` with the bytes behind its first as data.
//! Empty lines and what follows a `#` are comments. The text keeps every number, but not the padding of
//! numbers: a trace made from text has the shortest form of each, and so parsing what was printed and
//! printing it again gives the same text. Sizes of batches are numbers like any other, and are not computed.
//!
//! Source: Go 1.27.3 `internal/trace/raw/doc.go`, `textreader.go`.

mod parse;
mod print;
mod printable;
mod quote;
mod visible;

pub use self::{
    parse::{ParseError, ParseErrorKind, Parser},
    print::{print, write_header},
    quote::{quote, unquote},
    visible::{Escaped, is_visible},
};
