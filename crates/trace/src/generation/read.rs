//! Reading a generation: batches from the source, up to where it ends.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`, `internal/trace/generation.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, FormatVersion, Part, RawBatch, Reader};

use super::{Assembler, Generation};
use crate::{
    error::{ErrorKind, GenerationError},
    recover::{Remedy, Salvage},
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
    spill: Option<Spill>,
    /// An error behind the generation that was read last.
    pending: Option<ErrorKind>,
}

/// A batch that was read too early.
#[derive(Debug)]
struct Spill {
    header: BatchHeader,
    bytes: Vec<u8>,
    offset: u64,
}

impl<R: Read> GenerationReader<R> {
    pub(crate) fn new(source: Reader<R>) -> Self {
        Self { version: source.header().version(), source, spill: None, pending: None }
    }

    /// Reads to the end of a generation. `None` at the end of the trace. The last event was at the time `now`.
    pub(crate) fn next(
        &mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
    ) -> Result<Option<Generation>> {
        if let Some(kind) = self.pending.take() {
            return Err(kind);
        }
        let mut assembler = Assembler::new(self.version);
        let is_complete = if self.version >= FormatVersion::V1_26 {
            self.read_to_end_mark(&mut assembler, tables, salvage, now)?
        } else {
            self.read_to_next(&mut assembler, tables, salvage, now)?
        };
        if !is_complete {
            return Ok(None);
        }
        Ok(Some(assembler.finish(tables, salvage)?))
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(
        &mut self,
        assembler: &mut Assembler,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
    ) -> Result<bool> {
        self.add_spill(assembler, tables, salvage)?;
        loop {
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) if !assembler.has_events() => return Ok(false),
                Ok(None) => {
                    assembler.tolerate(GenerationError::Incomplete, Remedy::DoneWithout, salvage)?;
                    return Ok(true);
                }
                Err(error) => return self.end_cut(error.into(), assembler, tables, salvage, now),
            };
            let number = number(&part);
            let is_other = assembler.number() != 0 && number != Some(assembler.number());
            match part {
                Part::Record(_) if number.is_none() => return Ok(true),
                _ if number == Some(0) => {
                    assembler.tolerate(GenerationError::Zero, Remedy::DoneWithout, salvage)?;
                }
                Part::Batch(batch) if is_other => {
                    assembler.tolerate(GenerationError::Interleaved, Remedy::DoneWithout, salvage)?;
                    self.spill = Some(Spill::of(&batch));
                    return Ok(true);
                }
                Part::Record(_) if is_other => {
                    assembler.tolerate(GenerationError::Interleaved, Remedy::DoneWithout, salvage)?;
                }
                Part::Batch(batch) => add(&batch, assembler, tables, salvage)?,
                Part::Record(record) => assembler.add_experiment(&record),
            }
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(
        &mut self,
        assembler: &mut Assembler,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
    ) -> Result<bool> {
        self.add_spill(assembler, tables, salvage)?;
        loop {
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(assembler.number() != 0),
                Err(error) if salvage.is_some() => {
                    return self.end_cut(error.into(), assembler, tables, salvage, now);
                }
                Err(error) if assembler.number() == 0 => return Err(error.into()),
                // Perhaps this is the first batch of the next generation, and this one is complete.
                Err(error) => {
                    self.pending = Some(error.into());
                    return Ok(true);
                }
            };
            let current = assembler.number();
            match (number(&part), part) {
                (None | Some(0), _) => {
                    assembler.tolerate(GenerationError::Zero, Remedy::DoneWithout, salvage)?;
                }
                (Some(next), Part::Batch(batch)) if current != 0 && next == current.wrapping_add(1) => {
                    self.spill = Some(Spill::of(&batch));
                    return Ok(true);
                }
                (Some(other), _) if current != 0 && other != current => {
                    assembler.tolerate(GenerationError::Interleaved, Remedy::DoneWithout, salvage)?;
                }
                (_, Part::Batch(batch)) => add(&batch, assembler, tables, salvage)?,
                (_, Part::Record(record)) => assembler.add_experiment(&record),
            }
        }
    }

    fn add_spill(
        &mut self,
        assembler: &mut Assembler,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
    ) -> Result<()> {
        let Some(Spill { header, bytes, offset }) = self.spill.take() else { return Ok(()) };
        add(&RawBatch { header, bytes: &bytes, offset }, assembler, tables, salvage)
    }

    /// The bytes end here, or make no sense from here on. Of a batch that is cut, what there is counts.
    #[cold]
    fn end_cut(
        &mut self,
        kind: ErrorKind,
        assembler: &mut Assembler,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
        now: TraceTime,
    ) -> Result<bool> {
        let Some(notes) = salvage else { return Err(kind) };
        notes.note(kind, Remedy::Ended, Some(assembler.number()), now);
        assembler.mark_damaged();
        if let Some(batch) = self.source.cut_batch() {
            let is_next = assembler.number() != 0 && batch.header.generation != assembler.number();
            match is_next {
                true => self.spill = Some(Spill::of(&batch)),
                false => add(&batch, assembler, tables, salvage)?,
            }
        }
        Ok(assembler.has_events())
    }
}

impl Spill {
    fn of(batch: &RawBatch<'_>) -> Self {
        Self { header: batch.header, bytes: batch.bytes.to_vec(), offset: batch.offset }
    }
}

/// Adds a batch to a generation; one that makes no sense is left out if the reader salvages.
fn add(
    batch: &RawBatch<'_>,
    assembler: &mut Assembler,
    tables: &mut Tables,
    salvage: &mut Option<Salvage>,
) -> Result<()> {
    match assembler.add(batch, tables) {
        Ok(()) => Ok(()),
        Err(error) => Ok(assembler.tolerate(error, Remedy::DoneWithout, salvage)?),
    }
}

/// The generation that a part belongs to. The end of a generation does not say.
fn number(part: &Part<'_>) -> Option<u64> {
    match part {
        Part::Batch(batch) => Some(batch.header.generation),
        Part::Record(record) => record.arg("gen"),
    }
}
