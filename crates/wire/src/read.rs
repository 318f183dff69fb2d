//! The pull readers: over any [`io::Read`], and over bytes that are in memory already.

use std::io::{self, Read};

use crate::{
    decoder_core::{Advance, DecoderCore, Options},
    decoder_state::Mark,
    error::{Error, ErrorKind, Position, Result},
    header::{self, Header},
    push::{Decoder, Progress},
    record::Record,
    v1::{
        bulk::{self, BulkChunk, BulkScanner},
        resync,
    },
    v2::{
        batch::{BatchHeader, Part, RawBatch},
        resync::Look,
    },
    version::Family,
};

/// The bytes that a [`Reader`] asks its source for at once.
const CHUNK: usize = 256 << 10;

/// Reads the records of a trace from a source, in memory that does not grow with the trace.
///
/// A record is given out as soon as its bytes have come; the source needs no buffer of its own.
///
/// ```
/// use goscope_wire::Reader;
///
/// let trace = &b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03"[..]; // stands for a file
/// let mut reader = Reader::new(trace)?;
/// assert_eq!(reader.header().version().to_string(), "1.21");
/// let mut count = 0;
/// while let Some(record) = reader.next_record()? {
///     println!("{record}"); // ProcStart dt=10 thread=7
///     count += 1;
/// }
/// assert_eq!(count, 2);
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    decoder: Decoder,
    header: Header,
    /// The batch that the file ended in, without its bytes.
    cut: Option<RawBatch<'static>>,
    /// How many bytes of long records were looked at that turned out to be none.
    vain: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the source fails, or when it does not begin with the header of a version that is known.
    pub fn new(source: R) -> Result<Self> {
        Self::with_options(source, Options::default())
    }

    /// [`Self::new`] with other limits, or with a version to assume.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_options(mut source: R, options: Options) -> Result<Self> {
        let mut decoder = Decoder::new(options);
        loop {
            match decoder.advance()? {
                Progress::Header(header) => return Ok(Self { source, decoder, header, cut: None, vain: 0 }),
                _ => fill(&mut source, &mut decoder)?,
            }
        }
    }

    /// Of a piece of a trace, which begins at the byte `offset`, where a batch does.
    pub(crate) fn of_piece(source: R, header: Header, offset: u64, options: Options) -> Self {
        Self { source, decoder: Decoder::of_piece(header, offset, options), header, cut: None, vain: 0 }
    }

    /// The same reader, with another source for the bytes that have not been asked for yet.
    ///
    /// ```
    /// use goscope_wire::Reader;
    /// use std::io::{self, Read};
    ///
    /// let reader = Reader::new(&b"go 1.21 trace\0\0\0"[..])?;
    /// let mut reader = reader.map_source(|source| source.chain(io::empty()));
    /// assert!(reader.next_record()?.is_none());
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn map_source<S>(self, change: impl FnOnce(R) -> S) -> Reader<S> {
        let Self { source, decoder, header, cut, vain } = self;
        Reader { source: change(source), decoder, header, cut, vain }
    }

    /// The file's header.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Where the next record starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.decoder.position()
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails or the file is damaged. Afterwards there are no more records, unless
    /// [`Self::recover`] finds a place to go on.
    #[inline(always)]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        let is_record = self.decoder.plain_record() || self.advance()?;
        Ok(is_record.then(|| self.decoder.last_record()))
    }

    /// The next part of a trace of family v1, with events in bulk, as many as have come; or `None` at the end.
    ///
    /// ```
    /// use goscope_wire::{BulkScanner, BulkEvents, FormatVersion, Reader, BulkChunk};
    ///
    /// let trace = &b"go 1.21 trace\0\0\0\x41\x00\x64\x45\x0a\x07\x06\x03"[..]; // a batch: ProcStart, ProcStop
    /// let mut reader = Reader::new(trace)?;
    /// let bulk = BulkScanner::new(reader.header().version(), &[]);
    /// let mut bytes: Vec<u8> = Vec::new();
    /// while let Some(run) = reader.next_run(&bulk)? {
    ///     match run {
    ///         BulkChunk::Events(events) => bytes.extend(events),
    ///         BulkChunk::Record(record) if record.name() == "Batch" => {}
    ///         BulkChunk::Record(record) => bytes.extend(record.bytes()),
    ///     }
    /// }
    /// assert_eq!(bytes, *b"\x45\x0a\x07\x06\x03");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Self::next_record`].
    pub fn next_run(&mut self, bulk: &BulkScanner) -> Result<Option<BulkChunk<'_>>> {
        let len = self.decoder.pass_run(bulk);
        if len > 0 {
            return Ok(Some(BulkChunk::Events(self.decoder.last_bytes(len))));
        }
        match self.advance() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                if bulk.is_wary() {
                    self.look_in_vain(resync::claimed(self.decoder.unread()));
                }
                return Err(error);
            }
        }
        if bulk.doubts(&self.decoder.last_record())
            && let Some(looked_at) = self.row_fails()?
        {
            self.look_in_vain(looked_at as u64);
            return Err(self.decoder.reject_last());
        }
        Ok(Some(BulkChunk::Record(self.decoder.last_record())))
    }

    /// Counts bytes that were looked at in vain, and will be again, because reading goes on near where they start.
    /// If they are too many, no long record is believed any more.
    #[cold]
    fn look_in_vain(&mut self, bytes: u64) {
        self.vain = self.vain.saturating_add(bytes);
        if self.vain > resync::patience(self.decoder.position().offset) {
            self.decoder.limit_data(bulk::LONG as u64);
        }
    }

    /// How many bytes were looked at after the last record in vain: neither several records in a row follow nor the
    /// end of the file. `None` if they do.
    #[cold]
    fn row_fails(&mut self) -> Result<Option<usize>> {
        // More bytes may take the place of those that are read: the record is none of them for the while.
        let len = self.decoder.untake_last();
        let mut reach = resync::reach(len);
        let is_row = loop {
            while self.decoder.unread().len() < len + reach && !self.decoder.is_finished() {
                fill(&mut self.source, &mut self.decoder)?;
            }
            let (rest, ended) = (&self.decoder.unread()[len..], self.decoder.is_finished());
            let all = rest.len() <= reach;
            match resync::follows(self.decoder.table(), &rest[..rest.len().min(reach)], ended && all) {
                Some(is_row) => break is_row,
                None => reach = reach.saturating_mul(2),
            }
        };
        self.decoder.retake_last();
        Ok((!is_row).then_some(reach))
    }

    /// The next part of a trace of family v2, with batches as a whole; or `None` at the end.
    ///
    /// # Errors
    ///
    /// As [`Self::next_record`]. What there is of a batch that the file ends in, [`Self::cut_batch`] has.
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>> {
        let mended = self.look()?;
        let is_mended = mended.is_some();
        let header = match mended {
            Some(header) => header,
            None if !self.advance()? => return Ok(None),
            None => match BatchHeader::of(&self.decoder.last_record()) {
                Some(header) => header,
                None => return Ok(Some(Part::Record(self.decoder.last_record()))),
            },
        };
        let offset = self.decoder.position().offset;
        let size = header.size as usize;
        // More bytes may take the place of those that are read: the header is none of them for the while.
        let head_len = if is_mended { 0 } else { self.decoder.untake_last() };
        let wanted = self.want(head_len.saturating_add(size).saturating_sub(self.decoder.unread().len()));
        if !is_mended {
            self.decoder.retake_last();
        }
        wanted?;
        self.cut = Some(RawBatch { header, head: &[], bytes: &[], offset, is_mended });
        let (head, bytes) = self.decoder.take_batch(head_len, size)?;
        self.cut = None;
        Ok(Some(Part::Batch(RawBatch { header, head, bytes, offset, is_mended })))
    }

    /// After an error of [`Self::next_part`], the batch that the file ended in, with the bytes that there are.
    #[must_use]
    pub fn cut_batch(&self) -> Option<RawBatch<'_>> {
        Some(RawBatch { bytes: self.decoder.unread(), ..self.cut? })
    }

    /// Reads so many bytes more, or as many as there are.
    fn want(&mut self, missing: usize) -> Result<()> {
        let wanted = self.decoder.unread().len().saturating_add(missing);
        while self.decoder.unread().len() < wanted && !self.decoder.is_finished() {
            fill(&mut self.source, &mut self.decoder)?;
        }
        Ok(())
    }

    /// The header of the next batch, if it was damaged and is mended.
    fn look(&mut self) -> Result<Option<BatchHeader>> {
        loop {
            match self.decoder.look() {
                Look::Sound => return Ok(None),
                Look::More(missing) => self.want(missing)?,
                Look::Mended(head) => {
                    self.decoder.enter(head);
                    return Ok(Some(head.header));
                }
                Look::Lost => {
                    self.decoder.lose();
                    return Ok(None);
                }
            }
        }
    }

    /// Whether there is one more record, which the decoder then has taken.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool> {
        loop {
            match self.decoder.advance()? {
                Progress::Record => return Ok(true),
                Progress::NeedMore(_) => fill(&mut self.source, &mut self.decoder)?,
                Progress::Header(_) | Progress::End => return Ok(false),
            }
        }
    }

    /// After an error, goes on behind what is damaged, as [`Decoder::recover`] does.
    pub fn recover(&mut self) -> Option<u64> {
        self.decoder.recover()
    }

    /// Where the next part of a trace of family v2 begins, if the last one was read.
    #[doc(hidden)]
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.decoder.mark()
    }

    /// Keeps in memory what is read from here on, where a part begins, and only that. Then [`Self::go_back`] can.
    #[doc(hidden)]
    pub fn hold(&mut self) -> Mark {
        self.decoder.hold(true);
        self.mark()
    }

    /// Keeps nothing in memory that was read.
    #[doc(hidden)]
    pub fn release(&mut self) {
        self.decoder.hold(false);
    }

    /// Where in the file the bytes begin that [`Self::held`] has.
    #[doc(hidden)]
    #[must_use]
    pub fn held_from(&self) -> u64 {
        self.decoder.held_from()
    }

    /// The bytes in memory up to a place, those that [`Self::hold`] keeps among them.
    #[doc(hidden)]
    #[must_use]
    pub fn held(&self, until: Mark) -> &[u8] {
        self.decoder.held(until)
    }

    /// Takes what [`Self::held`] has, and goes to that place, from which on all is kept again, in the memory that is
    /// given.
    #[doc(hidden)]
    pub fn take_held(&mut self, until: Mark, memory: Vec<u8>) -> Vec<u8> {
        self.cut = None;
        self.decoder.take_held(until, memory)
    }

    /// Goes back to a place behind that of [`Self::hold`], or to that. From `resync_from` on, damage is looked for as
    /// [`Options::resync`] says; without it, nowhere.
    #[doc(hidden)]
    pub fn go_back(&mut self, to: Mark, resync_from: Option<Mark>) {
        self.cut = None;
        self.decoder.go_back(to, resync_from);
    }

    /// After an error in a trace of family v1, goes on where several records in a row make sense, whatever the error
    /// was. Returns the number of bytes that were passed over, or `None` if nothing follows that makes sense.
    ///
    /// ```
    /// use goscope_wire::Reader;
    ///
    /// // A byte that begins no event of Go 1.21, then four times ProcStop.
    /// let mut reader = Reader::new(&b"go 1.21 trace\0\0\0\xff\xff\x06\x03\x06\x03\x06\x03\x06\x03"[..])?;
    /// assert!(reader.next_record().is_err());
    /// assert_eq!(reader.recover_row(), Some(2));
    /// assert_eq!(reader.next_record()?.unwrap().name(), "ProcStop");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn recover_row(&mut self) -> Option<u64> {
        if self.header.version().family() != Family::V1 || self.decoder.is_before_another() {
            return None;
        }
        // Here stands what the error was about.
        let mut passed = self.decoder.unread().len().min(1);
        self.decoder.pass_damage(passed);
        loop {
            let (bytes, ended) = (self.decoder.unread(), self.decoder.is_finished());
            let place = resync::find(self.decoder.table(), bytes, ended);
            let left = if ended { 0 } else { resync::REACH.min(bytes.len()) };
            let len = place.unwrap_or(bytes.len() - left);
            self.decoder.pass_damage(len);
            passed += len;
            if place.is_some() {
                return Some(passed as u64);
            }
            if ended || fill(&mut self.source, &mut self.decoder).is_err() {
                return None;
            }
        }
    }
}

