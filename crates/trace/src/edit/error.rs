//! Why a trace can't be changed, and where.

use std::{error, fmt, io};

use goscope_wire::{self as wire, EventId, Experiment, FormatVersion};

use crate::error::GenerationError;

/// A trace can't be changed, or not be written.
///
/// ```
/// use goscope_trace::edit::{Anonymiser, ErrorKind};
///
/// let cut = &b"go 1.21 trace\0\0\0\x81\x05"[..]; // a batch without its time
/// let error = Anonymiser::new(b"key").run(cut, std::io::sink()).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Wire(_)) && error.is_damage());
/// assert_eq!(error.to_string(), "the file ends in the middle of an event, at byte 16, record 0");
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// A result with [`Error`], which has an example.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong. Offsets are bytes from the start of the (uncompressed) trace.
///
/// ```
/// use goscope_trace::edit::{Anonymiser, ErrorKind};
///
/// let unknown = &b"go 1.26 trace\0\0\0\x01\x01\x02\x03\x03\xc8??"[..]; // a batch with an event of type 200
/// let error = Anonymiser::new(b"key").run(unknown, std::io::sink()).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::UnknownEvent { offset: 21, .. }));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source failed, or its bytes are no trace.
    Wire(wire::Error),
    /// The sink failed.
    Sink(io::Error),
    /// The bytes of a batch make no sense.
    Batch {
        /// Where its first bytes that make no sense are.
        offset: u64,
        /// Why they make none.
        kind: wire::ErrorKind,
    },
    /// An event has a type that its version does not have, so nobody knows what is in it.
    UnknownEvent {
        /// Where it starts.
        offset: u64,
        /// Its type.
        event: EventId,
    },
    /// A batch of an experiment is not laid out as it is known to be.
    Experiment {
        /// Where it starts.
        offset: u64,
        /// Which experiment it is.
        experiment: Experiment,
    },
    /// A generation is not as it has to be.
    Generation {
        /// Its number, if it has begun.
        number: Option<u64>,
        /// What is wrong.
        kind: GenerationError,
    },
    /// A trace of this version has no generations.
    NoGenerations(FormatVersion),
    /// A batch would become larger than the format allows, and can't be split.
    TooLarge {
        /// Where its bytes behind the header start.
        offset: u64,
    },
}

impl Error {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Whether the trace is at fault, and would do if it were repaired.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match &*self.0 {
            ErrorKind::Wire(error) => {
                !matches!(error.kind(), wire::ErrorKind::NotATrace(_)) && error.fault() == wire::Fault::File
            }
            ErrorKind::Sink(_) | ErrorKind::Experiment { .. } | ErrorKind::NoGenerations(_) => false,
            ErrorKind::Batch { .. }
            | ErrorKind::UnknownEvent { .. }
            | ErrorKind::TooLarge { .. }
            | ErrorKind::Generation { .. } => true,
        }
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<wire::Error> for Error {
    #[cold]
    fn from(error: wire::Error) -> Self {
        ErrorKind::Wire(error).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Wire(error) => error.fmt(f),
            ErrorKind::Sink(_) => f.write_str("the result can't be written"),
            ErrorKind::Batch { offset, kind } => write!(f, "{kind}, at byte {offset}"),
            ErrorKind::UnknownEvent { offset, event: EventId(id) } => {
                write!(f, "event {id} is not known, so what it says can't be changed, at byte {offset}")
            }
            ErrorKind::Experiment { offset, experiment } => {
                write!(f, "a batch of {experiment} is laid out in a way that is not known, at byte {offset}")
            }
            ErrorKind::Generation { number: None, kind } => kind.fmt(f),
            ErrorKind::Generation { number: Some(number), kind } => {
                write!(f, "{kind}, in generation {number}")
            }
            ErrorKind::NoGenerations(version) => write!(f, "a trace of format {version} has no generations"),
            ErrorKind::TooLarge { offset } => {
                write!(f, "a batch would become larger than the format allows, at byte {offset}")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &*self.0 {
            ErrorKind::Sink(error) => Some(error),
            // The text is that of the cause, which would tell it twice.
            _ => None,
        }
    }
}
