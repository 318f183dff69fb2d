//! Reading records on several threads, piece by piece.

use std::{
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
};

use super::{Head, Skimmer, Span};
use crate::{
    error::{Error, ErrorKind, Position, Result},
    header::Header,
    read::Reader,
    record::Record,
    stream::Options,
};

/// The pieces for each thread: with one, all would wait for the slowest.
const SHARES: usize = 4;
/// The bytes of a piece, but for the last: less is done before others have heard of it.
const LEAST: u64 = 64 << 10;

/// Shows each record of a trace of family v2 to `visit`, on so many threads. Returns what has become of the values
/// that it was given, one for each piece of the trace, in order. `None` if the trace is of family v1, whose batches
/// do not say how long they are.
///
/// `open` opens the trace, once for each piece.
///
/// ```
/// use goscope_wire::{Inventory, Options, fold_pieces};
/// use std::io::Cursor;
///
/// let trace = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05\x01\x01\x2b\x64\x02\x0b\x05"; // stands for a file
/// let open = || Ok(Cursor::new(trace));
/// let (header, pieces) = fold_pieces(open, 2, Options::default(), Inventory::add)?.unwrap();
/// let mut whole = Inventory::default();
/// pieces.into_iter().for_each(|piece| whole.append(piece));
/// assert_eq!((whole.records(), whole.outline().threads().len()), (4, 2));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
///
/// # Errors
///
/// When the source fails, or the trace is damaged anywhere. Who reads it from the beginning finds out more.
pub fn fold_pieces<S: Read + Seek, T: Default + Send>(
    open: impl Fn() -> io::Result<S> + Sync,
    threads: usize,
    options: Options,
    visit: impl Fn(&mut T, &Record<'_>) + Sync,
) -> Result<Option<(Header, Vec<T>)>> {
    let Some(mut skimmer) = Skimmer::new(open().map_err(in_source)?, options)? else { return Ok(None) };
    let header = skimmer.header;
    let (sender, pieces) = mpsc::channel();
    let pieces = Mutex::new(pieces.into_iter().enumerate());
    let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut values = Vec::new();
        while let Some((place, piece)) = next() {
            values.push((place, fold(open().map_err(in_source)?, header, piece, options, &visit)?));
        }
        Ok(values)
    };
    let mut values: Vec<(usize, T)> = thread::scope(|scope| {
        // Where no more threads can be had, those that there are do it.
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        // Others begin while the rest is being cut.
        match others.len() {
            0 => skimmer.leave_whole(&sender),
            others => skimmer.cut((1 + others) * SHARES, &sender)?,
        }
        drop(sender);
        let mut values = work()?;
        for other in others {
            values.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(values)
    })?;
    values.sort_by_key(|(place, _)| *place);
    Ok(Some((header, values.into_iter().map(|(_, value)| value).collect())))
}

/// Shows the records of a piece to `visit`.
fn fold<S: Read + Seek, T: Default>(
    mut source: S,
    header: Header,
    piece: Range<u64>,
    options: Options,
    visit: impl Fn(&mut T, &Record<'_>),
) -> Result<T> {
    source.seek(SeekFrom::Start(piece.start)).map_err(in_source)?;
    let mut reader = Reader::of_piece(source.take(piece.end - piece.start), header, piece.start, options);
    let mut value = T::default();
    while let Some(record) = reader.next_record()? {
        visit(&mut value, &record);
    }
    Ok(value)
}

#[cold]
fn in_source(error: io::Error) -> Error {
    Error::new(ErrorKind::Io(error), Position::default())
}

impl<R: Read + Seek> Skimmer<R> {
    /// One piece, because there is nobody to share with.
    fn leave_whole(&self, pieces: &Sender<Range<u64>>) {
        // Nobody has stopped listening yet.
        let _ = pieces.send(self.at..self.len);
    }

    /// Cuts the trace into so many pieces of about the same size, or a few more or less. Each begins with a batch.
    fn cut(&mut self, count: usize, pieces: &Sender<Range<u64>>) -> Result<()> {
        let size = (self.len - self.at).div_ceil(count as u64).max(LEAST);
        let mut piece = self.at..self.at;
        while let Some(Span { head, bytes, .. }) = self.next_span()? {
            if piece.end - piece.start >= size && head != Head::EndOfGeneration {
                // Who has met an error takes no more.
                let _ = pieces.send(piece);
                piece = bytes.start..bytes.start;
            }
            piece.end = bytes.end;
        }
        let _ = pieces.send(piece);
        Ok(())
    }
}
