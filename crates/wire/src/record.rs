//! A record: one event as it stands in the file, with its arguments read but not interpreted.
//!
//! A record borrows its bytes from the buffer of whoever decoded it and owns nothing, so that reading
//! costs no allocation. It keeps every byte: what the layout of its version does not explain is still
//! in [`Record::bytes`], and writing a record writes these.

use crate::{
    FormatVersion,
    spec::{EventId, EventSpec, MAX_ARGS, Table, Tail},
    varint,
    version::Family,
};

/// The name of an event that its version does not have.
pub(crate) const UNKNOWN: &str = "Unknown";

/// An event of a trace as it stands in the file.
///
/// ```
/// use goscope_wire::SliceReader;
///
/// let trace = b"go 1.21 trace\0\0\0\x25\x05\x02hi\x45\x0a\x07";
/// let mut reader = SliceReader::new(trace)?;
/// let string = reader.next_record()?.unwrap();
/// assert_eq!((string.name(), string.data()), ("String", Some(&b"hi"[..])));
/// let start = reader.next_record()?.unwrap();
/// assert_eq!((start.name(), start.arg("thread")), ("ProcStart", Some(7)));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    // A reference, because copying the numbers of each record made reading half as fast.
    decoded: &'a Decoded,
}

/// What a decoder finds at the front of some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The length of the record.
    pub(crate) len: usize,
    pub(crate) args: [u64; MAX_ARGS],
    /// How many of `args` the record has.
    pub(crate) count: usize,
    /// Where in the record the trailing data or frames start, if it has any.
    pub(crate) tail: usize,
}

/// A record without its bytes: its reader keeps it until the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoded {
    pub(crate) table: &'static Table,
    /// Where the record starts in the file.
    pub(crate) offset: u64,
    pub(crate) shape: Shape,
}

impl Decoded {
    /// The record, whose bytes are the first of `bytes`.
    #[inline(always)]
    pub(crate) fn record<'a>(&'a self, bytes: &'a [u8]) -> Record<'a> {
        Record { bytes: &bytes[..self.shape.len], decoded: self }
    }
}

impl<'a> Record<'a> {
    /// The version by whose table the record was read.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.decoded.table.version()
    }

    /// The number of the event's type.
    #[inline]
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId(match self.version().family() {
            Family::V1 => self.bytes[0] & 0x3f,
            Family::V2 => self.bytes[0],
        })
    }

    /// What the version says of the event, or `None` if the version does not have it.
    #[inline]
    #[must_use]
    pub fn spec(&self) -> Option<&'static EventSpec> {
        self.decoded.table.get(self.id())
    }

    /// The event's name: "Unknown" for an event that the version does not have.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.spec().map_or(UNKNOWN, |spec| spec.name)
    }

    /// The arguments, in the order of [`EventSpec::args`]; none for an unknown event.
    ///
    /// In family v1 the last ones may be missing: builds between two releases wrote events of the older
    /// layout under the newer header.
    #[inline]
    #[must_use]
    pub fn args(&self) -> &'a [u64] {
        &self.decoded.shape.args[..self.decoded.shape.count]
    }

    /// The argument called `name`, if the event has it.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<u64> {
        let position = self.spec()?.args.iter().position(|arg| arg.name == name)?;
        self.args().get(position).copied()
    }

    /// The bytes that trail the arguments: of a string, the message of a log, an experimental batch.
    /// Of an unknown event, everything after its first byte.
    #[must_use]
    pub fn data(&self) -> Option<&'a [u8]> {
        match self.spec() {
            None => Some(&self.bytes[1..]),
            Some(EventSpec { tail: Tail::Data, .. }) => Some(&self.bytes[self.decoded.shape.tail..]),
            Some(_) => None,
        }
    }

    /// The frames of a stack, innermost first; none for other events.
    #[must_use]
    pub fn frames(&self) -> Frames<'a> {
        match self.spec() {
            Some(EventSpec { tail: Tail::Frames(fields), .. }) => {
                Frames { bytes: &self.bytes[self.decoded.shape.tail..], fields: fields.len() }
            }
            _ => Frames { bytes: &[], fields: 1 },
        }
    }

    /// The bytes of the record in the file.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the record starts, in bytes from the start of the file.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.decoded.offset
    }
}

impl std::fmt::Debug for Record<'_> {
    /// The text form, with the place: `ProcStart dt=10 thread=7 @20`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self} @{}", self.offset())
    }
}

/// A frame of a stack. Under header 1.5 a frame is only its address, and the rest is 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Frame {
    /// The program counter.
    pub pc: u64,
    /// The function's name, in the string table.
    pub func: u64,
    /// The source file's path, in the string table.
    pub file: u64,
    /// The line in the file.
    pub line: u64,
}

/// The frames of a stack, innermost first.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    /// Whole varints only: the decoder has seen to it.
    bytes: &'a [u8],
    fields: usize,
}

impl Frames<'_> {
    fn number(&mut self) -> Option<u64> {
        let (value, len) = varint::read(self.bytes).ok()?;
        self.bytes = &self.bytes[len..];
        Some(value)
    }
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let pc = self.number()?;
        if self.fields == 1 {
            return Some(Frame { pc, ..Frame::default() });
        }
        Some(Frame { pc, func: self.number()?, file: self.number()?, line: self.number()? })
    }
}
