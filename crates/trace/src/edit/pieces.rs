//! Traces of family v2 generation by generation, under the newest header.
//!
//! The records of all versions of the family are the same, but for what stands around them: a generation says where it ends
//! since 1.26, and what the clocks showed since 1.25. So batches are copied as they are, and Go reads the same events.
//!
//! Source: Go 1.27.3 `internal/trace/generation.go` and `batch.go`.

use std::io::{self, Read, Write};

use goscope_wire::{BatchHeader, FormatVersion, Header, Part, RawBatch, Reader, varint};

use super::error::{Error, ErrorKind, Result};
use crate::{
    encode::append_clock,
    error::GenerationError,
    event_id,
    time::{TickLength, TraceTime},
};

/// The generations of a trace of family v2, as bytes of the newest version. Behind a header each is a trace of its own, and
/// several that follow each other are one.
///
/// ```
/// use goscope_trace::edit::{Piece, Pieces};
/// use goscope_wire::{FormatVersion, Header, Reader};
///
/// let file = std::fs::File::open("../../corpus/generations_go1.24.11.trace")?;
/// let mut pieces = Pieces::new(Reader::new(file)?)?;
/// let mut traces = Vec::new();
/// while let Some(Piece { number, start, bytes }) = pieces.next_piece()? {
///     println!("generation {number} began at {start} and has {} bytes", bytes.len());
///     let mut trace = Header::new(FormatVersion::NEWEST).to_bytes().to_vec();
///     trace.extend_from_slice(bytes);
///     traces.push(trace);
/// }
/// assert!(traces.len() > 2);
/// for trace in traces {
///     assert!(goscope_trace::Reader::new(&trace[..])?.next_event()?.is_some());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pieces<R> {
    source: Reader<R>,
    version: FormatVersion,
    /// The generation that was given out last.
    given: Gathered,
    /// The one that is being read.
    next: Gathered,
    is_done: bool,
}

/// A generation, as [`Pieces`] gives it.
///
/// ```
/// use goscope_trace::edit::{Piece, Pieces};
///
/// let file = std::fs::File::open("../../corpus/channels_go1.27.3.trace")?;
/// let mut pieces = Pieces::new(goscope_wire::Reader::new(file)?)?;
/// while let Some(Piece { number, start, bytes }) = pieces.next_piece()? {
///     println!("generation {number} began at {start} ns and has {} bytes", bytes.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its number in the file.
    pub number: u64,
    /// When its first batch began, in nanoseconds.
    pub start: TraceTime,
    /// Its records, under the newest header.
    pub bytes: &'a [u8],
}

/// What has been read of a generation.
#[derive(Default, Debug)]
struct Gathered {
    number: u64,
    /// In ticks.
    start: u64,
    ticks_per_second: Option<u64>,
    bytes: Vec<u8>,
}

impl<R: Read> Pieces<R> {
    /// The generations of a trace, of which nothing but the header has been read.
    ///
    /// # Errors
    ///
    /// When the trace is of family v1, which has no generations.
    pub fn new(source: Reader<R>) -> Result<Self> {
        let version = source.header().version();
        if version.family() == goscope_wire::Family::V1 {
            return Err(ErrorKind::NoGenerations(version).into());
        }
        Ok(Self { source, version, given: Gathered::default(), next: Gathered::default(), is_done: false })
    }

