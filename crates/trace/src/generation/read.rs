//! Reading a generation: batches from the source, up to where it ends.
//!
//! A generation is read strictly, by which the first thing that is wrong ends the reading. Where the reader salvages,
//! it then goes back to where the generation began, and [`Gatherer`] reads it anew. So no guess touches what the rules
//! of the format allow.
//!
//! What is read stays in the buffer of the source, which becomes that of the generation: event batches are not copied.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`, `internal/trace/generation.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, FormatVersion, Mark, Part, RawBatch, Reader, Record};

use super::{Assembler, Generation, Missing, gather::Gatherer};
use crate::{
    error::{ErrorKind, GenerationError},
    recover::Salvage,
    tables::Tables,
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Reads a trace of family v2 generation by generation.
#[derive(Debug)]
pub(crate) struct GenerationReader<R> {
    source: Reader<R>,
    version: FormatVersion,
    /// An error behind the generation that was read last.
    pending: Option<ErrorKind>,
    /// Where the last part began that was read strictly. What is wrong may begin there.
    last_part: Mark,
    gatherer: Gatherer,
    /// Whether the gatherer has parts of the next generation that the source can't give again.
    is_gathering: bool,
}

/// A batch that waits for its turn.
#[derive(Debug)]
pub(super) struct OwnedBatch {
    pub(super) header: BatchHeader,
    bytes: Vec<u8>,
    offset: u64,
    pub(super) is_mended: bool,
}

impl OwnedBatch {
    pub(super) fn of(batch: &RawBatch<'_>) -> Self {
        let RawBatch { header, bytes, offset, is_mended, .. } = *batch;
        Self { header, bytes: bytes.to_vec(), offset, is_mended }
    }

    pub(super) fn as_raw(&self) -> RawBatch<'_> {
        let Self { header, bytes, offset, is_mended } = self;
        RawBatch { header: *header, head: &[], bytes, offset: *offset, is_mended: *is_mended }
    }
}

impl<R: Read> GenerationReader<R> {
    pub(crate) fn new(mut source: Reader<R>) -> Self {
        let (version, start) = (source.header().version(), source.hold());
        source.go_back(start, None);
        let gatherer = Gatherer::default();
        Self { version, source, pending: None, last_part: start, gatherer, is_gathering: false }
    }

    /// Reads to the end of a generation. `None` at the end of the trace. The last event was at the time `now`.
    /// `buffer` is for the bytes of events: that of the generation before, because fresh memory costs time.
    pub(crate) fn next(
        &mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
        buffer: Vec<u8>,
    ) -> Result<Option<Generation>> {
        if let Some(kind) = self.pending.take() {
            return Err(kind);
        }
        if salvage.is_some() {
            return self.read_or_gather(tables, salvage, now, buffer);
        }
        let Some((mut generation, end)) = self.read(tables)? else { return Ok(None) };
        let origin = self.source.held_from();
        generation.place_bytes(self.source.take_held(end, buffer), origin);
        Ok(Some(generation))
    }

    /// Reads a generation strictly. Where that fails, it is gathered.
    fn read_or_gather(
        &mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
        buffer: Vec<u8>,
    ) -> Result<Option<Generation>> {
        if let Some(salvage) = salvage {
            salvage.now = now;
        }
        if self.is_gathering {
            return self.gather(tables, salvage, buffer);
        }
        let start = self.source.mark();
        let (mut generation, end) = match self.read(tables) {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(None),
            Err(_) => {
                self.pending = None;
                self.source.go_back(start, Some(self.last_part));
                return self.gather(tables, salvage, buffer);
            }
        };
        let origin = self.source.held_from();
        generation.missing = Some(Missing::default());
        if self.pending.take().is_some() {
            generation.place_bytes(self.source.held(end).to_vec(), origin);
            self.source.go_back(start, Some(self.last_part));
            generation.whole = self.gather(tables, salvage, buffer)?.map(Box::new);
        } else {
            generation.place_bytes(self.source.take_held(end, buffer), origin);
            self.gatherer.pass(generation.number);
            if let Some(salvage) = salvage {
                salvage.frequency = Some(generation.frequency);
            }
        }
        Ok(Some(generation))
    }

