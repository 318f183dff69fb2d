//! Reading a generation: batches from the source, up to where it ends.
//!
//! The first thing that is wrong ends the reading. [`Gatherer`] does the same for damaged traces.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`, `internal/trace/generation.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, FormatVersion, Part, RawBatch, Reader, Record};

use super::{Assembler, Generation, gather::Gatherer};
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
    /// The first batch of the next generation: before 1.26 nothing else told that one had ended.
    spill: Option<OwnedBatch>,
    /// An error behind the generation that was read last.
    pending: Option<ErrorKind>,
    gatherer: Gatherer,
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
    pub(crate) fn new(source: Reader<R>) -> Self {
        let version = source.header().version();
        Self { version, source, spill: None, pending: None, gatherer: Gatherer::default() }
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
        let salvages = salvage.is_some();
        if let Some(salvage) = salvage {
            salvage.now = now;
        }
        let mut assembler = Assembler::new(self.version, tables, salvage, buffer);
        let is_there = if salvages {
            self.gatherer.gather(&mut self.source, &mut assembler)
        } else if self.version >= FormatVersion::V1_26 {
            self.read_to_end_mark(&mut assembler)?
        } else {
            self.read_to_next(&mut assembler)?
        };
        if is_there { Ok(Some(assembler.finish()?)) } else { Ok(None) }
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(&mut self, assembler: &mut Assembler<'_>) -> Result<bool> {
        loop {
            let Some(part) = self.source.next_part()? else {
                let is_cut = assembler.has_events();
                return if is_cut { Err(GenerationError::Incomplete.into()) } else { Ok(false) };
            };
            let current = assembler.number();
            match (number(&part), part) {
                (None, _) => return Ok(true),
                (Some(0), _) => return Err(GenerationError::Zero.into()),
                (Some(other), _) if current != 0 && other != current => {
                    return Err(GenerationError::Interleaved.into());
                }
                (_, Part::Batch(batch)) => assembler.add(&batch)?,
                (_, Part::Record(record)) => add_experiment(&record, assembler),
            }
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(&mut self, assembler: &mut Assembler<'_>) -> Result<bool> {
        if let Some(batch) = self.spill.take() {
            assembler.add(&batch.as_raw())?;
        }
        loop {
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(assembler.number() != 0),
                Err(error) if assembler.number() == 0 => return Err(error.into()),
                // Perhaps this is the first batch of the next generation, and this one is complete.
                Err(error) => {
                    self.pending = Some(error.into());
                    return Ok(true);
                }
            };
            let current = assembler.number();
            match (number(&part), part) {
                (None | Some(0), _) => return Err(GenerationError::Zero.into()),
                (Some(next), Part::Batch(batch)) if current != 0 && next == current.wrapping_add(1) => {
                    self.spill = Some(OwnedBatch::of(&batch));
                    return Ok(true);
                }
                (Some(other), _) if current != 0 && other != current => {
                    return Err(GenerationError::Interleaved.into());
                }
                (_, Part::Batch(batch)) => assembler.add(&batch)?,
                (_, Part::Record(record)) => add_experiment(&record, assembler),
            }
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
