//! What is in a trace, counted record by record: the figures behind `goscope info` and `goscope footprint`.

use std::{
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
};

use crate::{
    header,
    record::Record,
    spec::{EventId, Experiment},
    v2::batch::BatchHeader,
    version::FormatVersion,
};

/// The threads, procs, generations and experiments that are remembered one by one, of each at most so many.
/// A file that names more is no trace of a real program.
const MAX_REMEMBERED: usize = 1 << 16;

/// The proc of batches of family v1 that no proc wrote.
const NO_PROC: u64 = u64::MAX;

/// What is in a trace.
///
/// ```
/// use goscope_wire::{Inventory, SliceReader};
///
/// let mut inventory = Inventory::default();
/// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03")?;
/// while let Some(record) = reader.next_record()? {
///     inventory.add(&record);
/// }
/// assert_eq!(inventory.records(), 2);
/// assert!(inventory.threads().eq([7]));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inventory {
    by_event: [Count; 256],
    batches: u64,
    experimental_batches: u64,
    threads: BTreeSet<u64>,
    procs: BTreeSet<u64>,
    experiments: BTreeSet<Experiment>,
    generations: Vec<Generation>,
    frequency: Option<u64>,
    first_clock: Option<ClockSnapshot>,
    span: Span,
}

/// How often something occurs, and in how many bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// The number of records.
    pub records: u64,
    /// Their bytes in the file.
    pub bytes: u64,
}

/// A generation: a part of a trace of family v2 that stands on its own, with its own strings and stacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Generation {
    /// Its number in the file.
    pub number: u64,
    /// Where it stands, in bytes from the start of the file.
    pub bytes: Range<u64>,
    /// Its batches, those of experiments included.
    pub batches: u64,
    /// Its records, the headers of batches included.
    pub records: u64,
    /// The ticks per second, if the generation says.
    pub frequency: Option<u64>,
    /// The clocks at its start, if the generation says.
    pub clock: Option<ClockSnapshot>,
    /// Whether the file says that the generation is complete. Only since 1.26 does it say so.
    pub ended: bool,
}

/// The clocks of a program at one moment: Go 1.25 and later write one for each generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSnapshot {
    /// The clock of the trace, in ticks.
    pub ticks: u64,
    /// The monotonic clock of the system, in nanoseconds.
    pub mono: u64,
    /// The wall clock, in seconds since the epoch of Unix.
    pub seconds: u64,
    /// The nanoseconds beside [`Self::seconds`].
    pub nanoseconds: u64,
}

/// The first and last moment of events, and the moment of the batch that is being read.
#[derive(Clone, Copy, Debug)]
struct Span {
    now: u64,
    first: u64,
    last: u64,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            by_event: [Count::default(); 256],
            batches: 0,
            experimental_batches: 0,
            threads: BTreeSet::new(),
            procs: BTreeSet::new(),
            experiments: BTreeSet::new(),
            generations: Vec::new(),
            frequency: None,
            first_clock: None,
            span: Span { now: 0, first: u64::MAX, last: 0 },
        }
    }
}

impl Inventory {
    /// Counts the next record of the trace.
    pub fn add(&mut self, record: &Record<'_>) {
        let count = &mut self.by_event[usize::from(record.id().0)];
        count.records += 1;
        count.bytes += record.bytes().len() as u64;
        let Some(spec) = record.spec() else { return self.extend_generation(record) };
        if spec.timed {
            self.add_timed(record);
        } else {
            self.add_structural(record);
        }
        if let Some(experiment) = spec.experiment {
            remember(&mut self.experiments, experiment);
        }
        self.extend_generation(record);
    }

    fn add_timed(&mut self, record: &Record<'_>) {
        let delta = usize::from(record.version() == FormatVersion::V1_5);
        self.span.now = self.span.now.wrapping_add(record.args().get(delta).copied().unwrap_or_default());
        match record.name() {
            // It was written long after it happened.
            "CPUSample" => return,
            "ProcStart" => self.add_proc_start(record),
            "ClockSnapshot" => self.add_clock(record),
            _ => {}
        }
        self.span.include_now();
    }

    /// In family v1 only the start of a proc tells of threads; in family v2 batches do.
    fn add_proc_start(&mut self, record: &Record<'_>) {
        if let Some(thread) = record.arg("thread") {
            remember(&mut self.threads, thread);
        }
        if let Some(proc) = record.arg("p") {
            remember(&mut self.procs, proc);
        }
    }

    fn add_clock(&mut self, record: &Record<'_>) {
        let &[_, mono, seconds, nanoseconds] = record.args() else { return };
        let clock = ClockSnapshot { ticks: self.span.now, mono, seconds, nanoseconds };
        self.first_clock.get_or_insert(clock);
        if let Some(generation) = self.generations.last_mut() {
            generation.clock.get_or_insert(clock);
        }
    }

    fn add_structural(&mut self, record: &Record<'_>) {
        match record.name() {
            "EventBatch" => self.add_batch(record),
            "ExperimentalBatch" => self.add_experimental_batch(record),
            "Batch" => self.add_v1_batch(record),
            "Frequency" => self.add_frequency(record),
            "EndOfGeneration" => {
                if let Some(generation) = self.generations.last_mut() {
                    generation.ended = true;
                }
            }
            _ => {}
        }
    }

