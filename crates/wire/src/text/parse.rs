//! Text to records.

use std::{error, fmt, io::BufRead};

use super::quote::unquote;
use crate::{
    encode::{self, Trailer},
    limits::Limits,
    record::{Decoded, Frame, Record, Shape, UNKNOWN},
    spec::{EventSpec, Table, Tail},
    v1, v2,
    version::{Family, FormatVersion},
};

/// The longest line that is read, in bytes: the text of the largest data that binary traces may have.
const MAX_LINE: usize = 8 << 20;

/// Reads a trace in its text form.
///
/// Each event is encoded and then is a [`Record`] like any other, with its place in the binary trace that
/// the text stands for.
///
/// ```
/// use goscope_wire::{Writer, text::Parser};
///
/// let text = "Trace Go1.26\nEventBatch gen=1 m=42 time=100 size=4\nGoStart dt=17 g=5 g_seq=1\n";
/// let mut parser = Parser::new(text.as_bytes())?;
/// let mut writer = Writer::with_version(Vec::new(), parser.version())?;
/// while let Some(record) = parser.next_record()? {
///     writer.record(&record)?;
/// }
/// assert_eq!(writer.finish()?, b"go 1.26 trace\0\0\0\x01\x01\x2a\x64\x04\x10\x11\x05\x01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Parser<R> {
    lines: Lines<R>,
    table: &'static Table,
    limits: Limits,
    /// The event that was read last.
    bytes: Vec<u8>,
    decoded: Option<Decoded>,
    /// Where it starts in the binary trace.
    offset: u64,
}

/// What is wrong with a text, and in which line.
#[derive(Debug)]
pub struct ParseError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub kind: ParseErrorKind,
}

/// What is wrong with a text.
#[derive(Debug)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The source failed.
    Io(std::io::Error),
    /// The first line is not `Trace Go1.N` of a version that is known.
    Header,
    /// A line is longer than any event needs.
    LineTooLong,
    /// The version has no event of this name.
    UnknownEvent(String),
    /// Another argument was expected: its name, and what is there.
    Argument {
        /// The name of the argument that should be here.
        want: &'static str,
        /// What is here.
        got: String,
    },
    /// There is something behind the last argument.
    Trailing(String),
    /// The text ends, or another event begins, where a line with `data="…"` should be.
    Data,
    /// The event can't be encoded, or could not be decoded again.
    Event(&'static str),
}

impl<R: BufRead> Parser<R> {
    /// Reads the first line.
    ///
    /// # Errors
    ///
    /// When the source fails, or the first line is no header.
    pub fn new(source: R) -> Result<Self, ParseError> {
        let mut lines = Lines { source, line: String::new(), number: 0 };
        let is_line = lines.advance()?;
        let version = parse_header(&lines.line).filter(|_| is_line);
        let version = version.ok_or_else(|| lines.error(ParseErrorKind::Header))?;
        let offset = crate::header::LEN as u64;
        Ok(Self {
            lines,
            table: Table::of(version),
            limits: Limits::default(),
            bytes: Vec::new(),
            decoded: None,
            offset,
        })
    }

    /// The version that the header names.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.table.version()
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or a line is not what the version's events look like.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ParseError> {
        if !self.lines.advance()? {
            return Ok(None);
        }
        self.offset += self.bytes.len() as u64;
        self.bytes.clear();
        let name = self.read_event()?;
        let shape = self.decode().ok_or_else(|| self.lines.error(ParseErrorKind::Event(name)))?;
        let decoded = self.decoded.insert(Decoded { table: self.table, offset: self.offset, shape });
        Ok(Some(decoded.record(&self.bytes)))
    }

    /// Encodes the event that starts at the current line. Returns its name.
    fn read_event(&mut self) -> Result<&'static str, ParseError> {
        let (name, rest) = token(&self.lines.line);
        if name == UNKNOWN {
            return self.read_unknown();
        }
        let Some(spec) = self.table.by_name(name) else {
            return Err(self.lines.error(ParseErrorKind::UnknownEvent(name.to_owned())));
        };
        let names = || spec.args.iter().map(|arg| arg.name);
        let present = if spec.may_be_short() { words(rest).min(spec.args.len()) } else { spec.args.len() };
        let args = numbers(rest, names().take(present)).map_err(|kind| self.lines.error(kind))?;
        self.read_rest(spec, &args)?;
        Ok(spec.name)
    }

    fn read_rest(&mut self, spec: &EventSpec, args: &[u64]) -> Result<(), ParseError> {
        let (data, frames);
        let trailer = match spec.tail {
            Tail::None => Trailer::None,
            Tail::Data => {
                data = self.lines.data()?;
                Trailer::Data(&data)
            }
            Tail::Frames(fields) => {
                frames = self.read_frames(spec, fields, args[1])?;
                Trailer::Frames(&frames)
            }
        };
        encode::append(self.table, spec.name, args, trailer, &mut self.bytes)
            .map_err(|_| self.lines.error(ParseErrorKind::Event(spec.name)))
    }

    fn read_frames(
        &mut self,
        spec: &EventSpec,
        fields: &'static [&'static str],
        count: u64,
    ) -> Result<Vec<Frame>, ParseError> {
        if count > self.limits.stack_frames {
            return Err(self.lines.error(ParseErrorKind::Event(spec.name)));
        }
        (0..count).map(|_| self.lines.frame(fields)).collect()
    }

    /// An event that the version does not have: its first byte, and the bytes behind it.
    fn read_unknown(&mut self) -> Result<&'static str, ParseError> {
        let (_, rest) = token(&self.lines.line);
        let head = numbers(rest, ["head"].into_iter()).map_err(|kind| self.lines.error(kind))?[0];
        let head = u8::try_from(head).map_err(|_| self.lines.error(ParseErrorKind::Event(UNKNOWN)))?;
        let data = self.lines.data()?;
        self.bytes.push(head);
        self.bytes.extend_from_slice(&data);
        Ok(UNKNOWN)
    }

    /// Decodes the bytes of the event, which have to be one record exactly.
    fn decode(&self) -> Option<Shape> {
        let shape = match self.version().family() {
            Family::V1 => v1::decode::decode(self.table, &self.bytes, &self.limits),
            Family::V2 => v2::decode::decode(self.table, &self.bytes, self.bytes.len(), &self.limits),
        };
        shape.ok().filter(|shape| shape.len == self.bytes.len())
    }
}

