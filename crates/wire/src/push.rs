//! The push decoder: bytes in, records out, without any input or output of its own.
//!
//! It suits whoever has bytes at hand piece by piece and must not block: an event loop, a browser, a
//! pipe that is followed. [`Reader`](crate::Reader) pulls its bytes from a source and is otherwise the same.

use std::io;

use crate::{
    decoder_core::{Advance, DecoderCore, Options},
    decoder_state::Mark,
    error::{Error, ErrorKind, Position, Result},
    header::{self, Header},
    record::Record,
    spec::Table,
    v1::bulk::BulkScanner,
    v2::resync::{Head, Look},
};

/// Decodes a trace that comes in pieces.
///
/// ```
/// use goscope_wire::{Decoder, Step};
///
/// let trace = b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03"; // ProcStart, ProcStop
/// let mut decoder = Decoder::default();
/// let mut names = Vec::new();
/// for piece in trace.chunks(5) {
///     decoder.push(piece);
///     loop {
///         match decoder.next_step()? {
///             Step::Header(header) => assert_eq!(header.minor(), 21),
///             Step::Record(record) => names.push(record.name()),
///             Step::NeedMore(_) | Step::End => break,
///         }
///     }
/// }
/// decoder.finish();
/// assert!(matches!(decoder.next_step()?, Step::End));
/// assert_eq!(names, ["ProcStart", "ProcStop"]);
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    core: DecoderCore,
    buffer: Buffer,
    ended: bool,
    /// The unread bytes without which the next record can't be whole. Looking at it before would cost
    /// time that grows with the square of its length.
    wanted: usize,
    /// How the source of the bytes has failed. It is not asked again.
    pub(crate) failure: Option<(io::ErrorKind, String)>,
}