    fn add_batch(&mut self, record: &Record<'_>) {
        let Some(header) = BatchHeader::of(record) else { return };
        self.batches += 1;
        self.span.now = header.time;
        if header.thread != BatchHeader::NO_THREAD {
            remember(&mut self.threads, header.thread);
        }
        self.enter_generation(header.generation, record.offset());
    }

    fn add_experimental_batch(&mut self, record: &Record<'_>) {
        let &[experiment, generation, _thread, time] = record.args() else { return };
        self.experimental_batches += 1;
        self.span.now = time;
        remember(&mut self.experiments, Experiment(experiment));
        self.enter_generation(generation, record.offset());
    }

    fn add_v1_batch(&mut self, record: &Record<'_>) {
        self.batches += 1;
        if let (Some(&proc), Some(&ticks)) = (record.args().first(), record.args().last()) {
            self.span.now = ticks;
            if proc != NO_PROC {
                remember(&mut self.procs, proc);
            }
        }
    }

    fn add_frequency(&mut self, record: &Record<'_>) {
        let frequency = record.args().first().copied();
        self.frequency = self.frequency.or(frequency);
        if let Some(generation) = self.generations.last_mut() {
            generation.frequency = generation.frequency.or(frequency);
        }
    }

    fn enter_generation(&mut self, number: u64, offset: u64) {
        let is_new = self.generations.last().is_none_or(|last| last.number != number || last.ended);
        if is_new && self.generations.len() < MAX_REMEMBERED {
            self.generations.push(Generation {
                number,
                bytes: offset..offset,
                batches: 0,
                records: 0,
                frequency: None,
                clock: None,
                ended: false,
            });
        }
        if let Some(generation) = self.generations.last_mut() {
            generation.batches += 1;
        }
    }

    fn extend_generation(&mut self, record: &Record<'_>) {
        if let Some(generation) = self.generations.last_mut() {
            generation.bytes.end = record.offset() + record.bytes().len() as u64;
            generation.records += 1;
        }
    }

    /// What was counted of a type of event.
    #[must_use]
    pub fn count(&self, event: EventId) -> Count {
        self.by_event[usize::from(event.0)]
    }

    /// The types of events that occur, by their numbers, with what was counted of each.
    pub fn counts(&self) -> impl Iterator<Item = (EventId, Count)> {
        let all = (0..=u8::MAX).map(EventId).zip(self.by_event);
        all.filter(|(_, count)| count.records > 0)
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_event.iter().map(|count| count.records).sum()
    }

    /// The bytes of all records and of the header.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        header::LEN as u64 + self.by_event.iter().map(|count| count.bytes).sum::<u64>()
    }

    /// The number of batches, those of experiments apart.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The number of batches of experiments.
    #[must_use]
    pub fn experimental_batches(&self) -> u64 {
        self.experimental_batches
    }

    /// The threads (M) that wrote batches, or, in family v1, that procs were started on; in order.
    pub fn threads(&self) -> impl ExactSizeIterator<Item = u64> {
        self.threads.iter().copied()
    }

    /// The procs (P) that were started, or, in family v1, that wrote batches; in order.
    pub fn procs(&self) -> impl ExactSizeIterator<Item = u64> {
        self.procs.iter().copied()
    }

    /// The experiments that events or batches belong to.
    pub fn experiments(&self) -> impl ExactSizeIterator<Item = Experiment> {
        self.experiments.iter().copied()
    }

    /// The generations, in the order of the file; none in family v1.
    #[must_use]
    pub fn generations(&self) -> &[Generation] {
        &self.generations
    }

    /// Whether the trace lacks its end: its program did not call `trace.Stop`, or the rest is cut off.
    ///
    /// The runtime ends a generation, and in family v1 the whole trace, by saying how long a tick is, and since
    /// 1.26 by an event for just this purpose. The version 1.25 tells the tick first and can't tell the end.
    #[must_use]
    pub fn is_unfinished(&self, version: FormatVersion) -> bool {
        let last = self.generations.last();
        match version {
            FormatVersion::V1_22 | FormatVersion::V1_23 => last.is_none_or(|last| last.frequency.is_none()),
            FormatVersion::V1_25 => false,
            FormatVersion::V1_26 => last.is_none_or(|last| !last.ended),
            _ => self.frequency.is_none(),
        }
    }

    /// The ticks per second that the trace gives first.
    #[must_use]
    pub fn frequency(&self) -> Option<u64> {
        self.frequency
    }

    /// The first snapshot of the clocks.
    #[must_use]
    pub fn clock(&self) -> Option<ClockSnapshot> {
        self.first_clock
    }

    /// The first and last moment of events, in ticks.
    #[must_use]
    pub fn ticks(&self) -> Option<RangeInclusive<u64>> {
        (self.span.first <= self.span.last).then_some(self.span.first..=self.span.last)
    }

    /// The nanoseconds from the first to the last event, if the trace says how long a tick is.
    #[must_use]
    pub fn nanoseconds(&self) -> Option<u64> {
        let ticks = self.span.last.checked_sub(self.span.first)?;
        let frequency = self.frequency.filter(|frequency| *frequency > 0)?;
        u64::try_from(u128::from(ticks) * 1_000_000_000 / u128::from(frequency)).ok()
    }
}

impl Span {
    fn include_now(&mut self) {
        self.first = self.first.min(self.now);
        self.last = self.last.max(self.now);
    }
}

fn remember<T: Ord>(set: &mut BTreeSet<T>, item: T) {
    if set.len() < MAX_REMEMBERED {
        set.insert(item);
    }
}