/// Gives the decoder more bytes, or the news that there are none.
#[cold]
fn fill(source: &mut impl Read, decoder: &mut Decoder) -> Result<()> {
    if let Some((kind, message)) = &decoder.failure {
        let error = io::Error::new(*kind, message.clone());
        return Err(Error::new(ErrorKind::Io(error), decoder.position()));
    }
    let buffer = decoder.buffer();
    match read_some(source, buffer.room(CHUNK)) {
        Ok(0) => decoder.finish(),
        Ok(len) => buffer.filled(len),
        Err(error) => {
            decoder.failure = Some((error.kind(), error.to_string()));
            return Err(Error::new(ErrorKind::Io(error), decoder.position()));
        }
    }
    Ok(())
}

/// Reads what there is, however often the system interrupts.
pub(crate) fn read_some(source: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Reads the records of a trace that is in memory, without copying it.
///
/// ```
/// use goscope_wire::SliceReader;
///
/// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03")?;
/// let mut names = Vec::new();
/// while let Some(record) = reader.next_record()? {
///     names.push(record.name());
/// }
/// assert_eq!(names, ["ProcStart", "ProcStop"]);
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Debug)]
pub struct SliceReader<'a> {
    /// What is not read yet.
    rest: &'a [u8],
    /// The rest as it was before the last record.
    last: &'a [u8],
    core: DecoderCore,
    header: Header,
}

