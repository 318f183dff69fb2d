//! Changes of a trace that leave its events where they are: record by record, without reading them in order and
//! without encoding them anew.
//!
//! They stand beside the reader: bytes of a trace go in, bytes of a trace come out, and what is not changed is the same
//! to the byte. Each change has a folder or a file of its own.

mod anonymise;
mod drop;
mod error;
mod pieces;

pub use self::{
    anonymise::{Anonymiser, Mapping},
    drop::{Dropper, Refusal, UnknownEvent},
    error::{Error, ErrorKind, Result},
    pieces::{Piece, Pieces, renew},
};
