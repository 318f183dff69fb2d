//! What a trace says of itself between its events: batches, generations, threads, clocks.
//!
//! Records fill an outline one by one ([`Outline::add`]), or the heads of batches do, which is all that
//! [`scan_headers`](crate::scan_headers) reads.

use std::{
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
};

use crate::{record::Record, spec::Experiment, v2::batch::BatchHeader, version::FormatVersion};

/// The threads, procs, generations and experiments that are remembered one by one, of each at most so many.
/// A file that names more is no trace of a real program.
pub(crate) const MAX_REMEMBERED: usize = 1 << 16;

/// What a trace consists of.
///
/// ```
/// use goscope_wire::{Outline, SliceReader};
///
/// let mut outline = Outline::default();
/// let mut reader = SliceReader::new(b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05")?;
/// while let Some(record) = reader.next_record()? {
///     outline.add(&record);
/// }
/// assert_eq!((outline.batches(), outline.generations().len()), (1, 1));
/// assert!(outline.threads().eq([42]));
/// # Ok::<(), goscope_wire::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    batches: u64,
    experimental_batches: u64,
    threads: BTreeSet<u64>,
    experiments: BTreeSet<Experiment>,
    generations: Vec<Generation>,
    frequency: Option<u64>,
    first_clock: Option<ClockSnapshot>,
    span: Span,
    start: Option<Start>,
}

/// Where a trace of family v2 starts: at the earliest time of the batches of its first generation, whatever they have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Start {
    generation: u64,
    ticks: u64,
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

impl ClockSnapshot {
    /// Whether it says what the clocks showed. A trace that was repaired without knowing has zeros.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.mono != 0 || self.seconds != 0
    }
}

/// The first and last moment of events, and the moment of the batch that is being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    now: u64,
    first: u64,
    last: u64,
}

impl Default for Outline {
    fn default() -> Self {
        Self {
            batches: 0,
            experimental_batches: 0,
            threads: BTreeSet::new(),
            experiments: BTreeSet::new(),
            generations: Vec::new(),
            frequency: None,
            first_clock: None,
            span: Span { now: 0, first: u64::MAX, last: 0 },
            start: None,
        }
    }
}

impl Outline {
    /// Adds the next record of the trace.
    pub fn add(&mut self, record: &Record<'_>) {
        if let Some(spec) = record.spec() {
            match spec.timed {
                true => self.add_timed(record),
                false => self.add_structural(record),
            }
            if let Some(experiment) = spec.experiment {
                remember(&mut self.experiments, experiment);
            }
        }
        self.extend(record.offset() + record.bytes().len() as u64);
    }

    /// Adds what an event tells.
    fn add_timed(&mut self, record: &Record<'_>) {
        match record.name() {
            // It was written long after it happened.
            "CPUSample" => self.pass_time(record),
            "ProcStart" => {
                self.add_moment(record);
                // In family v1 only the start of a proc tells of threads; in family v2 batches do.
                if let Some(thread) = record.arg("thread") {
                    remember(&mut self.threads, thread);
                }
            }
            "ClockSnapshot" => {
                self.add_moment(record);
                self.add_clock(record);
            }
            _ => self.add_moment(record),
        }
    }

    /// Adds the moment of an event, and nothing else.
    pub(crate) fn add_moment(&mut self, record: &Record<'_>) {
        self.pass_time(record);
        self.span.include_now();
    }

    fn pass_time(&mut self, record: &Record<'_>) {
        let delta = usize::from(record.version() == FormatVersion::V1_5);
        self.span.now = self.span.now.wrapping_add(record.args().get(delta).copied().unwrap_or_default());
    }

    fn add_clock(&mut self, record: &Record<'_>) {
        let &[_, mono, seconds, nanoseconds] = record.args() else { return };
        // A trace that was converted from an older version has to have a snapshot, and has zeros there.
        if (mono, seconds) == (0, 0) {
            return;
        }
        let clock = ClockSnapshot { ticks: self.span.now, mono, seconds, nanoseconds };
        self.first_clock.get_or_insert(clock);
        if let Some(generation) = self.generations.last_mut() {
            generation.clock.get_or_insert(clock);
        }
    }

    fn add_structural(&mut self, record: &Record<'_>) {
        match (record.name(), record.args()) {
            ("EventBatch", _) => {
                if let Some(header) = BatchHeader::of(record) {
                    self.add_batch(header, record.offset());
                }
            }
            ("ExperimentalBatch", &[experiment, generation, _, time]) => {
                self.add_experimental_batch(Experiment(experiment), generation, time, record.offset());
            }
            ("Batch", args) => {
                self.batches += 1;
                self.enter_time(args.last().copied().unwrap_or_default());
            }
            ("Frequency", &[frequency, ..]) => self.add_frequency(frequency),
            ("EndOfGeneration", _) => self.end_generation(),
            _ => {}
        }
    }

    /// Adds a batch of family v2 that begins at the byte `offset`.
    pub(crate) fn add_batch(&mut self, header: BatchHeader, offset: u64) {
        self.batches += 1;
        self.enter_time(header.time);
        self.start = Start::earlier(self.start, Start { generation: header.generation, ticks: header.time });
        if header.thread != BatchHeader::NO_THREAD {
            remember(&mut self.threads, header.thread);
        }
        self.enter_generation(header.generation, offset);
    }

