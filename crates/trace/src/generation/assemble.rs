//! Putting a generation together, batch by batch.

use std::collections::hash_map::Entry;

use goscope_wire::{Experiment, FormatVersion, RawBatch, Record, Table};
use rustc_hash::FxHashMap;

use super::{
    CpuSample, EventBatch, ExperimentalBatch, Generation, PADDING, ThreadBatches, numbering::Numbering,
};
use crate::{
    error::GenerationError::{
        self, Batch, Duplicate, Misplaced, NoClock, NoFrequency, TooLarge, TooManyThreads, Twice,
        UnknownString,
    },
    event::{ClockSnapshot, WallTime},
    event_id,
    id::{GoId, ProcId, ThreadId},
    recover::{COMMON_FREQUENCY, Remedy, Salvage},
    tables::{Frame, StringId, Tables},
    time::{TickLength, TickTable, TraceTime},
};

/// The longest string of the format, in bytes (`MaxEventTrailerDataSize`).
const MAX_STRING: usize = 1 << 10;
/// The deepest stack of the format (`MaxFramesPerStack`).
const MAX_FRAMES: u64 = 128;

/// The most threads of a generation. Go's runtime stops at 10,000 unless told otherwise; where threads wait for
/// each other, putting more in order takes time that grows with the square of their number.
const MAX_THREADS: usize = 1 << 14;

/// A generation that is not complete yet.
#[derive(Debug)]
pub(crate) struct Assembler {
    version: FormatVersion,
    number: u64,
    start: u64,
    frequency: Option<u64>,
    clock: Option<ClockTicks>,
    threads: Vec<ThreadBatches>,
    thread_places: FxHashMap<u64, usize>,
    bytes: Vec<u8>,
    strings: Numbering<StringId>,
    /// The stacks as they came: strings may come later.
    stacks: Vec<RawStack>,
    frames: Vec<goscope_wire::Frame>,
    /// Samples with their times in ticks.
    samples: Vec<(u64, CpuSample)>,
    experiments: Vec<ExperimentalBatch>,
    /// Parts are missing: what refers to them refers to nothing.
    is_damaged: bool,
}

/// A stack: its number, and its part of [`Assembler::frames`].
#[derive(Debug)]
struct RawStack {
    number: u64,
    start: usize,
    end: usize,
}

/// A snapshot of the clocks before the length of a tick is known.
#[derive(Clone, Copy, Debug)]
struct ClockTicks {
    ticks: u64,
    mono: u64,
    wall: WallTime,
}

/// What a batch is for: its first record tells.
enum Purpose {
    Strings,
    Stacks,
    Samples,
    Sync,
    Events,
}

impl Purpose {
    fn of(bytes: &[u8], version: FormatVersion) -> Self {
        let has_sync = version >= FormatVersion::V1_25;
        match bytes.first().copied() {
            Some(event_id::STRINGS) => Self::Strings,
            Some(event_id::STACKS) => Self::Stacks,
            Some(event_id::CPU_SAMPLES) => Self::Samples,
            Some(event_id::FREQUENCY) if !has_sync => Self::Sync,
            Some(event_id::SYNC) if has_sync => Self::Sync,
            _ => Self::Events,
        }
    }
}

impl Assembler {
    pub(crate) fn new(version: FormatVersion) -> Self {
        Self {
            version,
            number: 0,
            start: 0,
            frequency: None,
            clock: None,
            threads: Vec::new(),
            thread_places: FxHashMap::default(),
            bytes: Vec::new(),
            strings: Numbering::new(),
            stacks: Vec::new(),
            frames: Vec::new(),
            samples: Vec::new(),
            experiments: Vec::new(),
            is_damaged: false,
        }
    }

    /// The number of the generation: 0 before its first batch.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether any thread has written events.
    pub(crate) fn has_events(&self) -> bool {
        !self.threads.is_empty()
    }

    /// Notes that a batch of the generation `number` begins at the time `ticks`.
    fn enter(&mut self, number: u64, ticks: u64) {
        self.number = number;
        if self.start == 0 || ticks < self.start {
            self.start = ticks;
        }
    }

