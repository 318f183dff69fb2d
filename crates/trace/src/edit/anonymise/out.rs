//! Bytes on their way to the sink.

use std::io::Write;

use crate::edit::{Error, ErrorKind, Result};

/// The bytes that are collected before the sink gets them.
const FLUSH_AT: usize = 256 << 10;

/// A sink, and what it has not been given yet.
pub(super) struct Out<W> {
    sink: W,
    pub(super) bytes: Vec<u8>,
}

impl<W: Write> Out<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink, bytes: Vec::with_capacity(FLUSH_AT) }
    }

    /// Gives the sink what there is, if it is worth it.
    pub(super) fn pass_on(&mut self) -> Result<()> {
        if self.bytes.len() < FLUSH_AT { Ok(()) } else { self.pass_all() }
    }

    fn pass_all(&mut self) -> Result<()> {
        self.sink.write_all(&self.bytes).map_err(sink_error)?;
        self.bytes.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.pass_all()?;
        self.sink.flush().map_err(sink_error)
    }
}

#[cold]
fn sink_error(error: std::io::Error) -> Error {
    ErrorKind::Sink(error).into()
}
