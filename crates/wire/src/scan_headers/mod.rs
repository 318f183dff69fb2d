//! From batch to batch of family v2 by their heads, in a source that can be read anywhere: what stands between
//! the heads is not read.
//!
//! Batches say how long they are, so a large trace is outlined, and cut into pieces, in a few milliseconds.
//! Whatever is not as it should be is an error: who reads record by record finds out more, and can go on behind it.

mod outline;
mod pieces;

use std::{
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

pub use outline::scan_headers;
pub use pieces::fold_pieces;

use crate::{
    cursor::{Cursor, Interrupt, within},
    decoder_core::{DecoderCore, Options},
    error::{Error, ErrorKind, Position, Result},
    header::{self, Header},
    read::read_some,
    spec::{EventId, Experiment, Table, id},
    v2::batch::BatchHeader,
    version::{Family, FormatVersion},
};

/// The bytes that are read at once. Reading fewer takes as long.
const WINDOW: usize = 4 << 10;

/// More bytes than a head has: its first byte and five numbers.
const HEAD: usize = 64;

/// Goes from head to head.
#[derive(Debug)]
struct HeaderScanner<R> {
    source: R,
    options: Options,
    header: Header,
    /// Where the source ends, and the next head begins.
    len: u64,
    at: u64,
    heads: u64,
    window: Vec<u8>,
    window_at: u64,
}

/// What is between two places of a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Span {
    head: Head,
    /// Its bytes, the head included.
    bytes: Range<u64>,
    /// Where its records begin, if it is a batch.
    body: u64,
}

/// What begins at a place between batches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Head {
    Batch(BatchHeader),
    Experiment { experiment: Experiment, generation: u64, time: u64 },
    EndOfGeneration,
}

impl<R: Read + Seek> HeaderScanner<R> {
    /// Reads the header. `None` if the trace is of family v1, whose batches do not say how long they are.
    fn new(mut source: R, options: Options) -> Result<Option<Self>> {
        let len = source.seek(SeekFrom::End(0)).map_err(in_source)?;
        let mut scanner = Self {
            source,
            options,
            header: Header::new(FormatVersion::NEWEST),
            len,
            at: 0,
            heads: 0,
            window: Vec::new(),
            window_at: 0,
        };
        scanner.header = DecoderCore::new(options).open(scanner.show(header::LEN)?)?;
        scanner.at = header::LEN as u64;
        Ok((scanner.header.version().family() == Family::V2).then_some(scanner))
    }

    /// Goes behind the next batch, or what else stands there. `None` at the end.
    fn next_span(&mut self) -> Result<Option<Span>> {
        if self.at == self.len {
            return Ok(None);
        }
        let (version, options) = (self.header.version(), self.options);
        let parsed = parse(version, options, self.show(HEAD)?);
        let (head, len, size) = parsed.map_err(|stop| self.error(stop, self.at))?;
        let body = self.at + len as u64;
        let missing = body.saturating_add(size).saturating_sub(self.len);
        if missing > 0 {
            return Err(self.error(ErrorKind::TruncatedBatch { missing }.into(), self.at));
        }
        let span = Span { head, bytes: self.at..body + size, body };
        self.at = span.bytes.end;
        self.heads += 1;
        Ok(Some(span))
    }

    /// The bytes from here on, so many or as many as there are.
    fn show(&mut self, wanted: usize) -> Result<&[u8]> {
        self.show_at(self.at, wanted)
    }

    fn show_at(&mut self, at: u64, wanted: usize) -> Result<&[u8]> {
        let there = self.window_at..self.window_at + self.window.len() as u64;
        let end = self.len.min(at.saturating_add(wanted as u64));
        if at < there.start || end > there.end {
            self.read_window(at, wanted.max(WINDOW)).map_err(in_source)?;
        }
        let start = (at - self.window_at) as usize;
        match self.window.get(start..(end - self.window_at) as usize) {
            Some(bytes) => Ok(bytes),
            // The file has become shorter.
            None => Err(self.error(Interrupt::More(1), at)),
        }
    }

    fn read_window(&mut self, at: u64, wanted: usize) -> io::Result<()> {
        self.source.seek(SeekFrom::Start(at))?;
        self.window_at = at;
        self.window.resize(wanted, 0);
        let mut filled = 0;
        while filled < wanted {
            match read_some(&mut self.source, &mut self.window[filled..])? {
                0 => break,
                len => filled += len,
            }
        }
        self.window.truncate(filled);
        Ok(())
    }

    #[cold]
    fn error(&self, stop: Interrupt, offset: u64) -> Error {
        let kind = match stop {
            Interrupt::Bad { kind, .. } => kind,
            Interrupt::More(missing) => ErrorKind::Truncated { missing },
        };
        Error::new(kind, Position { offset, record: self.heads, batch: None })
    }
}

#[cold]
fn in_source(error: io::Error) -> Error {
    Error::new(ErrorKind::Io(error), Position::default())
}

/// What begins at the front of `window`, the length of its head, and how many bytes follow that belong to it.
fn parse(
    version: FormatVersion,
    options: Options,
    window: &[u8],
) -> std::result::Result<(Head, usize, u64), Interrupt> {
    let mut cursor = Cursor::new(window);
    let first = cursor.byte()?;
    let is_known = Table::of(version).get(EventId(first)).is_some();
    let mut args = [0; 4];
    match first {
        id::BATCH => {
            cursor.varints(&mut args)?;
            let [generation, thread, time, size] = args;
            within("the size of a batch", size, options.limits.batch_bytes)?;
            Ok((Head::Batch(BatchHeader { generation, thread, time, size }), cursor.at, size))
        }
        id::v2::EXPERIMENTAL_BATCH if is_known => {
            cursor.varints(&mut args)?;
            let [experiment, generation, _, time] = args;
            let size = cursor.varint()?;
            within("the length of trailing data", size, options.limits.data_bytes)?;
            Ok((Head::Experiment { experiment: Experiment(experiment), generation, time }, cursor.at, size))
        }
        id::v2::END_OF_GENERATION if is_known => Ok((Head::EndOfGeneration, cursor.at, 0)),
        _ => Err(ErrorKind::NotABatch(first).into()),
    }
}