    /// Reads a generation in which something is wrong. The next one is read strictly again.
    #[cold]
    fn gather(
        &mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        buffer: Vec<u8>,
    ) -> Result<Option<Generation>> {
        let mut assembler = Assembler::new(self.version, tables, salvage, Some(buffer));
        let is_there = self.gatherer.gather(&mut self.source, &mut assembler);
        let generation = if is_there { Some(assembler.finish()?) } else { None };
        let next = self.gatherer.leave(&self.source);
        self.is_gathering = next.is_none();
        if let Some(next) = next {
            self.source.go_back(next, None);
        }
        Ok(generation)
    }

    /// Reads a generation strictly, but for its bytes, which the source has up to the place that is returned.
    fn read(&mut self, tables: &mut Tables) -> Result<Option<(Generation, Mark)>> {
        self.last_part = self.source.hold();
        let mut none = None;
        let mut assembler = Assembler::new(self.version, tables, &mut none, None);
        let end = if self.version >= FormatVersion::V1_26 {
            self.read_to_end_mark(&mut assembler)?
        } else {
            self.read_to_next(&mut assembler)?
        };
        let Some(end) = end else { return Ok(None) };
        Ok(Some((assembler.finish()?, end)))
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(&mut self, assembler: &mut Assembler<'_>) -> Result<Option<Mark>> {
        loop {
            let start = self.source.mark();
            let Some(part) = self.source.next_part()? else {
                let is_cut = assembler.has_events();
                return if is_cut { Err(GenerationError::Incomplete.into()) } else { Ok(None) };
            };
            let current = assembler.number();
            match (number(&part), part) {
                (None, _) => return Ok(Some(self.source.mark())),
                (Some(0), _) => return Err(GenerationError::Zero.into()),
                (Some(other), _) if current != 0 && other != current => {
                    return Err(GenerationError::Interleaved.into());
                }
                (_, Part::Batch(batch)) => assembler.add(&batch)?,
                (_, Part::Record(record)) => add_experiment(&record, assembler),
            }
            self.last_part = start;
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(&mut self, assembler: &mut Assembler<'_>) -> Result<Option<Mark>> {
        loop {
            let start = self.source.mark();
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) => return Ok((assembler.number() != 0).then_some(start)),
                Err(error) if assembler.number() == 0 => return Err(error.into()),
                // Perhaps this is the first batch of the next generation, and this one is complete.
                Err(error) => {
                    self.pending = Some(error.into());
                    return Ok(Some(start));
                }
            };
            let current = assembler.number();
            match (number(&part), part) {
                (None | Some(0), _) => return Err(GenerationError::Zero.into()),
                (Some(next), Part::Batch(_)) if current != 0 && next == current.wrapping_add(1) => {
                    return Ok(Some(start));
                }
                (Some(other), _) if current != 0 && other != current => {
                    return Err(GenerationError::Interleaved.into());
                }
                (_, Part::Batch(batch)) => assembler.add(&batch)?,
                (_, Part::Record(record)) => add_experiment(&record, assembler),
            }
            self.last_part = start;
        }
    }
}

fn add_experiment(record: &Record<'_>, assembler: &mut Assembler<'_>) {
    if let (&[experiment, generation, thread, time], Some(data)) = (record.args(), record.data()) {
        assembler.add_experiment([experiment, generation, thread, time], data);
    }
}

/// The generation that a part belongs to. The end of a generation does not say.
fn number(part: &Part<'_>) -> Option<u64> {
    match part {
        Part::Batch(batch) => Some(batch.header.generation),
        Part::Record(record) => record.arg("gen"),
    }
}
