//! A compressed file that may end at any time: pieces, each of which can be undone by itself.
//!
//! Invariant: whatever goes wrong, the file ends with the last piece that had room. Whoever ends the process can add
//! what is not in a piece yet.

use std::{
    io::{self, Write},
    mem,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zstd::bulk::Compressor;

use crate::args::output::{self, Sink};

/// The bytes of a piece before they are compressed. Smaller ones would be compressed noticeably less.
const PIECE: usize = 1 << 20;

/// Compresses what is written to it.
pub struct Pieces {
    sink: Sink,
    waiting: Waiting,
    /// Where the last piece ends.
    end: u64,
}

/// What is to be compressed next. Clones are the same.
#[derive(Clone)]
pub struct Waiting(Arc<Mutex<Piece>>);

struct Piece {
    compressor: Compressor<'static>,
    bytes: Vec<u8>,
}

impl Piece {
    fn compress(&mut self) -> io::Result<Vec<u8>> {
        let compressed = self.compressor.compress(&self.bytes)?;
        self.bytes.clear();
        Ok(compressed)
    }
}

impl Waiting {
    /// It is locked until a piece is in the file: nobody adds another one meanwhile.
    fn lock(&self) -> MutexGuard<'_, Piece> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what is left to the file, behind which the process ends: nothing more is written to it.
    pub fn write_last(&self, file: &Path) {
        let mut piece = self.lock();
        if !piece.bytes.is_empty()
            && let Ok(last) = piece.compress()
            && let Ok(mut file) = output::open_to_append(file)
            && let Ok(end) = file.metadata().map(|metadata| metadata.len())
            && file.write_all(&last).is_err()
        {
            // Half a piece is of no use. Nobody can be told any more.
            let _ = file.set_len(end);
        }
        mem::forget(piece);
    }
}

impl Pieces {
    pub fn new(sink: Sink) -> io::Result<Self> {
        let compressor = Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL)?;
        let piece = Piece { compressor, bytes: Vec::with_capacity(PIECE) };
        Ok(Self { sink, waiting: Waiting(Arc::new(Mutex::new(piece))), end: 0 })
    }

    pub fn sink(&self) -> &Sink {
        &self.sink
    }

    /// What is not in the file yet.
    pub fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    /// Writes what is left.
    pub fn finish(&mut self) -> io::Result<()> {
        let waiting = self.waiting.clone();
        let mut piece = waiting.lock();
        if piece.bytes.is_empty() { Ok(()) } else { self.write_piece(&mut piece) }
    }

    pub fn into_sink(self) -> Sink {
        self.sink
    }

    fn write_piece(&mut self, piece: &mut Piece) -> io::Result<()> {
        let compressed = piece.compress()?;
        match self.sink.write_all(&compressed) {
            Ok(()) => self.end += compressed.len() as u64,
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
        let waiting = self.waiting.clone();
        let mut piece = waiting.lock();
        let len = bytes.len().min(PIECE - piece.bytes.len());
        piece.bytes.extend_from_slice(&bytes[..len]);
        if piece.bytes.len() == PIECE {
            self.write_piece(&mut piece)?;
        }
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