    /// The next generation, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the trace can't be read, or a generation lacks what a reader needs. There is nothing behind that.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'_>>> {
        let is_there = self.read().inspect_err(|_| self.is_done = true)?;
        let Gathered { number, start, ticks_per_second, bytes } = &self.given;
        let tick = TickLength::of_frequency(ticks_per_second.unwrap_or(1));
        Ok(is_there.then(|| Piece { number: *number, start: tick.time(*start), bytes }))
    }

    /// Reads to the end of a generation. `false` at the end of the trace.
    fn read(&mut self) -> Result<bool> {
        while let Some(is_whole) = self.step()? {
            if is_whole {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads a batch, or what is in none. Returns whether [`Self::given`] is whole by that; `None` at the end of the trace.
    fn step(&mut self) -> Result<Option<bool>> {
        if self.is_done {
            return Ok(None);
        }
        let Some(part) = self.source.next_part()? else {
            self.is_done = true;
            if self.version >= FormatVersion::V1_26 && self.next.number != 0 {
                return Err(self.next.is_wrong(GenerationError::Incomplete));
            }
            return Ok(self.next.give(&mut self.given)?.then_some(true));
        };
        let is_whole = match part {
            Part::Batch(batch) => {
                let is_whole = enter(self.version, &mut self.next, &mut self.given, batch.header)?;
                self.next.add_batch(&batch, self.version)?;
                is_whole
            }
            Part::Record(record) => match *record.args() {
                [_, generation, thread, time] => {
                    let header = BatchHeader { generation, thread, time, size: 0 };
                    let is_whole = enter(self.version, &mut self.next, &mut self.given, header)?;
                    self.next.bytes.extend_from_slice(record.bytes());
                    is_whole
                }
                _ => self.next.give(&mut self.given)?,
            },
        };
        Ok(Some(is_whole))
    }

    /// Copies all that follows, and keeps no more of it than a batch.
    fn copy(&mut self, sink: &mut impl Write) -> Result<()> {
        while let Some(is_whole) = self.step()? {
            let ended = if is_whole { &self.given.bytes[..] } else { &[] };
            for bytes in [ended, &self.next.bytes] {
                sink.write_all(bytes).map_err(|error| Error::from(ErrorKind::Sink(error)))?;
            }
            self.next.bytes.clear();
        }
        Ok(())
    }
}

/// Notes that something belongs to a generation. Returns whether that is another one, and so the one before is whole: before 1.26
/// nothing else told so.
fn enter(
    version: FormatVersion,
    next: &mut Gathered,
    given: &mut Gathered,
    header: BatchHeader,
) -> Result<bool> {
    let BatchHeader { generation, time, .. } = header;
    let is_other = next.number != 0 && generation != next.number;
    if generation == 0 {
        return Err(next.is_wrong(GenerationError::Zero));
    }
    if is_other && (version >= FormatVersion::V1_26 || generation != next.number.wrapping_add(1)) {
        return Err(next.is_wrong(GenerationError::Interleaved));
    }
    let is_whole = is_other && next.give(given)?;
    if next.number == 0 || time < next.start {
        next.start = time;
    }
    next.number = generation;
    Ok(is_whole)
}

impl Gathered {
    #[cold]
    fn is_wrong(&self, kind: GenerationError) -> Error {
        let number = Some(self.number).filter(|number| *number != 0);
        ErrorKind::Generation { number, kind }.into()
    }

    fn add_batch(&mut self, batch: &RawBatch<'_>, version: FormatVersion) -> Result<()> {
        let frequency_at = match batch.bytes.first().copied() {
            Some(event_id::FREQUENCY) if version < FormatVersion::V1_25 => 1,
            Some(event_id::SYNC) => 2,
            _ => {
                self.append(batch, batch.bytes);
                return Ok(());
            }
        };
        let number = batch.bytes.get(frequency_at..).map(varint::read);
        let Some(Ok((frequency @ 1.., _))) = number else {
            return Err(self.is_wrong(GenerationError::NoFrequency));
        };
        self.ticks_per_second = Some(frequency);
        if frequency_at == 2 {
            self.append(batch, batch.bytes);
            return Ok(());
        }
        // It has to tell what the clocks showed, too, which is not known.
        let mut bytes = Vec::new();
        append_clock(&mut bytes, frequency, [0; 4]);
        self.append(batch, &bytes);
        Ok(())
    }

    /// Adds a batch, with other bytes behind its head.
    fn append(&mut self, batch: &RawBatch<'_>, bytes: &[u8]) {
        batch.append_head(bytes.len() as u64, &mut self.bytes);
        self.bytes.extend_from_slice(bytes);
    }

    /// Ends the generation. `false` if there is none.
    fn give(&mut self, given: &mut Self) -> Result<bool> {
        if self.number == 0 {
            return Ok(false);
        }
        if self.ticks_per_second.is_none() {
            return Err(self.is_wrong(GenerationError::NoFrequency));
        }
        self.bytes.push(event_id::END_OF_GENERATION);
        std::mem::swap(self, given);
        self.bytes.clear();
        (self.number, self.ticks_per_second) = (0, None);
        Ok(true)
    }
}

/// Copies a trace of family v2 under the newest header, batch by batch. What is there under the newest one already comes out
/// as it is.
///
/// Memory is bounded by the largest batch.
///
/// ```
/// use goscope_trace::edit;
/// use goscope_wire::Reader;
///
/// let old = std::fs::File::open("../../corpus/channels_go1.22.10.trace")?;
/// let mut new = Vec::new();
/// edit::renew(Reader::new(old)?, &mut new)?;
/// assert!(new.starts_with(b"go 1.26 trace"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the sink fails, and as [`Pieces::next_piece`].
pub fn renew<R: Read, W: Write>(source: Reader<R>, mut sink: W) -> Result<()> {
    let failed = |error: io::Error| Error::from(ErrorKind::Sink(error));
    let mut pieces = Pieces::new(source)?;
    sink.write_all(&Header::new(FormatVersion::NEWEST).to_bytes()).map_err(failed)?;
    pieces.copy(&mut sink)?;
    sink.flush().map_err(failed)
}
