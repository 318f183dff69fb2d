//! The reader: ordered, validated events, one generation in memory at a time.
//!
//! The first and the last event of a trace are a [`Sync`], and so is one between any two generations. No two
//! events have the same time: where clocks tell the same, the later one is moved by a nanosecond.
//!
//! Source: Go 1.27.3 `internal/trace/reader.go`.

use std::io::Read;

use goscope_wire::{BatchHeader, Family, FormatVersion, Part, RawBatch};

use crate::{
    error::{Error, ErrorKind, GenerationError, Place, Result},
    event::{Event, EventKind, Sync},
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

/// Reads a trace in order.
///
/// ```
/// use goscope_trace::{EventKind, GoState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut created = 0;
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::GoTransition(transition) = event.kind {
///         created += u64::from(transition.from == GoState::NotExist);
///     }
/// }
/// assert!(created > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    source: goscope_wire::Reader<R>,
    version: FormatVersion,
    tables: Tables,
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
    place: Place,
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
    Done,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When the source fails, or is no trace of a version that can be read.
    pub fn new(source: R) -> Result<Self> {
        let fail = |kind| Error::new(kind, Place::default());
        let source = goscope_wire::Reader::new(source).map_err(|error| fail(error.into()))?;
        let version = source.header().version();
        if version.family() == Family::V1 {
            return Err(fail(ErrorKind::Unsupported(version)));
        }
        Ok(Self {
            source,
            version,
            tables: Tables::default(),
            order: Order::default(),
            frontier: Frontier::default(),
            generation: None,
            samples_taken: 0,
            spill: None,
            pending: None,
            state: State::Reading,
            syncs: 0,
            place: Place { time: TraceTime(0), ..Place::default() },
        })
    }

    /// The version of the trace.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.version
    }

    /// The strings and stacks that the events so far refer to.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The batches of experiments of the generation that the events since the last sync belong to.
    #[must_use]
    pub fn experimental_batches(&self) -> &[ExperimentalBatch] {
        self.generation.as_ref().map_or(&[], |generation| &generation.experiments)
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or the trace is damaged or breaks a rule of the scheduler. There are no more events
    /// then.
    pub fn next_event(&mut self) -> Result<Option<Event>> {
        if self.state == State::Done {
            return Ok(None);
        }
        match self.next_unplaced() {
            Ok(event) => Ok(event.map(|event| self.placed(event))),
            Err(kind) => {
                self.state = State::Done;
                Err(Error::new(kind, self.place))
            }
        }
    }

    /// Gives an event a time of its own.
    fn placed(&mut self, mut event: Event) -> Event {
        if event.time <= self.place.time {
            event.time = self.place.time.next();
        }
        self.place.time = event.time;
        self.place.event += 1;
        event
    }

    fn next_unplaced(&mut self) -> std::result::Result<Option<Event>, ErrorKind> {
        if let Some(event) = self.order.next() {
            return Ok(Some(event));
        }
        if self.frontier.is_empty() && self.next_sample().is_none() {
            return self.next_generation();
        }
        if let Some(sample) = self.due_sample() {
            return self.take_sample(sample).map(Some);
        }
        self.advance()?;
        Ok(self.order.next())
    }

    fn next_sample(&self) -> Option<CpuSample> {
        self.generation.as_ref()?.samples.get(self.samples_taken).copied()
    }

    /// The next sample of the CPU profiler, if it comes before the events of all threads.
    fn due_sample(&self) -> Option<CpuSample> {
        let sample = self.next_sample()?;
        self.frontier.time().is_none_or(|time| sample.time < time).then_some(sample)
    }

    fn take_sample(&mut self, sample: CpuSample) -> std::result::Result<Event, ErrorKind> {
        self.samples_taken += 1;
        let stack = self.generation.as_ref().and_then(|generation| generation.stack(sample.stack));
        let CpuSample { time, thread, proc, goroutine, .. } = sample;
        let stack = stack.ok_or(Rule::UnknownStack)?;
        Ok(Event { time, thread, proc, goroutine, stack, kind: EventKind::StackSample })
    }

    /// Takes the event of the first thread that can go on.
    fn advance(&mut self) -> std::result::Result<(), ErrorKind> {
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
    fn try_advance(&mut self, place: usize) -> std::result::Result<bool, ErrorKind> {
        let Some(generation) = &self.generation else { return Ok(false) };
        let cursor = self.frontier.get(place);
        if self.order.advance(&cursor.candidate(generation), cursor.thread)? == Step::NotYet {
            return Ok(false);
        }
        self.frontier.advance(place, generation).map_err(GenerationError::Batch)?;
        Ok(true)
    }

    /// Goes to the next generation, and gives out the sync before it, or at the end.
    fn next_generation(&mut self) -> std::result::Result<Option<Event>, ErrorKind> {
        if self.state == State::Synced {
            self.state = State::Done;
            return self.pending.take().map_or(Ok(None), Err);
        }
        let generation = match self.pending.take() {
            Some(kind) => Err(kind),
            None => self.read_generation(),
        };
        match generation {
            Ok(Some(generation)) => self.install(generation).map(Some),
            Ok(None) => Ok(Some(self.last_sync())),
            Err(kind) => {
                self.pending = Some(kind);
                Ok(Some(self.last_sync()))
            }
        }
    }

    fn install(&mut self, generation: Generation) -> std::result::Result<Event, ErrorKind> {
        self.place.generation = Some(generation.number);
        self.samples_taken = 0;
        for (index, thread) in generation.threads.iter().enumerate() {
            let mut cursor = Cursor::new(index, thread, self.version);
            if cursor.advance(&generation).map_err(GenerationError::Batch)? {
                self.frontier.insert(cursor);
            }
        }
        let sync = self.sync(generation.tick.time(generation.start), generation.clock);
        self.generation = Some(generation);
        Ok(sync)
    }

    fn last_sync(&mut self) -> Event {
        self.state = State::Synced;
        self.generation = None;
        self.sync(self.place.time, None)
    }

    fn sync(&mut self, time: TraceTime, clock: Option<crate::event::ClockSnapshot>) -> Event {
        self.syncs += 1;
        Event {
            time,
            thread: ThreadId::NONE,
            proc: ProcId::NONE,
            goroutine: GoId::NONE,
            stack: StackId::NONE,
            kind: EventKind::Sync(Sync { n: self.syncs, clock }),
        }
    }

    /// Reads to the end of a generation. `None` at the end of the trace.
    fn read_generation(&mut self) -> std::result::Result<Option<Generation>, ErrorKind> {
        let mut assembler = Assembler::new(self.version);
        let is_complete = if self.version >= FormatVersion::V1_26 {
            self.read_to_end_mark(&mut assembler)?
        } else {
            self.read_to_next(&mut assembler)?
        };
        if !is_complete {
            return Ok(None);
        }
        Ok(Some(assembler.finish(&mut self.tables)?))
    }

    /// Since 1.26 a generation has an explicit end.
    fn read_to_end_mark(&mut self, assembler: &mut Assembler) -> std::result::Result<bool, ErrorKind> {
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
                Part::Batch(batch) => assembler.add(&batch, &mut self.tables)?,
                Part::Record(record) => assembler.add_experiment(&record),
            }
        }
    }

    /// Before 1.26 a generation ended where the next one began.
    fn read_to_next(&mut self, assembler: &mut Assembler) -> std::result::Result<bool, ErrorKind> {
        if let Some(Spill { header, bytes, offset }) = self.spill.take() {
            assembler.add(&RawBatch { header, bytes: &bytes, offset }, &mut self.tables)?;
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
                (_, Part::Batch(batch)) => assembler.add(&batch, &mut self.tables)?,
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
