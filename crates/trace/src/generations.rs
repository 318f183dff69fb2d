//! The events of a trace of family v2, generation by generation.
//!
//! A generation is read whole, then its threads are merged through the [`Frontier`], event by event, as the
//! [`Order`] allows, and the samples of the CPU profiler by their times.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use std::io::Read;

use goscope_wire::FormatVersion;

use crate::{
    error::{ErrorKind, GenerationError},
    event::{ClockSnapshot, Event, EventKind, Sync},
    generation::{CpuSample, ExperimentalBatch, Generation, GenerationReader},
    id::{GoId, ProcId, ThreadId},
    order::{
        Order, Step,
        frontier::{Cursor, Frontier},
        rule::Rule,
    },
    recover::{Diagnostic, Remedy, Salvage},
    tables::{StackId, Tables},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// Reads the generations of a trace and puts their events in order.
#[derive(Debug)]
pub(crate) struct Generations<R> {
    source: GenerationReader<R>,
    version: FormatVersion,
    order: Order,
    frontier: Frontier,
    generation: Option<Generation>,
    /// How many of the generation's samples have been given out.
    samples_taken: usize,
    /// An error behind the generation that is being read.
    pending: Option<ErrorKind>,
    state: State,
    syncs: u32,
    /// Where reading goes on behind damage, what it met.
    salvage: Option<Salvage>,
    /// The time of the last event.
    now: TraceTime,
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
            source: GenerationReader::new(source),
            order: Order::default(),
            frontier: Frontier::default(),
            generation: None,
            samples_taken: 0,
            pending: None,
            state: State::Reading,
            syncs: 0,
            salvage: salvages.then(Salvage::default),
            now: TraceTime::default(),
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

    /// The next event, whose time may be that of the one before; or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self, tables: &mut Tables) -> Result<Option<&mut Event>> {
        while self.order.is_empty() {
            match self.refill(tables) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(kind) => self.give_up_generation(kind)?,
            }
        }
        let event = self.order.next();
        if let Some(event) = &event {
            self.now = event.time;
        }
        Ok(event)
    }

    /// Leaves out what is left of the generation, if the reader salvages. The next one is a new beginning.
    #[cold]
    fn give_up_generation(&mut self, kind: ErrorKind) -> Result<()> {
        let Some(salvage) = &mut self.salvage else { return Err(kind) };
        let generation = self.generation.take();
        let bytes = generation.as_ref().map_or(0, |generation| self.frontier.bytes_left(generation));
        let remedy = if generation.is_some() { Remedy::LeftOut { bytes } } else { Remedy::Ended };
        salvage.note(kind, remedy, generation.map(|generation| generation.number), self.now);
        self.frontier.clear();
        self.order = Order::default();
        Ok(())
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
        self.supply()
    }

    /// What the earliest event waits for was lost, if the reader salvages: then it is supplied.
    #[cold]
    fn supply(&mut self) -> Result<()> {
        let (Some(salvage), Some(generation)) = (&mut self.salvage, &self.generation) else {
            return Err(ErrorKind::NoOrder);
        };
        let cursor = self.frontier.get(0);
        if !self.order.supply(&cursor.candidate(generation), cursor.thread()) {
            return Err(ErrorKind::NoOrder);
        }
        salvage.note_supplied(generation.number, self.now);
        if self.try_advance(0)? { Ok(()) } else { Err(ErrorKind::NoOrder) }
    }

    #[inline]
    fn try_advance(&mut self, place: usize) -> Result<bool> {
        let Some(generation) = &self.generation else { return Ok(false) };
        let cursor = self.frontier.get(place);
        let thread = cursor.thread();
        match self.order.advance(&cursor.candidate(generation), thread) {
            Ok(Step::Advanced) => {}
            Ok(Step::NotYet) => return Ok(false),
            Err(rule) => leave_out(rule, generation.number, self.now, &mut self.salvage)?,
        }
        if !thread.is_placed() {
            cursor.bind(self.order.bind(thread.id()));
        }
        if let Err(kind) = self.frontier.advance(place, generation) {
            self.give_up_thread(place, kind)?;
        }
        Ok(true)
    }

    /// Leaves out what is left of a thread in the generation, if the reader salvages.
    #[cold]
    fn give_up_thread(&mut self, place: usize, kind: goscope_wire::ErrorKind) -> Result<()> {
        let kind = GenerationError::Batch(kind).into();
        let (Some(salvage), Some(generation)) = (&mut self.salvage, &self.generation) else {
            return Err(kind);
        };
        self.frontier.remove(place);
        salvage.note(kind, Remedy::DoneWithout, Some(generation.number), self.now);
        Ok(())
    }

    /// Goes to the next generation, and gives out the sync before it, or at the end.
    #[cold]
    fn next_generation(&mut self, tables: &mut Tables) -> Result<bool> {
        if self.state == State::Synced {
            return self.pending.take().map_or(Ok(false), Err);
        }
        if let (Some(salvage), Some(generation)) = (&mut self.salvage, &self.generation) {
            generation.note_missing(salvage, self.now);
        }
        let generation = match self.pending.take() {
            Some(kind) => Err(kind),
            None => self.source.next(tables, &mut self.salvage, self.now),
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
            match (cursor.advance(&generation), &mut self.salvage) {
                (Ok(true), _) => self.frontier.insert(cursor),
                (Ok(false), _) => {}
                (Err(kind), None) => return Err(GenerationError::Batch(kind).into()),
                (Err(kind), Some(salvage)) => {
                    let kind = GenerationError::Batch(kind).into();
                    salvage.note(kind, Remedy::DoneWithout, Some(generation.number), self.now);
                }
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
}

/// Leaves out an event that breaks a rule, if the reader salvages.
#[cold]
fn leave_out(rule: Rule, generation: u64, now: TraceTime, salvage: &mut Option<Salvage>) -> Result<()> {
    match salvage {
        Some(salvage) => salvage.note_skipped(rule, generation, now),
        None => return Err(rule.into()),
    }
    Ok(())
}