    /// Adds a batch of the generation.
    pub(crate) fn add(&mut self, batch: &RawBatch<'_>, tables: &mut Tables) -> Result<(), GenerationError> {
        self.enter(batch.header.generation, batch.header.time);
        match Purpose::of(batch.bytes, self.version) {
            Purpose::Events => self.add_events(batch),
            Purpose::Strings => {
                self.each_record(batch, "Strings", |assembler, record| assembler.add_string(record, tables))
            }
            Purpose::Stacks => self.each_record(batch, "Stacks", Self::add_stack),
            Purpose::Samples => self.each_record(batch, "CPUSamples", Self::add_sample),
            Purpose::Sync => {
                let mut now = batch.header.time;
                self.each_record(batch, "Sync", |assembler, record| assembler.add_clock(record, &mut now))
            }
        }
    }

    /// Adds a batch of an experiment.
    pub(crate) fn add_experiment(&mut self, record: &Record<'_>) {
        let (&[experiment, generation, thread, time], Some(data)) = (record.args(), record.data()) else {
            return;
        };
        self.enter(generation, time);
        let (experiment, thread) = (Experiment(experiment), ThreadId(thread));
        self.experiments.push(ExperimentalBatch { experiment, thread, data: data.to_vec() });
    }

    fn add_events(&mut self, batch: &RawBatch<'_>) -> Result<(), GenerationError> {
        let thread = batch.header.thread;
        let place = match self.thread_places.entry(thread) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(_) if self.threads.len() == MAX_THREADS => return Err(TooManyThreads),
            Entry::Vacant(entry) => {
                self.threads.push(ThreadBatches { thread: ThreadId(thread), batches: Vec::new() });
                *entry.insert(self.threads.len() - 1)
            }
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(batch.bytes);
        let batch = EventBatch { time: batch.header.time, start, end: self.bytes.len() };
        self.threads[place].batches.push(batch);
        Ok(())
    }

