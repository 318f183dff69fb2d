//! A compressed file that may end at any time: pieces, each of which can be undone by itself.
//!
//! Invariant: whatever goes wrong, the file ends with the last piece that had room.

use std::io::{self, Write};

use zstd::bulk::Compressor;

use crate::args::output::Sink;

/// The bytes of a piece before they are compressed. Smaller ones would be compressed noticeably less.
const PIECE: usize = 1 << 20;

/// Compresses what is written to it.
pub struct Pieces {
    sink: Sink,
    compressor: Compressor<'static>,
    /// What is to be compressed next.
    waiting: Vec<u8>,
    /// Where the last piece ends.
    end: u64,
}

impl Pieces {
    pub fn new(sink: Sink) -> io::Result<Self> {
        let waiting = Vec::with_capacity(PIECE);
        Ok(Self { sink, compressor: Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL)?, waiting, end: 0 })
    }

    pub fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Writes what is left.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() { Ok(()) } else { self.write_piece() }
    }

    pub fn into_sink(self) -> Sink {
        self.sink
    }

    fn write_piece(&mut self) -> io::Result<()> {
        let piece = self.compressor.compress(&self.waiting)?;
        self.waiting.clear();
        match self.sink.write_all(&piece) {
            Ok(()) => self.end += piece.len() as u64,
            Err(error) => {
                self.sink.cut(self.end)?;
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..len]);
        if self.waiting.len() == PIECE {
            self.write_piece()?;
        }
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
