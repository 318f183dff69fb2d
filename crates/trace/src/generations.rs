//! The events of a trace of family v2, generation by generation.
//!
//! A generation is read whole, then its threads are merged through the [`Frontier`], event by event, as the
//! [`Order`] allows, and the samples of the CPU profiler by their times.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, FormatVersion, Part, RawBatch};

use crate::{
    error::{ErrorKind, GenerationError},
    event::{ClockSnapshot, Event, EventKind, Sync},
    generation::{Assembler, CpuSample, ExperimentalBatch, Generation},
    id::{GoId, ProcId, ThreadId},
    order::{
        Order, Step,
        frontier::{Cursor, Frontier},
        rule::Rule,
    },
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
    order: Order,
    frontier: Frontier,
    generation: Option<Generation>,
    /// How many of the generation's samples have been given out.
    samples_taken: usize,
    /// The first batch of the next generation: before 1.26 nothing else told that one had ended.
    spill: Option<Spill>,
    /// An error behind the generation that is being read.
    pending: Option<ErrorKind>,
    state: State,
    syncs: u32,
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
    pub(crate) fn new(source: goscope_wire::Reader<R>) -> Self {
        Self {
            version: source.header().version(),
            source,
            order: Order::default(),
            frontier: Frontier::default(),
            generation: None,
            samples_taken: 0,
            spill: None,
            pending: None,
            state: State::Reading,
            syncs: 0,
        }
    }

    /// The generation that is being read.
    pub(crate) fn number(&self) -> Option<u64> {
        self.generation.as_ref().map(|generation| generation.number)
    }

    /// The batches of experiments of the generation that is being read.
    pub(crate) fn experimental_batches(&self) -> &[ExperimentalBatch] {
        self.generation.as_ref().map_or(&[], |generation| &generation.experiments)
    }

    /// The next event, whose time may be that of the one before; or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self, tables: &mut Tables) -> Result<Option<&mut Event>> {
        if self.order.is_empty() && !self.refill(tables)? {
            return Ok(None);
        }
        Ok(self.order.next())
    }

    /// Puts at least one event into the order. `false` at the end.
    #[inline]
    fn refill(&mut self, tables: &mut Tables) -> Result<bool> {
        if self.frontier.is_empty() && self.next_sample().is_none() {
            return self.next_generation(tables);
        }
        match self.due_sample() {
            Some(sample) => self.take_sample(sample)?,
            None => self.advance()?,
        }
        Ok(true)
    }

    fn next_sample(&self) -> Option<CpuSample> {
        self.generation.as_ref()?.samples.get(self.samples_taken).copied()
    }

    /// The next sample of the CPU profiler, if it comes before the events of all threads.
    fn due_sample(&self) -> Option<CpuSample> {
        let sample = self.next_sample()?;
        self.frontier.time().is_none_or(|time| sample.time < time).then_some(sample)
    }

    fn take_sample(&mut self, sample: CpuSample) -> Result<()> {
        self.samples_taken += 1;
        let stack = self.generation.as_ref().and_then(|generation| generation.stack(sample.stack));
        let CpuSample { time, thread, proc, goroutine, .. } = sample;
        let stack = stack.ok_or(Rule::UnknownStack)?;
        self.order.push(Event { time, thread, proc, goroutine, stack, kind: EventKind::StackSample });
        Ok(())
    }

    /// Takes the event of the first thread that can go on.
    fn advance(&mut self) -> Result<()> {
        if self.try_advance(0)? {
            return Ok(());
        }
        self.frontier.sort();
        for place in 1..self.frontier.len() {
            if self.try_advance(place)? {
                return Ok(());
            }
        }
        Err(ErrorKind::NoOrder)
    }

    #[inline]
    fn try_advance(&mut self, place: usize) -> Result<bool> {
        let Some(generation) = &self.generation else { return Ok(false) };
        let cursor = self.frontier.get(place);
        let thread = cursor.thread();
        if self.order.advance(&cursor.candidate(generation), thread)? == Step::NotYet {
            return Ok(false);
        }
        if !thread.is_placed() {
            cursor.bind(self.order.bind(thread.id()));
        }
        self.frontier.advance(place, generation).map_err(GenerationError::Batch)?;
        Ok(true)
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
        self.samples_taken = 0;
        self.frontier.clear();
        for (index, thread) in generation.threads.iter().enumerate() {
            let mut cursor = Cursor::new(index, self.order.bind(thread.thread), self.version);
            if cursor.advance(&generation).map_err(GenerationError::Batch)? {
                self.frontier.insert(cursor);
            }
        }
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
        self.order.push(Event {
            time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            stack: StackId::NONE,
            kind: EventKind::Sync(Sync { n: self.syncs, clock }),
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
        Ok(Some(assembler.finish(tables)?))
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(&mut self, assembler: &mut Assembler, tables: &mut Tables) -> Result<bool> {
        loop {
            let Some(part) = self.source.next_part()? else {
                return if assembler.has_events() {
                    Err(GenerationError::Incomplete.into())
                } else {
                    Ok(false)
                };
            };
            let number = number(&part);
            match part {
                Part::Record(record) if number.is_none() => {
                    debug_assert_eq!(record.name(), "EndOfGeneration");
                    return Ok(true);
                }
                _ if number == Some(0) => return Err(GenerationError::Zero.into()),
                _ if assembler.number() != 0 && number != Some(assembler.number()) => {
                    return Err(GenerationError::Interleaved.into());
                }
                Part::Batch(batch) => assembler.add(&batch, tables)?,
                Part::Record(record) => assembler.add_experiment(&record),
            }
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(&mut self, assembler: &mut Assembler, tables: &mut Tables) -> Result<bool> {
        if let Some(Spill { header, bytes, offset }) = self.spill.take() {
            assembler.add(&RawBatch { header, bytes: &bytes, offset }, tables)?;
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
                    let RawBatch { header, bytes, offset } = batch;
                    self.spill = Some(Spill { header, bytes: bytes.to_vec(), offset });
                    return Ok(true);
                }
                (Some(other), _) if current != 0 && other != current => {
                    return Err(GenerationError::Interleaved.into());
                }
                (_, Part::Batch(batch)) => assembler.add(&batch, tables)?,
                (_, Part::Record(record)) => assembler.add_experiment(&record),
            }
        }
    }
}

/// The generation that a part belongs to. The end of a generation does not say.
fn number(part: &Part<'_>) -> Option<u64> {
    match part {
        Part::Batch(batch) => Some(batch.header.generation),
        Part::Record(record) => record.arg("gen"),
    }
}
