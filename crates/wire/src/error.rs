//! What can go wrong while a trace is read or written, where, and whose fault it is.

use std::{error, fmt, io};

use crate::{not_a_trace::OtherFormat, spec::EventId, version::FormatVersion};

/// An error with its place in the file.
///
/// One word wide, so that results stay small on the hot path.
///
/// ```
/// use goscope_wire::{ErrorKind, SliceReader};
///
/// let cut = b"go 1.21 trace\0\0\0\x81\x05"; // a batch of proc 5, without its time
/// let mut reader = SliceReader::new(cut).unwrap();
/// let error = reader.next_record().unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Truncated { .. }));
/// assert_eq!(error.position().offset, 16);
/// assert_eq!(error.to_string(), "the file ends in the middle of an event, at byte 16, record 0");
/// ```
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    position: Position,
}

/// A result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// A place in a trace.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Position {
    /// Bytes from the start of the (uncompressed) file.
    pub offset: u64,
    /// The number of records before the place.
    pub record: u64,
    /// The batch that the place is in, if it is in one.
    pub batch: Option<BatchPosition>,
}

/// Which batch a place is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchPosition {
    /// The number of batches before it.
    pub index: u64,
    /// Where its header starts, in bytes from the start of the file.
    pub offset: u64,
}

/// What is wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source or sink failed.
    Io(io::Error),
    /// The file is no Go execution trace.
    NotATrace(OtherFormat),
    /// The header is that of a trace, of a version that is not known: the number after "1.".
    UnsupportedVersion(u32),
    /// The trace is over, and the header of another one follows: files were written one behind the other.
    AnotherTrace {
        /// The number after "1." in that header.
        minor: u32,
        /// Where it starts, in bytes from the start of the (uncompressed) file.
        offset: u64,
    },
    /// The file ends in the middle of an event.
    Truncated {
        /// The least number of bytes that are missing.
        missing: usize,
    },
    /// The file ends in the middle of a batch, after a whole event.
    TruncatedBatch {
        /// The number of bytes that are missing, by the size in the batch's header.
        missing: u64,
    },
    /// A number has more than 64 bits.
    VarintOverflow,
    /// An event reaches beyond the end of its batch.
    BatchOverrun(EventId),
    /// A batch begins within a batch.
    BatchInsideBatch,
    /// A byte that should begin a batch does not.
    NotABatch(u8),
    /// An event has no time, or is not known, where only timed events may stand.
    NotTimed(EventId),
    /// The arguments of an event of family v1 do not fill the length that it gives.
    LengthMismatch(EventId),
    /// An event of family v1 has more or fewer arguments than its type has.
    ArgumentCount {
        /// The event.
        event: EventId,
        /// The arguments of its type.
        want: usize,
        /// The arguments that it has.
        got: usize,
    },
    /// A number in the file is above a bound of [`Limits`](crate::Limits).
    Limit {
        /// The name of the bound.
        limit: &'static str,
        /// The number in the file.
        value: u64,
        /// The bound.
        max: u64,
    },
    /// The caller asks to write what the version of the writer does not have.
    NotInVersion {
        /// The event that was to be written.
        event: &'static str,
        /// The version of the writer.
        version: FormatVersion,
    },
    /// The caller gives an event arguments or trailing data that do not fit its type.
    WrongShape {
        /// The event that was to be written.
        event: &'static str,
    },
}

/// Whose fault an error is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// The disk, pipe or network.
    Io,
    /// The file: it is damaged, or no trace at all.
    File,
    /// This library: it does not know the version.
    Unsupported,
    /// A bound: the file asks for more than it may.
    Limit,
    /// The program that calls this library.
    Caller,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, position: Position) -> Self {
        Self(Box::new(Inner { kind, position }))
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where it is wrong: the start of the offending event.
    #[must_use]
    pub fn position(&self) -> Position {
        self.0.position
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.kind.fault()
    }
}

impl ErrorKind {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Io(_) => Fault::Io,
            Self::UnsupportedVersion(_) => Fault::Unsupported,
            Self::Limit { .. } => Fault::Limit,
            Self::NotInVersion { .. } | Self::WrongShape { .. } => Fault::Caller,
            _ => Fault::File,
        }
    }

    /// Whether the place of the error helps: not where the whole file is something else.
    fn has_place(&self) -> bool {
        match self {
            Self::NotATrace(_) | Self::UnsupportedVersion(_) | Self::AnotherTrace { .. } => false,
            kind => kind.fault() != Fault::Caller,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::NotATrace(what) => write!(f, "{what}"),
            Self::UnsupportedVersion(minor) => write_unsupported(f, *minor),
            Self::AnotherTrace { minor, offset } => {
                write!(f, "another trace begins at byte {offset}, of format 1.{minor}")
            }
            Self::Truncated { .. } => f.write_str("the file ends in the middle of an event"),
            Self::TruncatedBatch { missing } => {
                write!(f, "the file ends in the middle of a batch, {missing} bytes before its end")
            }
            Self::VarintOverflow => f.write_str("a number has more than 64 bits"),
            Self::BatchOverrun(EventId(id)) => write!(f, "event {id} reaches beyond the end of its batch"),
            Self::BatchInsideBatch => f.write_str("a batch begins within a batch"),
            Self::NotABatch(byte) => write!(f, "a batch should begin here, but event {byte} does"),
            Self::NotTimed(EventId(id)) => write!(f, "event {id} stands among timed events and is none"),
            Self::LengthMismatch(EventId(id)) => {
                write!(f, "the arguments of event {id} do not fill the length that it gives")
            }
            Self::ArgumentCount { event: EventId(id), want, got } => {
                write!(f, "event {id} has {got} arguments where its type has {want}")
            }
            Self::Limit { limit, value, max } => write!(f, "{limit} is {value}, above the limit of {max}"),
            Self::NotInVersion { event, version } => {
                write!(f, "format {version} has no event {event} of this layout")
            }
            Self::WrongShape { event } => {
                write!(f, "the arguments or data given for event {event} do not fit its type")
            }
        }
    }
}

fn write_unsupported(f: &mut fmt::Formatter<'_>, minor: u32) -> fmt::Result {
    let newest = FormatVersion::NEWEST;
    if minor > newest.minor() {
        write!(f, "the trace has format version 1.{minor}, newer than any that is known (up to {newest})")
    } else {
        write!(f, "the header names format version 1.{minor}, which no release of Go has written")
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}, record {}", self.offset, self.record)?;
        match self.batch {
            Some(batch) => write!(f, ", in batch {} that starts at byte {}", batch.index, batch.offset),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if self.0.kind.has_place() { write!(f, ", {}", self.0.position) } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("position", &self.0.position).finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