    /// Adds a batch of an experiment that begins at the byte `offset`.
    pub(crate) fn add_experimental_batch(
        &mut self,
        experiment: Experiment,
        generation: u64,
        time: u64,
        offset: u64,
    ) {
        self.experimental_batches += 1;
        self.start = Start::earlier(self.start, Start { generation, ticks: time });
        self.enter_time(time);
        remember(&mut self.experiments, experiment);
        self.enter_generation(generation, offset);
    }

    /// The events that follow count their times from this one.
    pub(crate) fn enter_time(&mut self, ticks: u64) {
        self.span.now = ticks;
    }

    fn add_frequency(&mut self, frequency: u64) {
        self.frequency.get_or_insert(frequency);
        if let Some(generation) = self.generations.last_mut() {
            generation.frequency.get_or_insert(frequency);
        }
    }

    /// The generation is complete.
    pub(crate) fn end_generation(&mut self) {
        if let Some(generation) = self.generations.last_mut() {
            generation.ended = true;
        }
    }

    fn enter_generation(&mut self, number: u64, offset: u64) {
        let is_new = self.generations.last().is_none_or(|last| last.number != number || last.ended);
        if is_new && self.generations.len() < MAX_REMEMBERED {
            self.generations.push(Generation {
                number,
                bytes: offset..offset,
                batches: 0,
                frequency: None,
                clock: None,
                ended: false,
            });
        }
        if let Some(generation) = self.generations.last_mut() {
            generation.batches += 1;
        }
    }

    /// The last generation reaches up to the byte `end`.
    pub(crate) fn extend(&mut self, end: u64) {
        if let Some(generation) = self.generations.last_mut() {
            generation.bytes.end = end;
        }
    }

    /// Adds what comes right behind. Returns which generation the first one of these has become, or is the rest of.
    pub(crate) fn append(&mut self, next: Self) -> usize {
        let place = self.generations.len();
        let is_rest = matches!((self.generations.last(), next.generations.first()),
            (Some(last), Some(next)) if last.number == next.number && !last.ended);
        self.batches += next.batches;
        self.experimental_batches += next.experimental_batches;
        next.threads.into_iter().for_each(|thread| remember(&mut self.threads, thread));
        next.experiments.into_iter().for_each(|experiment| remember(&mut self.experiments, experiment));
        next.generations.into_iter().for_each(|generation| self.append_generation(generation));
        self.frequency = self.frequency.or(next.frequency);
        self.first_clock = self.first_clock.or(next.first_clock);
        self.start = next.start.map_or(self.start, |next| Start::earlier(self.start, next));
        let (first, last) = (self.span.first.min(next.span.first), self.span.last.max(next.span.last));
        self.span = Span { now: next.span.now, first, last };
        place - usize::from(is_rest)
    }

    /// Adds a generation, or the rest of one.
    fn append_generation(&mut self, next: Generation) {
        let room = self.generations.len() < MAX_REMEMBERED;
        match self.generations.last_mut() {
            Some(last) if !room || (last.number == next.number && !last.ended) => {
                last.bytes.end = next.bytes.end;
                last.batches += next.batches;
                last.frequency = last.frequency.or(next.frequency);
                last.clock = last.clock.or(next.clock);
                last.ended |= next.ended;
            }
            _ => self.generations.push(next),
        }
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

    /// The nanoseconds from the first to the last event in order, if the trace says how long a tick is.
    ///
    /// Both of them are a sync. In family v2 the first one is at the earliest time of a batch, as in Go's reader; the
    /// last one comes a nanosecond after the last event. Where several events have the last tick, it comes as many
    /// nanoseconds later, which only who orders the events knows.
    #[must_use]
    pub fn nanoseconds(&self) -> Option<u64> {
        let Some(Start { ticks: start, .. }) = self.start else { return self.nanoseconds_v1() };
        let last = self.ticks().map(|ticks| *ticks.end())?;
        let frequency = |generation: Option<&Generation>| {
            let own = generation.and_then(|generation| generation.frequency);
            own.or(self.frequency).filter(|frequency| *frequency > 0)
        };
        // As Go does: each generation measures the length of a tick itself.
        let at = |ticks: u64, frequency: u64| (ticks as f64 * (1.0 / (frequency as f64 / 1e9))) as u64;
        let end = at(last, frequency(self.generations.last())?);
        Some(end.saturating_add(1).saturating_sub(at(start, frequency(self.generations.first())?)))
    }

    /// The first sync comes a nanosecond before the first event.
    fn nanoseconds_v1(&self) -> Option<u64> {
        let ticks = self.span.last.checked_sub(self.span.first)?;
        let frequency = self.frequency.filter(|frequency| *frequency > 0)?;
        let nanoseconds = u64::try_from(u128::from(ticks) * 1_000_000_000 / u128::from(frequency)).ok()?;
        nanoseconds.checked_add(2)
    }
}

impl Start {
    /// The earlier one of two in the first generation. A time of 0 is none, unless there is no other.
    fn earlier(first: Option<Self>, next: Self) -> Option<Self> {
        let Some(first) = first else { return Some(next) };
        let is_earlier = first.ticks == 0 || (next.ticks != 0 && next.ticks < first.ticks);
        Some(if is_earlier && next.generation == first.generation { next } else { first })
    }
}

impl Span {
    fn include_now(&mut self) {
        self.first = self.first.min(self.now);
        self.last = self.last.max(self.now);
    }
}

/// Remembers an item, if there is room.
pub(crate) fn remember<T: Ord>(set: &mut BTreeSet<T>, item: T) {
    if set.len() < MAX_REMEMBERED {
        set.insert(item);
    }
}