/// What the decoder has for its caller.
#[derive(Debug)]
pub enum Step<'a> {
    /// The header, once, before any record.
    Header(Header),
    /// The next record. It borrows the decoder's buffer until the next call.
    Record(Record<'a>),
    /// At least this many bytes have to be pushed before there is anything more.
    NeedMore(usize),
    /// There is nothing more: the input has ended, or reading has stopped at an error.
    End,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Decoder {
    /// A decoder at the start of a file.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (core, buffer) = (DecoderCore::new(options), Buffer::default());
        Self { core, buffer, ended: false, wanted: 0, failure: None }
    }

    /// A decoder of a piece of a file, which begins at the byte `offset`, where a batch does.
    pub(crate) fn of_piece(header: Header, offset: u64, options: Options) -> Self {
        Self { core: DecoderCore::of_piece(header, offset, options), ..Self::new(options) }
    }

    /// Adds the next bytes of the file.
    ///
    /// They are copied to a buffer that grows to the largest piece pushed plus the largest record, as
    /// long as all records are taken out between pushes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.space(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.buffer.filled(bytes.len());
    }

    /// Says that the file has ended: what is incomplete from now on is an error.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// The header, once it has been read.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        self.core.header()
    }

    /// Where the next record starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.core.position()
    }

    /// The next record, or what stands in its way.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file. After an error the decoder gives [`Step::End`], unless
    /// [`Self::recover`] finds a place to go on.
    #[inline(always)]
    pub fn next_step(&mut self) -> Result<Step<'_>> {
        if self.plain_record() {
            return Ok(Step::Record(self.last_record()));
        }
        Ok(match self.advance()? {
            Progress::Record => Step::Record(self.last_record()),
            Progress::Header(header) => Step::Header(header),
            Progress::NeedMore(bytes) => Step::NeedMore(bytes),
            Progress::End => Step::End,
        })
    }

    /// After an error, goes on behind what is damaged: at the end of the batch, or, in family v1, of the
    /// record; where a batch should begin and does not, at the next one, if [`Options::resync`] says so.
    /// Returns the number of bytes that will be passed over, or `None` if that end is not known.
    ///
    /// ```
    /// use goscope_wire::{ErrorKind, SliceReader};
    ///
    /// // A batch of two bytes that holds the start of a GoStart, then the end of the generation.
    /// let trace = b"go 1.26 trace\0\0\0\x01\x01\x00\x00\x02\x10\x05\x34";
    /// let mut reader = SliceReader::new(trace)?;
    /// assert_eq!(reader.next_record()?.unwrap().name(), "EventBatch");
    /// let error = reader.next_record().unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::BatchOverrun(_)));
    /// assert_eq!(reader.recover(), Some(2));
    /// assert_eq!(reader.next_record()?.unwrap().name(), "EndOfGeneration");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn recover(&mut self) -> Option<u64> {
        self.core.recover()
    }

    /// Whether the next record is plain, and then takes it: the hot path.
    #[inline(always)]
    pub(crate) fn plain_record(&mut self) -> bool {
        let len = self.core.plain_record(self.buffer.window());
        self.buffer.start += len.unwrap_or(0);
        len.is_some()
    }

    /// [`Self::next_step`] without a borrow of the buffer.
    #[inline(never)]
    pub(crate) fn advance(&mut self) -> Result<Progress> {
        loop {
            let there = self.unread().len();
            if there < self.wanted && !self.ended {
                return Ok(Progress::NeedMore(self.wanted - there));
            }
            self.wanted = 0;
            let (dropped, progress) = match self.core.advance(self.buffer.window(), self.ended)? {
                Advance::Record(len) => (len, Some(Progress::Record)),
                Advance::Header(header) => (header::LEN, Some(Progress::Header(header))),
                Advance::Skipped(len) => {
                    // Where a batch is looked for, nobody goes back: there may be gigabytes without any.
                    self.buffer.held = None;
                    (len, None)
                }
                Advance::NeedMore(bytes) => {
                    self.wanted = there + bytes;
                    (0, Some(Progress::NeedMore(bytes)))
                }
                Advance::End => (0, Some(Progress::End)),
            };
            self.buffer.start += dropped;
            if let Some(progress) = progress {
                return Ok(progress);
            }
        }
    }

    /// The record that was taken last: it ends where the unread bytes start.
    #[inline(always)]
    pub(crate) fn last_record(&self) -> Record<'_> {
        let last = self.core.last();
        last.record(&self.buffer.bytes[self.buffer.start - last.shape.len..])
    }

    /// What stands in front, where a batch should begin.
    pub(crate) fn look(&mut self) -> Look {
        self.core.look(self.buffer.window(), self.ended)
    }

    /// Enters a batch whose header was mended.
    pub(crate) fn enter(&mut self, head: Head) {
        self.core.enter(head);
        self.buffer.start += head.len;
    }

    /// Looks for the next batch, because what stands here is none.
    pub(crate) fn lose(&mut self) {
        let first = self.unread().first().copied().unwrap_or_default();
        self.core.lose(ErrorKind::NotABatch(first));
    }

    /// Where it is, between two parts.
    pub(crate) fn mark(&self) -> Mark {
        self.core.mark()
    }

    /// Keeps the bytes from here on, or no more than are needed.
    pub(crate) fn hold(&mut self, is_wanted: bool) {
        self.buffer.held = is_wanted.then_some(self.buffer.start);
        if is_wanted {
            self.buffer.origin = self.core.position().offset.saturating_sub(self.buffer.start as u64);
        }
    }

    /// Where in the file the first byte is that is kept.
    pub(crate) fn held_from(&self) -> u64 {
        self.buffer.origin + self.buffer.kept_from() as u64
    }

    /// The bytes that are kept, up to a place.
    pub(crate) fn held(&self, until: Mark) -> &[u8] {
        &self.buffer.bytes[self.buffer.kept_from()..self.buffer.place(until)]
    }

    /// Takes the bytes that are kept, up to a place, for a buffer of another use, and goes there.
    pub(crate) fn take_held(&mut self, until: Mark, other: Vec<u8>) -> Vec<u8> {
        let place = self.buffer.place(until);
        self.core.go_back(until, None);
        self.wanted = 0;
        self.buffer.split_off(place, other)
    }

    /// Goes back to a place from which on the bytes were kept.
    pub(crate) fn go_back(&mut self, mark: Mark, resync_from: Option<Mark>) {
        self.buffer.start = self.buffer.place(mark);
        self.core.go_back(mark, resync_from);
        self.wanted = 0;
    }

    /// Whether the trace has ended where another one begins.
    pub(crate) fn is_before_another(&self) -> bool {
        self.core.is_before_another()
    }

    /// The bytes that have come and are not read yet.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.window()
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.ended
    }

    /// Takes the events that are wanted in bulk, as far as they have come. Returns how many bytes they are.
    pub(crate) fn pass_run(&mut self, bulk: &BulkScanner) -> usize {
        let len = self.core.pass_run(bulk, self.buffer.window());
        self.buffer.start += len;
        len
    }

    /// Does not believe the record that was taken last.
    pub(crate) fn reject_last(&mut self) -> Error {
        let event = self.last_record().id();
        self.untake_last();
        self.core.reject_last(event)
    }

    /// Makes the bytes of the record that was taken last unread again. Returns how many they are.
    pub(crate) fn untake_last(&mut self) -> usize {
        let len = self.core.last().shape.len;
        self.buffer.start -= len;
        len
    }

    /// Takes the same record again.
    pub(crate) fn retake_last(&mut self) {
        self.buffer.start += self.core.last().shape.len;
    }

    /// Drops bytes that make no sense.
    pub(crate) fn pass_damage(&mut self, bytes: usize) {
        let bytes = bytes.min(self.unread().len());
        self.core.pass_damage(bytes);
        self.buffer.start += bytes;
        self.wanted = 0;
    }

    /// Takes no data from now on that is longer, nor any event that says that it is.
    pub(crate) fn limit_data(&mut self, bytes: u64) {
        self.core.limit_data(bytes);
    }

    /// The table of the version that is read.
    pub(crate) fn table(&self) -> &'static Table {
        self.core.last().table
    }

    /// The bytes that were taken last, so many.
    pub(crate) fn last_bytes(&self, len: usize) -> &[u8] {
        &self.buffer.bytes[self.buffer.start - len..self.buffer.start]
    }

    /// Takes the bytes of the batch whose header was just read, so many bytes. Returns those too.
    pub(crate) fn take_batch(&mut self, head: usize, size: usize) -> Result<(&[u8], &[u8])> {
        let there = size.min(self.unread().len());
        self.core.pass_batch(there, size)?;
        self.buffer.start += there;
        Ok(self.last_bytes(head + there).split_at(head))
    }

    pub(crate) fn buffer(&mut self) -> &mut Buffer {
        &mut self.buffer
    }
}