fn parse_header(line: &str) -> Option<FormatVersion> {
    let (trace, rest) = token(line);
    let (version, rest) = token(rest);
    let minor = version.strip_prefix("Go1.")?.parse().ok()?;
    let alone = trace == "Trace" && token(rest).0.is_empty();
    FormatVersion::from_minor(minor).filter(|_| alone)
}

/// The first word of a text and what follows it. A comment has no words.
fn token(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(text.len());
    text.split_at(end)
}

/// The number of words in a text.
fn words(text: &str) -> usize {
    std::iter::successors(Some(token(text)), |(_, rest)| Some(token(rest)))
        .take_while(|(word, _)| !word.is_empty())
        .count()
}

/// Reads `name=number` for each name, and nothing else.
fn numbers(text: &str, names: impl Iterator<Item = &'static str>) -> Result<Vec<u64>, ParseErrorKind> {
    let mut rest = text;
    let mut numbers = Vec::new();
    for name in names {
        let (word, after) = token(rest);
        let number = word.strip_prefix(name).and_then(|value| value.strip_prefix('=')?.parse().ok());
        numbers.push(number.ok_or_else(|| ParseErrorKind::Argument { want: name, got: word.to_owned() })?);
        rest = after;
    }
    match token(rest) {
        ("", _) => Ok(numbers),
        (word, _) => Err(ParseErrorKind::Trailing(word.to_owned())),
    }
}

/// The lines of a text that are neither empty nor a comment.
#[derive(Debug)]
struct Lines<R> {
    source: R,
    line: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Goes to the next line. `false` at the end.
    fn advance(&mut self) -> Result<bool, ParseError> {
        loop {
            let mut bytes = std::mem::take(&mut self.line).into_bytes();
            bytes.clear();
            self.number += 1;
            read_line(&mut self.source, &mut bytes).map_err(|kind| self.error(kind))?;
            let at_end = bytes.is_empty();
            // Data of events is escaped; outside of it nothing but ASCII occurs.
            self.line =
                String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into());
            if at_end || !token(&self.line).0.is_empty() {
                return Ok(!at_end);
            }
        }
    }

    /// The data on the next line.
    fn data(&mut self) -> Result<Vec<u8>, ParseError> {
        let is_line = self.advance()?;
        let literal =
            self.line.trim().strip_prefix("data").and_then(|rest| rest.trim_start().strip_prefix('='));
        let data = literal.filter(|_| is_line).and_then(|literal| unquote(literal.trim()));
        data.ok_or_else(|| self.error(ParseErrorKind::Data))
    }

    /// The frame on the next line.
    fn frame(&mut self, fields: &'static [&'static str]) -> Result<Frame, ParseError> {
        if !self.advance()? {
            self.line.clear();
        }
        let numbers = numbers(&self.line, fields.iter().copied()).map_err(|kind| self.error(kind))?;
        let number = |place| numbers.get(place).copied().unwrap_or_default();
        Ok(Frame { pc: number(0), func: number(1), file: number(2), line: number(3) })
    }

    #[cold]
    fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError { line: self.number, kind }
    }
}

/// Reads a line, of bounded length.
fn read_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), ParseErrorKind> {
    let mut bounded = std::io::Read::take(source, MAX_LINE as u64);
    bounded.read_until(b'\n', line).map_err(ParseErrorKind::Io)?;
    if line.len() == MAX_LINE { Err(ParseErrorKind::LineTooLong) } else { Ok(()) }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Header => f.write_str("the text does not start with a line such as \"Trace Go1.26\""),
            Self::LineTooLong => write!(f, "the line is longer than {MAX_LINE} bytes"),
            Self::UnknownEvent(name) => write!(f, "this version of the format has no event \"{name}\""),
            Self::Argument { want, got } if got.is_empty() => write!(f, "\"{want}=NUMBER\" is missing"),
            Self::Argument { want, got } => write!(f, "\"{want}=NUMBER\" is expected, not \"{got}\""),
            Self::Trailing(word) => write!(f, "\"{word}\" is one too many"),
            Self::Data => f.write_str("a line with data=\"…\" is expected"),
            Self::Event(name) => write!(f, "this {name} can't be written in this version of the format"),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, in line {}", self.kind, self.line)
    }
}

impl error::Error for ParseError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            ParseErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
