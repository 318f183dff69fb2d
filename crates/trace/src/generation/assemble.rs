//! Putting a generation together, batch by batch.

mod records;
mod stacks;

use std::{collections::hash_map::Entry, hash::BuildHasher};

use foldhash::{HashMap, HashSet, quality::RandomState};
use goscope_wire::{BatchHeader, Experiment, FormatVersion, RawBatch, Table};
use stacks::RawStack;

use super::{
    CpuSample, EventBatch, ExperimentalBatch, Generation, Missing, PADDING, ThreadBatches,
    mend::{self, Scale},
    numbering::Numbering,
};
use crate::{
    error::{
        ErrorKind,
        GenerationError::{self, Doubled, Incomplete, NoClock, NoFrequency, TooManyThreads},
    },
    event::{ClockSnapshot, WallTime},
    event_id,
    id::ThreadId,
    recover::{COMMON_FREQUENCY, Remedy, Salvage},
    tables::{StringId, Tables},
    time::{TickLength, TickTable},
};

/// The most threads of a generation. Go's runtime stops at 10,000 unless told otherwise; where threads wait for
/// each other, putting more in order takes time that grows with the square of their number.
const MAX_THREADS: usize = 1 << 14;

/// A generation that is not complete yet.
#[derive(Debug)]
pub(super) struct Assembler<'a> {
    version: FormatVersion,
    tables: &'a mut Tables,
    /// Where what is wrong is left out, what it was.
    salvage: &'a mut Option<Salvage>,
    /// The parts that were added.
    parts: usize,
    /// What the batches are, so that one that is there twice is found out. Only where the reader salvages.
    seen: HashSet<u64>,
    fingerprints: RandomState,
    /// When the batches began.
    times: Vec<u64>,
    number: u64,
    start: u64,
    frequency: Option<u64>,
    clock: Option<ClockTicks>,
    threads: Vec<ThreadBatches>,
    thread_places: HashMap<u64, usize>,
    /// The bytes of event batches, unless the source keeps them.
    bytes: Vec<u8>,
    is_held: bool,
    strings: Numbering<StringId>,
    /// The stacks as they came: strings may come later.
    stacks: Vec<RawStack>,
    frames: Vec<goscope_wire::Frame>,
    /// Samples with their times in ticks.
    samples: Vec<(u64, CpuSample)>,
    experiments: Vec<ExperimentalBatch>,
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

impl<'a> Assembler<'a> {
    /// With the memory for the bytes of events, unless the source keeps them: see [`Generation::place_bytes`].
    pub(super) fn new(
        version: FormatVersion,
        tables: &'a mut Tables,
        salvage: &'a mut Option<Salvage>,
        buffer: Option<Vec<u8>>,
    ) -> Self {
        Self {
            version,
            tables,
            salvage,
            parts: 0,
            seen: HashSet::default(),
            fingerprints: RandomState::default(),
            times: Vec::new(),
            number: 0,
            start: 0,
            frequency: None,
            clock: None,
            threads: Vec::new(),
            thread_places: HashMap::default(),
            is_held: buffer.is_none(),
            bytes: buffer.map_or_else(Vec::new, |mut buffer| {
                buffer.clear();
                buffer
            }),
            strings: Numbering::new(),
            stacks: Vec::new(),
            frames: Vec::new(),
            samples: Vec::new(),
            experiments: Vec::new(),
        }
    }

    /// The number of the generation: 0 before its first batch.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether any thread has written events.
    pub(super) fn has_events(&self) -> bool {
        !self.threads.is_empty()
    }

    /// Whether it has been hardly begun.
    pub(super) fn is_small(&self) -> bool {
        self.parts <= 1
    }

    /// Gives it another number.
    pub(super) fn renumber(&mut self, number: u64) {
        self.number = number;
    }

    /// Notes that a batch of the generation `number` begins at the time `ticks`.
    fn enter(&mut self, number: u64, ticks: u64) {
        self.number = number;
        self.parts += 1;
        if self.start == 0 || ticks < self.start {
            self.start = ticks;
        }
        self.times.push(ticks);
    }