    /// Gives each record of a batch to `add`, but for the one that tells what the batch is for.
    fn each_record(
        &mut self,
        batch: &RawBatch<'_>,
        title: &str,
        mut add: impl FnMut(&mut Self, &Record<'_>) -> Result<(), GenerationError>,
    ) -> Result<(), GenerationError> {
        let mut records = batch.records(self.version);
        let mut is_first = true;
        while let Some(record) = records.next_record().map_err(Batch)? {
            if !(std::mem::take(&mut is_first) && record.name() == title) {
                add(self, &record)?;
            }
        }
        Ok(())
    }

    fn add_string(&mut self, record: &Record<'_>, tables: &mut Tables) -> Result<(), GenerationError> {
        let ("String", &[number], Some(text)) = (record.name(), record.args(), record.data()) else {
            return Err(Misplaced);
        };
        if text.len() > MAX_STRING {
            return Err(TooLarge(text.len() as u64));
        }
        if self.strings.insert(number, tables.intern_string(text)) { Ok(()) } else { Err(Duplicate(number)) }
    }

    fn add_stack(&mut self, record: &Record<'_>) -> Result<(), GenerationError> {
        let ("Stack", &[number, depth]) = (record.name(), record.args()) else { return Err(Misplaced) };
        if depth > MAX_FRAMES {
            return Err(TooLarge(depth));
        }
        let start = self.frames.len();
        self.frames.extend(record.frames());
        self.stacks.push(RawStack { number, start, end: self.frames.len() });
        Ok(())
    }

    fn add_sample(&mut self, record: &Record<'_>) -> Result<(), GenerationError> {
        let ("CPUSample", &[ticks, thread, proc, goroutine, stack]) = (record.name(), record.args()) else {
            return Err(Misplaced);
        };
        let goroutine = if goroutine == 0 { GoId::NONE } else { GoId(goroutine) };
        let (thread, proc, time) = (ThreadId(thread), ProcId(proc), TraceTime::default());
        self.samples.push((ticks, CpuSample { time, thread, proc, goroutine, stack }));
        Ok(())
    }

    fn add_clock(&mut self, record: &Record<'_>, now: &mut u64) -> Result<(), GenerationError> {
        match (record.name(), record.args()) {
            ("Frequency", &[frequency]) if self.frequency.is_none() => self.frequency = Some(frequency),
            ("ClockSnapshot", &[delta, mono, seconds, nanoseconds]) if self.clock.is_none() => {
                *now = now.wrapping_add(delta);
                let wall =
                    WallTime { seconds: seconds.cast_signed(), nanoseconds: nanoseconds.cast_signed() };
                self.clock = Some(ClockTicks { ticks: *now, mono, wall });
            }
            ("Frequency" | "ClockSnapshot", _) => return Err(Twice),
            _ => return Err(Misplaced),
        }
        Ok(())
    }

    /// The generation, if nothing is missing, or if what is missing can be done without.
    pub(crate) fn finish(
        mut self,
        tables: &mut Tables,
        salvage: &mut Option<Salvage>,
    ) -> Result<Generation, GenerationError> {
        let tick = TickLength::of_frequency(self.known_frequency(salvage)?);
        if self.clock.is_none() && self.version >= FormatVersion::V1_25 {
            self.tolerate(NoClock, Remedy::DoneWithout, salvage)?;
        }
        let stacks = self.intern_stacks(tables)?;
        let clock = self.clock.map(|ClockTicks { ticks, mono, wall }| ClockSnapshot {
            trace: tick.time(ticks),
            mono,
            wall,
        });
        let mut samples: Vec<_> = self
            .samples
            .iter()
            .map(|(ticks, sample)| CpuSample { time: tick.time(*ticks), ..*sample })
            .collect();
        samples.sort_by_key(|sample| sample.time);
        self.bytes.extend_from_slice(&PADDING);
        Ok(Generation {
            version: self.version,
            table: Table::of(self.version),
            number: self.number,
            start: self.start,
            tick: TickTable::new(tick),
            clock,
            threads: self.threads,
            samples,
            experiments: self.experiments,
            bytes: self.bytes,
            strings: self.strings,
            stacks,
            is_damaged: self.is_damaged,
        })
    }

    /// The ticks per second: where the generation does not say, those of the one before, or the most common.
    fn known_frequency(&mut self, salvage: &mut Option<Salvage>) -> Result<u64, GenerationError> {
        let frequency = match self.frequency.filter(|frequency| *frequency != 0) {
            Some(frequency) => frequency,
            None => {
                let before = salvage.as_ref().and_then(|salvage| salvage.frequency);
                let assumed = before.unwrap_or(COMMON_FREQUENCY);
                self.tolerate(NoFrequency, Remedy::Frequency(assumed), salvage)?;
                assumed
            }
        };
        if let Some(salvage) = salvage {
            salvage.frequency = Some(frequency);
        }
        Ok(frequency)
    }

    /// Goes on in spite of what is wrong, if the reader salvages.
    pub(crate) fn tolerate(
        &mut self,
        error: GenerationError,
        remedy: Remedy,
        salvage: &mut Option<Salvage>,
    ) -> Result<(), GenerationError> {
        let Some(salvage) = salvage else { return Err(error) };
        self.is_damaged = true;
        salvage.note(error.into(), remedy, Some(self.number), TraceTime::default());
        Ok(())
    }

    /// Notes that parts of the generation are not there.
    pub(crate) fn mark_damaged(&mut self) {
        self.is_damaged = true;
    }

    /// Where stacks disagree on what is at an address, the first one is believed, as in Go's reader.
    fn intern_stacks(
        &mut self,
        tables: &mut Tables,
    ) -> Result<Numbering<crate::tables::StackId>, GenerationError> {
        let mut known: FxHashMap<u64, Frame> = FxHashMap::default();
        let mut numbering = Numbering::new();
        let mut frames = Vec::new();
        let is_damaged = self.is_damaged;
        let string = |number| match self.strings.get(number) {
            None if number == 0 || is_damaged => Ok(StringId::EMPTY),
            None => Err(UnknownString(number)),
            Some(id) => Ok(id),
        };
        for RawStack { number, start, end } in &self.stacks {
            frames.clear();
            for frame in &self.frames[*start..*end] {
                let frame = match known.entry(frame.pc) {
                    Entry::Occupied(entry) => *entry.get(),
                    Entry::Vacant(entry) => *entry.insert(Frame {
                        pc: frame.pc,
                        func: string(frame.func)?,
                        file: string(frame.file)?,
                        line: frame.line,
                    }),
                };
                frames.push(frame);
            }
            if !numbering.insert(*number, tables.intern_stack(&frames)) && !is_damaged {
                return Err(Duplicate(*number));
            }
        }
        Ok(numbering)
    }
}