/// [`Step`] without a borrow of the buffer.
pub(crate) enum Progress {
    Record,
    Header(Header),
    NeedMore(usize),
    End,
}

/// Bytes that have come and are not read yet: `bytes[start..end]`.
#[derive(Default, Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// From where on the bytes are kept, though they have been read.
    held: Option<usize>,
    /// Where in the file the first byte is, while bytes are kept.
    origin: u64,
}

/// So many bytes are copied in less time than new memory is cleared.
const SHORT: usize = 64 << 10;

impl Buffer {
    #[inline(always)]
    fn window(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Room for at least `len` more bytes, which [`Self::filled`] makes part of the buffer.
    pub(crate) fn space(&mut self, len: usize) -> &mut [u8] {
        // Not again for each piece of a long record.
        let from = self.kept_from();
        if self.bytes.len() - self.end < len && from > 0 {
            self.bytes.copy_within(from..self.end, 0);
            self.end -= from;
            self.start -= from;
            self.held = self.held.map(|_| 0);
            self.origin += from as u64;
        }
        if self.bytes.len() - self.end < len {
            self.bytes.resize(self.end + len, 0);
        }
        &mut self.bytes[self.end..]
    }

    /// Room for what a source gives at once: what is left, where that is not little, or `len` bytes. New room costs, and
    /// a small trace does not need it.
    pub(crate) fn room(&mut self, len: usize) -> &mut [u8] {
        let enough = len / 4;
        let is_enough = self.bytes.len() - self.end >= enough;
        self.space(if is_enough { enough } else { len })
    }

    pub(crate) fn filled(&mut self, len: usize) {
        self.end += len;
    }

    /// Where a place of the file is, which is among the bytes that are kept.
    fn place(&self, mark: Mark) -> usize {
        (mark.offset.saturating_sub(self.origin) as usize).min(self.end)
    }

    /// From where on bytes are kept.
    fn kept_from(&self) -> usize {
        self.held.unwrap_or(self.start)
    }

    /// Keeps what comes from `place` on. Returns what was kept before that. Of both, the shorter one goes to another buffer.
    fn split_off(&mut self, place: usize, mut other: Vec<u8>) -> Vec<u8> {
        let kept = &self.bytes[self.kept_from()..place];
        if kept.len() <= SHORT.max(self.end - place) {
            other.clear();
            other.extend_from_slice(kept);
            (self.start, self.held) = (place, Some(place));
            return other;
        }
        let mut before = self.go_on_in(other, place);
        before.drain(..self.kept_from());
        (self.start, self.held) = (0, Some(0));
        before
    }

    /// Goes on with what comes from `place` on in another buffer. Returns what comes before.
    fn go_on_in(&mut self, mut other: Vec<u8>, place: usize) -> Vec<u8> {
        let rest = &self.bytes[place..self.end];
        let len = rest.len();
        if other.len() < len {
            other.clear();
            other.extend_from_slice(rest);
        } else {
            other[..len].copy_from_slice(rest);
        }
        let mut before = std::mem::replace(&mut self.bytes, other);
        before.truncate(place);
        self.end = len;
        self.origin += place as u64;
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack of many padded numbers is not looked at again for every byte that comes.
    #[test]
    fn a_record_is_not_tried_before_the_bytes_that_it_wants_are_there() {
        let mut decoder = Decoder::default();
        decoder.push(b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\xff\x03\x03\x01\x64"); // a stack of 100 frames
        assert!(matches!(decoder.next_step(), Ok(Step::Header(_))));
        assert!(matches!(decoder.next_step(), Ok(Step::Record(_))));
        for left in (1..=400).rev() {
            assert!(matches!(decoder.next_step(), Ok(Step::NeedMore(bytes)) if bytes == left), "{left}");
            decoder.push(&[0x80]);
        }
        // They were one number without an end.
        assert!(decoder.next_step().is_err());
    }
}
