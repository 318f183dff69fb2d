//! Reading records on several threads, piece by piece.

use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom},
    iter::Enumerate,
    ops::Range,
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, IntoIter, Sender},
    },
    thread::{self, ScopedJoinHandle},
};

use super::{Head, HeaderScanner, Span, in_source};
use crate::{
    decoder_core::Options,
    error::{Error, ErrorKind, Result},
    header::Header,
    read::Reader,
    record::Record,
};

/// The pieces for each thread: with one, all would wait for the slowest.
const SHARES: usize = 4;
/// The bytes of a piece, but for the last: less is done before others have heard of it.
const LEAST: u64 = 64 << 10;

/// Shows each record of a trace of family v2 to `visit`, piece by piece on so many threads, each piece with a value of
/// its own, and joins the values in order with `append`. `None` if the trace is of family v1, whose batches do not
/// say how long they are.
///
/// `open` opens the trace, once for each thread and once more.
///
/// ```
/// use goscope_wire::{RecordCounts, Options, fold_pieces};
/// use std::io::Cursor;
///
/// let trace = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05\x01\x01\x2b\x64\x02\x0b\x05"; // stands for a file
/// let open = || Ok(Cursor::new(trace));
/// let (header, whole) = fold_pieces(open, 2, Options::default(), RecordCounts::add, RecordCounts::append)?.unwrap();
/// assert_eq!((header.minor(), whole.records(), whole.outline().threads().len()), (22, 4, 2));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
///
/// # Errors
///
/// When the source fails, or the trace is damaged anywhere, or changes. Of the error's place only the offset is that in
/// the file. Who reads the trace from the beginning finds out more.
pub fn fold_pieces<S: Read + Seek, T: Default + Send>(
    open: impl Fn() -> io::Result<S> + Sync,
    threads: usize,
    options: Options,
    visit: impl Fn(&mut T, &Record<'_>) + Sync,
    append: impl Fn(&mut T, T) + Sync,
) -> Result<Option<(Header, T)>> {
    let Some(mut scanner) = HeaderScanner::new(open().map_err(in_source)?, options)? else { return Ok(None) };
    let (sender, pieces) = mpsc::channel();
    let queue = Queue { pieces: Mutex::new(pieces.into_iter().enumerate()), is_over: AtomicBool::new(false) };
    let joined = Joined::default();
    let trace = Trace { header: scanner.header, len: scanner.len, options };
    let work = || {
        let mut source = open().map_err(in_source)?;
        while let Some((place, piece)) = queue.next() {
            joined.add(place, trace.fold(&mut source, piece, &visit)?, &append);
        }
        Ok(())
    };
    // Whoever meets an error has the others stop.
    let work = || work().inspect_err(|_| queue.end());
    let most = scanner.len.div_ceil(LEAST).min(threads as u64);
    thread::scope(|scope| {
        // Where no more threads can be had, those that there are do it.
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..most).map_while(spawn).collect();
        // Others begin while the rest is being cut.
        let cut = scanner.share(others.len(), &sender).inspect_err(|_| queue.end());
        drop(sender);
        cut.and_then(|()| work())?;
        let join = |other: ScopedJoinHandle<'_, _>| other.join().unwrap_or_else(|panic| resume_unwind(panic));
        others.into_iter().try_for_each(join)
    })?;
    Ok(Some((trace.header, joined.whole())))
}

/// The pieces that nobody has taken, in order.
struct Queue {
    pieces: Mutex<Enumerate<IntoIter<Range<u64>>>>,
    is_over: AtomicBool,
}

impl Queue {
    fn next(&self) -> Option<(usize, Range<u64>)> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_over.load(Ordering::Relaxed) { None } else { pieces.next() }
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// The values of pieces: those up to the first one that is missing are one.
struct Joined<T>(Mutex<Parts<T>>);

struct Parts<T> {
    whole: T,
    /// Of how many pieces that is.
    pieces: usize,
    early: BTreeMap<usize, T>,
}

impl<T: Default> Default for Joined<T> {
    fn default() -> Self {
        Self(Mutex::new(Parts { whole: T::default(), pieces: 0, early: BTreeMap::new() }))
    }
}

impl<T: Default> Joined<T> {
    fn add(&self, place: usize, value: T, append: impl Fn(&mut T, T)) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { whole, pieces, early } = &mut *parts;
        early.insert(place, value);
        while let Some(value) = early.remove(pieces) {
            append(whole, value);
            *pieces += 1;
        }
    }

    fn whole(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).whole
    }
}

/// What all pieces have in common.
#[derive(Clone, Copy)]
struct Trace {
    header: Header,
    len: u64,
    options: Options,
}

impl Trace {
    /// Shows the records of a piece to `visit`.
    fn fold<S: Read + Seek, T: Default>(
        self,
        source: &mut S,
        piece: Range<u64>,
        visit: impl Fn(&mut T, &Record<'_>),
    ) -> Result<T> {
        let len = source.seek(SeekFrom::End(0)).map_err(in_source)?;
        source.seek(SeekFrom::Start(piece.start)).map_err(in_source)?;
        let bytes = source.take(piece.end - piece.start);
        let mut reader = Reader::of_piece(bytes, self.header, piece.start, self.options);
        let mut value = T::default();
        while let Some(record) = reader.next_record()? {
            visit(&mut value, &record);
        }
        let position = reader.position();
        // The file is another one now, or has become shorter.
        if len != self.len || position.offset != piece.end {
            return Err(Error::new(ErrorKind::Truncated { missing: 1 }, position));
        }
        Ok(value)
    }
}

impl<R: Read + Seek> HeaderScanner<R> {
    /// Cuts the trace into pieces for so many others, and for who calls.
    fn share(&mut self, others: usize, pieces: &Sender<Range<u64>>) -> Result<()> {
        if others > 0 {
            return self.cut((1 + others) * SHARES, pieces);
        }
        // Nobody has stopped listening yet.
        let _ = pieces.send(self.at..self.len);
        Ok(())
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