impl<'a> SliceReader<'a> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the bytes do not begin with the header of a version that is known.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        Self::with_options(bytes, Options::default())
    }

    /// [`Self::new`] with other limits, or with a version to assume.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_options(bytes: &'a [u8], options: Options) -> Result<Self> {
        let mut core = DecoderCore::new(options);
        let header = core.open(bytes)?;
        Ok(Self { rest: &bytes[header::LEN..], last: &[], core, header })
    }

    /// The file's header.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Where the next record starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.core.position()
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the file is damaged. Afterwards there are no more records, unless [`Self::recover`] finds a
    /// place to go on.
    #[inline(always)]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        let is_record = match self.core.plain_record(self.rest) {
            Some(len) => self.pass(len),
            None => self.advance()?,
        };
        Ok(is_record.then(|| self.core.last().record(self.last)))
    }

    /// Whether there is one more record, which the stream then has taken.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool> {
        loop {
            match self.core.advance(self.rest, true)? {
                Advance::Record(len) => return Ok(self.pass(len)),
                Advance::Skipped(len) => self.rest = &self.rest[len..],
                Advance::Header(_) | Advance::NeedMore(_) | Advance::End => return Ok(false),
            }
        }
    }

    /// Passes over a record.
    #[inline(always)]
    fn pass(&mut self, len: usize) -> bool {
        self.last = self.rest;
        self.rest = &self.rest[len..];
        true
    }

    /// After an error, goes on behind what is damaged, as [`Decoder::recover`] does.
    pub fn recover(&mut self) -> Option<u64> {
        self.core.recover()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of a byte at a time, so that no more is read than is asked for.
    struct Bytes(&'static [u8]);

    impl Read for Bytes {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut space[..1])
        }
    }

    #[test]
    fn a_reader_goes_on_with_another_source() {
        let reader = Reader::new(Bytes(b"go 1.21 trace\0\0\0\x45\x0a\x07")).unwrap();
        let mut reader = reader.map_source(|source| source.chain(Bytes(b"\x06\x03")));
        let mut names = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            names.push(record.name());
        }
        assert_eq!(names, ["ProcStart", "ProcStop"]);
    }
}