    /// Adds a batch of the generation. One that is there already is left out, if the reader salvages.
    pub(super) fn add(&mut self, batch: &RawBatch<'_>) -> Result<(), GenerationError> {
        if self.salvage.is_some() && !self.seen.insert(self.fingerprint(batch)) {
            let bytes = batch.bytes.len() as u64;
            return self.tolerate(Doubled, Remedy::PassedOver { bytes });
        }
        self.enter(batch.header.generation, batch.header.time);
        match Purpose::of(batch.bytes, self.version) {
            Purpose::Events => self.add_events(batch),
            Purpose::Strings => self.each_record(batch, event_id::STRINGS, Self::add_string),
            Purpose::Stacks => self.each_record(batch, event_id::STACKS, Self::add_stack),
            Purpose::Samples => self.each_record(batch, event_id::CPU_SAMPLES, Self::add_sample),
            Purpose::Sync => {
                let mut now = batch.header.time;
                self.each_record(batch, event_id::SYNC, |assembler, record| {
                    assembler.add_clock(record, &mut now)
                })
            }
        }
    }

    /// Adds a batch of the generation, or leaves it out if it makes no sense.
    pub(super) fn add_or_leave_out(&mut self, batch: &RawBatch<'_>) {
        if let Err(error) = self.add(batch) {
            let bytes = batch.bytes.len() as u64;
            self.note(error, Remedy::PassedOver { bytes });
        }
    }

    /// Adds a batch of an experiment.
    pub(super) fn add_experiment(&mut self, args: [u64; 4], data: &[u8]) {
        let [experiment, generation, thread, time] = args;
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
        if !self.is_held {
            self.bytes.extend_from_slice(batch.bytes);
        }
        let (time, end, offset) = (batch.header.time, start + batch.bytes.len(), batch.offset);
        let batch = EventBatch { time, start, end, offset };
        self.threads[place].batches.push(batch);
        Ok(())
    }

    /// The generation, if nothing is missing, or if what is missing can be done without.
    pub(super) fn finish(mut self) -> Result<Generation, GenerationError> {
        let frequency = self.known_frequency()?;
        let tick = TickLength::of_frequency(frequency);
        if self.clock.is_none() && self.version >= FormatVersion::V1_25 {
            self.tolerate(NoClock, Remedy::DoneWithout)?;
        }
        if self.salvage.is_some() {
            (self.start, _) = mend::span(&mut self.times, Scale::of_frequency(frequency));
        }
        let stacks = self.intern_stacks()?;
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
            times: self.times,
            frequency,
            missing: self.salvage.is_some().then(Missing::default),
            whole: None,
        })
    }

    /// The ticks per second: where the generation does not say, those of the one before, or the most common.
    fn known_frequency(&mut self) -> Result<u64, GenerationError> {
        let frequency = match self.frequency.filter(|frequency| *frequency != 0) {
            Some(frequency) => frequency,
            None => {
                let before = self.salvage.as_ref().and_then(|salvage| salvage.frequency);
                let assumed = before.unwrap_or(COMMON_FREQUENCY);
                self.tolerate(NoFrequency, Remedy::Frequency(assumed))?;
                assumed
            }
        };
        if let Some(salvage) = self.salvage {
            salvage.frequency = Some(frequency);
        }
        Ok(frequency)
    }

    /// Goes on in spite of what is wrong, if the reader salvages.
    fn tolerate(&mut self, error: GenerationError, remedy: Remedy) -> Result<(), GenerationError> {
        if self.salvage.is_none() {
            return Err(error);
        }
        self.note(error, remedy);
        Ok(())
    }

    /// Notes what was wrong.
    pub(super) fn note(&mut self, kind: impl Into<ErrorKind>, remedy: Remedy) {
        if let Some(salvage) = self.salvage {
            let number = (self.number != 0).then_some(self.number);
            salvage.note(kind.into(), remedy, number, salvage.now);
        }
    }

    /// A number that two batches share hardly ever, unless they are the same.
    fn fingerprint(&self, batch: &RawBatch<'_>) -> u64 {
        let BatchHeader { generation, thread, time, size } = batch.header;
        self.fingerprints.hash_one((generation, thread, time, size, batch.bytes))
    }

    /// Notes that the trace ends here, which is right only between generations.
    pub(super) fn note_end(&mut self) {
        let is_complete = match self.version {
            FormatVersion::V1_22 | FormatVersion::V1_23 => self.frequency.is_some(),
            FormatVersion::V1_25 => !self.stacks.is_empty() || !self.has_events(),
            _ => false,
        };
        if self.number != 0 && !is_complete {
            self.note(Incomplete, Remedy::DoneWithout);
        }
    }
}
