//! The events of a trace of family v2, generation by generation.
//!
//! A generation is read whole, then the [`Merger`] puts its events in order, chunk by chunk.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, FormatVersion, Part, RawBatch};

use crate::{
    chunk::Chunk,
    error::{ErrorKind, GenerationError},
    event::{ClockSnapshot, Event, EventKind, Sync},
    generation::{Assembler, ExperimentalBatch, Generation},
    id::{GoId, ProcId, ThreadId},
    order::merge::Merger,
    recover::{Diagnostic, Remedy, Salvage},
    tables::{StackId, Tables},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Reads the generations of a trace and puts their events in order.
#[derive(Debug)]
pub(crate) struct Generations<R> {
    source: goscope_wire::Reader<R>,
    version: FormatVersion,
    merger: Merger,
    generation: Option<Generation>,
    /// The first batch of the next generation: before 1.26 nothing else told that one had ended.
    spill: Option<Spill>,
    /// An error behind the generation that is being read.
    pending: Option<ErrorKind>,
    state: State,
    syncs: u32,
    /// Where reading goes on behind damage, what it met.
    salvage: Option<Salvage>,
    /// What is wrong behind the events that have been given.
    failure: Option<ErrorKind>,
}

/// A batch that was read too early.
#[derive(Debug)]
struct Spill {
    header: BatchHeader,
    bytes: Vec<u8>,
    offset: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Another generation may come.
    Reading,
    /// The last sync has been given out; perhaps an error follows.
    Synced,
}

/// Before every other time: an event of this time comes right after the one before it.
const SOON: TraceTime = TraceTime(i64::MIN);

impl<R: Read> Generations<R> {
    pub(crate) fn new(source: goscope_wire::Reader<R>, salvages: bool) -> Self {
        Self {
            version: source.header().version(),
            source,
            merger: Merger::new(),
            generation: None,
            spill: None,
            pending: None,
            state: State::Reading,
            syncs: 0,
            salvage: salvages.then(Salvage::default),
            failure: None,
        }
    }

    /// What was wrong and was done about it, so far.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        self.salvage.as_ref().map_or(&[], |salvage| &salvage.diagnostics)
    }

    /// The generation that is being read.
    pub(crate) fn number(&self) -> Option<u64> {
        self.generation.as_ref().map(|generation| generation.number)
    }

    /// The batches of experiments of the generation that is being read.
    pub(crate) fn experimental_batches(&self) -> &[ExperimentalBatch] {
        self.generation.as_ref().map_or(&[], |generation| &generation.experiments)
    }

    /// The events that [`Self::fill`] has given.
    #[inline]
    pub(crate) fn chunk(&mut self) -> &mut Chunk {
        &mut self.merger.order.out
    }

    /// Fills the chunk with the events that follow, all of one generation. `false` at the end.
    pub(crate) fn fill(&mut self, tables: &mut Tables) -> Result<bool> {
        self.chunk().clear();
        if let Some(kind) = self.failure.take() {
            return Err(kind);
        }
        match self.fill_on(tables) {
            // What comes before the failure comes out before it.
            Err(kind) if !self.chunk().is_empty() => self.failure = Some(kind),
            result => result?,
        }
        Ok(!self.chunk().is_empty())
    }

    fn fill_on(&mut self, tables: &mut Tables) -> Result<()> {
        loop {
            if let Err(kind) = self.merge() {
                self.give_up_generation(kind)?;
            }
            if !self.chunk().is_empty() {
                return Ok(());
            }
            match self.next_generation(tables) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(kind) => self.give_up_generation(kind)?,
            }
        }
    }

    fn merge(&mut self) -> Result<()> {
        match &self.generation {
            Some(generation) => self.merger.merge(generation, &mut self.salvage),
            None => Ok(()),
        }
    }

    /// Leaves out what is left of the generation, if the reader salvages. The next one is a new beginning.
    #[cold]
    fn give_up_generation(&mut self, kind: ErrorKind) -> Result<()> {
        let now = self.chunk().now();
        let Some(salvage) = &mut self.salvage else { return Err(kind) };
        let generation = self.generation.take();
        let remedy = match &generation {
            Some(generation) => Remedy::LeftOut { bytes: self.merger.give_up(generation) },
            None => Remedy::Ended,
        };
        salvage.note(kind, remedy, generation.map(|generation| generation.number), now);
        Ok(())
    }

    /// Goes to the next generation, and gives out the sync before it, or at the end.
    #[cold]
    fn next_generation(&mut self, tables: &mut Tables) -> Result<bool> {
        if self.state == State::Synced {
            return self.pending.take().map_or(Ok(false), Err);
        }
        let generation = match self.pending.take() {
            Some(kind) => Err(kind),
            None => self.read_generation(tables),
        };
        match generation {
            Ok(Some(generation)) => self.install(generation)?,
            Ok(None) => self.last_sync(),
            Err(kind) => {
                self.pending = Some(kind);
                self.last_sync();
            }
        }
        Ok(true)
    }

    fn install(&mut self, generation: Generation) -> Result<()> {
        self.merger.enter(&generation, &mut self.salvage)?;
        self.sync(generation.tick.time(generation.start), generation.clock);
        self.generation = Some(generation);
        Ok(())
    }

    fn last_sync(&mut self) {
        self.state = State::Synced;
        self.generation = None;
        self.sync(SOON, None);
    }

    fn sync(&mut self, time: TraceTime, clock: Option<ClockSnapshot>) {
        self.syncs += 1;
        let n = self.syncs;
        self.chunk().push(Event {
            time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            stack: StackId::NONE,
            kind: EventKind::Sync(Sync { n, clock }),
        });
    }

    /// Reads to the end of a generation. `None` at the end of the trace.
    fn read_generation(&mut self, tables: &mut Tables) -> Result<Option<Generation>> {
        let mut assembler = Assembler::new(self.version);
        let is_complete = if self.version >= FormatVersion::V1_26 {
            self.read_to_end_mark(&mut assembler, tables)?
        } else {
            self.read_to_next(&mut assembler, tables)?
        };
        if !is_complete {
            return Ok(None);
        }
        Ok(Some(assembler.finish(tables, &mut self.salvage)?))
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(&mut self, assembler: &mut Assembler, tables: &mut Tables) -> Result<bool> {
        self.add_spill(assembler, tables)?;
        loop {
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) if !assembler.has_events() => return Ok(false),
                Ok(None) => {
                    assembler.tolerate(
                        GenerationError::Incomplete,
                        Remedy::DoneWithout,
                        &mut self.salvage,
                    )?;
                    return Ok(true);
                }
                Err(error) => return self.end_cut(error.into(), assembler, tables),
            };
            let number = number(&part);
            let is_other = assembler.number() != 0 && number != Some(assembler.number());
            match part {
                Part::Record(_) if number.is_none() => return Ok(true),
                _ if number == Some(0) => {
                    assembler.tolerate(GenerationError::Zero, Remedy::DoneWithout, &mut self.salvage)?;
                }
                Part::Batch(batch) if is_other => {
                    assembler.tolerate(
                        GenerationError::Interleaved,
                        Remedy::DoneWithout,
                        &mut self.salvage,
                    )?;
                    self.spill = Some(Spill::of(&batch));
                    return Ok(true);
                }
                Part::Record(_) if is_other => {
                    assembler.tolerate(
                        GenerationError::Interleaved,
                        Remedy::DoneWithout,
                        &mut self.salvage,
                    )?;
                }
                Part::Batch(batch) => add(&batch, assembler, tables, &mut self.salvage)?,
                Part::Record(record) => assembler.add_experiment(&record),
            }
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(&mut self, assembler: &mut Assembler, tables: &mut Tables) -> Result<bool> {
        self.add_spill(assembler, tables)?;
        loop {
            let part = match self.source.next_part() {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(assembler.number() != 0),
                Err(error) if self.salvage.is_some() => return self.end_cut(error.into(), assembler, tables),
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
                    assembler.tolerate(GenerationError::Zero, Remedy::DoneWithout, &mut self.salvage)?;
                }
                (Some(next), Part::Batch(batch)) if current != 0 && next == current.wrapping_add(1) => {
                    self.spill = Some(Spill::of(&batch));
                    return Ok(true);
                }
                (Some(other), _) if current != 0 && other != current => {
                    assembler.tolerate(
                        GenerationError::Interleaved,
                        Remedy::DoneWithout,
                        &mut self.salvage,
                    )?;
                }
                (_, Part::Batch(batch)) => add(&batch, assembler, tables, &mut self.salvage)?,
                (_, Part::Record(record)) => assembler.add_experiment(&record),
            }
        }
    }

    fn add_spill(&mut self, assembler: &mut Assembler, tables: &mut Tables) -> Result<()> {
        let Some(Spill { header, bytes, offset }) = self.spill.take() else { return Ok(()) };
        add(&RawBatch { header, bytes: &bytes, offset }, assembler, tables, &mut self.salvage)
    }

    /// The bytes end here, or make no sense from here on. Of a batch that is cut, what there is counts.
    #[cold]
    fn end_cut(&mut self, kind: ErrorKind, assembler: &mut Assembler, tables: &mut Tables) -> Result<bool> {
        let now = self.chunk().now();
        let Some(salvage) = &mut self.salvage else { return Err(kind) };
        salvage.note(kind, Remedy::Ended, Some(assembler.number()), now);
        assembler.mark_damaged();
        if let Some(batch) = self.source.cut_batch() {
            let is_next = assembler.number() != 0 && batch.header.generation != assembler.number();
            match is_next {
                true => self.spill = Some(Spill::of(&batch)),
                false => add(&batch, assembler, tables, &mut self.salvage)?,
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
