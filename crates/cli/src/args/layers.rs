//! Undoing all that was done to a trace on its way: compressions, and what [`envelope`](super::envelope) finds around it.
//!
//! Only the first bytes of each layer decide, and only what is certain is undone. Layers are few, so that no file
//! costs more memory than a few windows.

use std::io::{self, BufReader, Cursor, Read};

use super::{
    chunks::Chunks,
    envelope::Envelope,
    unpack::{Compression, Unpacked},
};

/// The bytes that tell a compression, or the header of a trace.
const MAGIC_LEN: u64 = 16;

/// The layers that are undone: an answer of a server with a trace that was compressed twice has five.
const MAX_LAYERS: usize = 6;

/// What a decoder has room for at once.
const ROOM: usize = 256 << 10;

/// A source of bytes.
type Bytes<'a> = Box<dyn Read + Send + 'a>;

/// The bytes of a source without what stands around the trace.
pub struct Unwrapped<'a> {
    bytes: Bytes<'a>,
    compression: Option<Compression>,
    envelopes: Vec<Envelope>,
}

impl<'a> Unwrapped<'a> {
    /// Looks at the first bytes.
    pub fn new(source: impl Read + Send + 'a) -> io::Result<Self> {
        Self::with_patience(source, usize::MAX)
    }

    /// Looks at the bytes of a source that may be silent for long, as they come at once.
    pub fn of_live(source: impl Read + Send + 'a) -> io::Result<Self> {
        Self::with_patience(source, 1)
    }

    /// Reads so many times to find a trace behind something else.
    fn with_patience(source: impl Read + Send + 'a, reads: usize) -> io::Result<Self> {
        let mut unwrapped = Self { bytes: Box::new(source), compression: None, envelopes: Vec::new() };
        for _ in 0..MAX_LAYERS {
            if !unwrapped.unwrap_layer(reads)? {
                break;
            }
        }
        Ok(unwrapped)
    }

    /// How the bytes are compressed: the outermost compression.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// What stood around the trace, from the outside.
    pub fn envelopes(&self) -> &[Envelope] {
        &self.envelopes
    }

    /// Undoes the outermost layer. `false` if there is none.
    fn unwrap_layer(&mut self, reads: usize) -> io::Result<bool> {
        let mut source = std::mem::replace(&mut self.bytes, Box::new(io::empty()));
        let mut start = Vec::new();
        source.by_ref().take(MAGIC_LEN).read_to_end(&mut start)?;
        if let Some(compression) = Compression::of(&start) {
            // Whoever looks at the first bytes asks for few, and a decoder holds back what has no room: see `Sips`.
            let unpacked = Unpacked::new(rest(start, source))?;
            self.bytes = Box::new(BufReader::with_capacity(ROOM, unpacked));
            self.compression.get_or_insert(compression);
            return Ok(true);
        }
        let envelope = Envelope::find(&mut start, &mut source, reads)?;
        let body = start.split_off(envelope.map_or(0, Envelope::len).min(start.len()));
        let body = rest(body, source);
        self.bytes = if envelope == Some(Envelope::Chunks) { Box::new(Chunks::new(body)) } else { body };
        self.envelopes.extend(envelope);
        Ok(envelope.is_some())
    }
}

/// A source from a place on that was read already.
fn rest<'a>(start: Vec<u8>, source: Bytes<'a>) -> Bytes<'a> {
    Box::new(Cursor::new(start).chain(source))
}

impl Read for Unwrapped<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(space)
    }
}
