//! Go execution traces as bytes, records and text, for every version of the format, without losing a byte.
//!
//! This is the lowest layer of goscope. A trace of any Go release since 1.5 comes apart into [`Record`]s:
//! an event as it stands in the file, with its arguments as numbers. A record knows its name, its place and its
//! bytes, so that what was read can be written back unchanged, and what a version does not explain survives.
//!
//! - [`Reader`] pulls records from a file or pipe, [`SliceReader`] from memory; [`Decoder`] takes bytes as they
//!   come and needs no input or output at all.
//! - [`Writer`] writes any version.
//! - [`text`] prints and parses the text form of Go's `internal/trace/raw`.
//! - [`Table`] tells which events a version has and how they are laid out; [`RecordCounts`] counts what is in a trace,
//!   and [`scan_headers`] outlines one without reading all of it.
//!
//! What this crate does not do: order events, check that they make sense together, or say what they mean.
//! It works on damaged traces, which need all three to be done with care, and [`Reader::recover`] goes on
//! behind the damage.
//!
//! ```
//! use goscope_wire::SliceReader;
//!
//! let trace = b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03";
//! let mut reader = SliceReader::new(trace)?;
//! while let Some(record) = reader.next_record()? {
//!     println!("{} at byte {}: {:?}", record.name(), record.offset(), record.args());
//! }
//! # Ok::<(), goscope_wire::Error>(())
//! ```
//!
//! The formats are described in `FORMAT.md`, at the root of the repository.

mod cursor;
mod decoder_core;
mod decoder_state;
mod encode;
mod error;
mod fast_path;
mod header;
mod limits;
mod mangled;
mod not_a_trace;
mod outline;
mod parting;
mod push;
mod read;
mod record;
mod record_counts;
mod scan_headers;
mod spec;
mod splice;
pub mod text;
mod unchecked;
mod v1;
mod v2;
pub mod varint;
mod version;
mod write;

pub use self::{
    decoder_core::Options,
    encode::Trailer,
    error::{BatchPosition, Error, ErrorKind, Fault, Position, Result},
    header::Header,
    limits::Limits,
    mangled::Mangling,
    not_a_trace::OtherFormat,
    outline::{ClockSnapshot, Generation, Outline},
    parting::{TracePart, Traces},
    push::{Decoder, Step},
    read::{Reader, SliceReader},
    record::{Frame, Frames, Record},
    record_counts::{Count, RecordCounts},
    scan_headers::{fold_pieces, scan_headers},
    spec::{Arg, ArgKind, EventId, EventSpec, Experiment, MAX_ARGS, Table, Tail},
    unchecked::{EventHeader, EventHeaders, Numbers},
    v1::{
        bulk::{BulkChunk, BulkScanner},
        event::BulkEvents,
    },
    v2::{
        batch::{BatchHeader, Part, RawBatch},
        event::{BatchEvents, BatchRecords},
    },
    version::{Family, FormatVersion, GoRelease, UnknownVersion},
    write::{Batch, Writer},
};
#[doc(hidden)]
pub use decoder_state::Mark;
