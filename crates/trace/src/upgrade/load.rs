//! A file of family v1 to what is known before the first event: where the events of each proc are, and what
//! comes after its use, which is most of the rest.
//!
//! A batch belongs to a proc, and the events of a proc are in order. They are not decoded here: their bytes are
//! kept, all in one list in the order of the file, and which parts of it are a proc's, its [`Stream`] tells.
//! Samples of the CPU profiler are decoded, because they have to be sorted.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`readTrace`, `parseEvents`).

use std::{
    io::Read,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use foldhash::HashMap;
use goscope_wire::{BulkChunk, BulkScanner, EventId, FormatVersion, Record};

use super::{
    Result, V1Event,
    cursor::{Kept, Layout, Part},
    kind::{self, COUNT},
    names::Names,
    parts::Scale,
    symbols::Symbols,
};
use crate::{
    error::GenerationError,
    generation::Numbering,
    order::rule::Rule,
    recover::{Remedy, Salvage},
    tables::{StackId, StringId, Tables},
};

/// Stands for no goroutine: Go's traces number it so too.
pub(super) const NO_GOROUTINE: u32 = 0;

/// The procs that do not exist. Go's reader files under them what happens without a proc.
pub(crate) mod fake {
    /// Timers that make goroutines ready.
    pub(in super::super) const TIMER: u32 = 1;
    /// The network poller that makes goroutines ready.
    pub(in super::super) const NETWORK: u32 = 2;
    /// Returns from system calls.
    pub(crate) const SYSCALL: u32 = 3;
    /// Garbage collections.
    pub(crate) const COLLECTOR: u32 = 4;
    /// Samples of the CPU profiler.
    pub(in super::super) const PROFILE: u32 = 5;
}

/// The procs by dense number that every trace has: the one that is current before the first batch, and the
/// fake ones, with the ids that Go's reader gives them.
pub(crate) const FIRST_PROCS: [u64; 6] = [0, 1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_000_005];

/// Types that are looked at before their turn comes.
const SEEN: [EventId; 4] = [
    EventId(kind::SYS_EXIT),
    EventId(kind::SYS_EXIT_LOCAL),
    EventId(kind::FUTILE_WAKEUP),
    EventId(kind::SAMPLE),
];

/// The batches of a proc.
pub(super) type Stream = Vec<Part>;

/// A trace as it is in the file, with its events in the order of the file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) version: FormatVersion,
    pub(super) kept: Kept,
    /// By the dense number of the proc.
    pub(super) streams: Vec<Stream>,
    /// The samples of the CPU profiler, by their times.
    pub(super) samples: Vec<V1Event>,
    /// The real times of returns from system calls.
    pub(super) return_times: Vec<i64>,
    pub(crate) goroutines: Names,
    /// By their dense numbers.
    pub(crate) procs: Vec<i64>,
    /// Goroutines of the runtime that run timers.
    pub(crate) timers: Vec<u32>,
    /// Ticks per second; 0 if the file does not say.
    pub(crate) frequency: i64,
    pub(crate) has_futile_wakeups: bool,
    pub(crate) strings: Numbering<StringId>,
    pub(crate) stacks: Numbering<StackId>,
    /// How often a stack is named that is not there.
    pub(super) absent_stacks: AtomicU64,
    /// In header 1.5, by the address of a function in which a goroutine starts: a stack of it.
    pub(super) entries: HashMap<u64, StackId>,
    /// Whether reading continues after damage.
    pub(super) salvages: bool,
    /// Whether the trace is known to be damaged: then the times of events have the bounds of [`Scale`].
    pub(super) is_damaged: bool,
    /// Whether an event came that is later than the next batch of its proc. No order can have both.
    pub(super) is_untimely: bool,
    /// By how many ticks the clock has jumped back within a batch, at most.
    pub(super) jump: u64,
    /// How many events were left out because their times can't be right.
    pub(super) left_out: u64,
}

impl Loaded {
    /// The stack that has a number; none if it is not there.
    #[inline(always)]
    pub(super) fn stack(&self, number: u64) -> StackId {
        match self.stacks.get(number) {
            Some(stack) => stack,
            None if number == 0 => StackId::NONE,
            None => self.absent_stack(),
        }
    }

    #[cold]
    fn absent_stack(&self) -> StackId {
        self.absent_stacks.fetch_add(1, Relaxed);
        StackId::NONE
    }

    /// The lengths of time that tell right from wrong in a damaged trace.
    pub(super) fn scale(&self) -> Scale {
        Scale { second: self.frequency }
    }
}

/// Reads a trace to its end; where it is damaged, on behind the damage if `salvage` is there to note it.
pub(super) fn load<R: Read>(
    source: &mut goscope_wire::Reader<R>,
    tables: &mut Tables,
    salvage: &mut Option<Salvage>,
) -> Result<Loaded> {
    let version = source.header().version();
    let (mut loader, mut bulk) = (Loader::new(version), BulkScanner::new(version, &SEEN));
    if salvage.is_some() {
        bulk = bulk.wary();
    }
    loop {
        match source.next_run(&bulk) {
            Ok(Some(BulkChunk::Events(events))) => loader.bytes.extend_from_slice(events),
            Ok(Some(BulkChunk::Record(record))) => match (loader.add(&record, tables), &mut *salvage) {
                (Ok(()), _) => {}
                (Err(kind), None) => return Err(kind),
                (Err(kind), Some(salvage)) => loader.note(kind, Remedy::DoneWithout, salvage),
            },
            Ok(None) => break,
            Err(error) => {
                let Some(salvage) = salvage else { return Err(error.into()) };
                let goes_on = source.recover_row().is_some();
                let remedy = if goes_on { Remedy::DoneWithout } else { Remedy::Ended };
                loader.note(error.into(), remedy, salvage);
                if !goes_on {
                    break;
                }
            }
        }
    }
    loader.leave();
    loader.fill_short(salvage)?;
    loader.bound_procs(salvage)?;
    match (loader.bound_times(), &mut *salvage) {
        (order, Some(salvage)) => loader.mend(order, salvage),
        (order, None) => order?,
    }
    Ok(loader.finish(salvage.is_some(), tables))
}

/// The id of a proc. That of none is -1, in a number of any size.
pub(crate) fn proc_id(number: u64) -> u64 {
    i64::from(number as i32).cast_unsigned()
}

pub(super) struct Loader {
    pub(super) version: FormatVersion,
    pub(super) layouts: [Layout; COUNT],
    /// The bytes of the events.
    pub(super) bytes: Vec<u8>,
    samples: Vec<V1Event>,
    return_times: Vec<i64>,
    pub(super) streams: Vec<Stream>,
    goroutines: Names,
    procs: Names,
    timers: Vec<u32>,
    pub(super) frequency: i64,
    has_futile_wakeups: bool,
    symbols: Symbols,
    /// The current batch, and its proc.
    part: Part,
    proc: u32,
    pub(super) is_damaged: bool,
    pub(super) short: Short,
}

/// The events that lack their last arguments.
#[derive(Default, Debug)]
pub(super) struct Short {
    pub(super) times: u64,
    /// What is wrong with the first one.
    pub(super) first: Option<goscope_wire::ErrorKind>,
}

impl Loader {
    fn new(version: FormatVersion) -> Self {
        Self {
            version,
            layouts: Layout::all(version),
            bytes: Vec::new(),
            samples: Vec::new(),
            return_times: Vec::new(),
            streams: Vec::new(),
            goroutines: Names::with(&[u64::from(NO_GOROUTINE)]),
            procs: Names::with(&FIRST_PROCS),
            timers: Vec::new(),
            frequency: 0,
            has_futile_wakeups: false,
            symbols: Symbols::default(),
            part: Part { start: 0, end: 0, time: 0, sequence: 0, latest: i64::MAX, is_samples: false },
            proc: 0,
            is_damaged: false,
            short: Short::default(),
        }
    }

    fn add(&mut self, record: &Record<'_>, tables: &mut Tables) -> Result<()> {
        let kind = record.id().0 & 63;
        let layout = self.layouts[usize::from(kind)];
        if !layout.is_timed {
            return self.add_structure(kind, record, tables);
        }
        self.bytes.extend_from_slice(record.bytes());
        self.count_missing(kind, record);
        let args = layout.own(record.args());
        match kind {
            kind::SAMPLE => self.add_sample(args, layout.stack(record.args())),
            kind::FUTILE_WAKEUP => self.has_futile_wakeups = true,
            kind::SYS_EXIT => self.add_return(args[2]),
            kind::SYS_EXIT_LOCAL => self.add_return(args[1]),
            _ => {}
        }
        Ok(())
    }

    /// Counts an event that lacks its last arguments. Builds between two releases wrote `GCSweepDone` of header 1.9
    /// without those that it has since.
    fn count_missing(&mut self, kind: u8, record: &Record<'_>) {
        let (got, want) = (record.args().len(), record.spec().map_or(0, |spec| spec.args.len()));
        let is_usual = kind == kind::SWEEP_DONE && self.version == FormatVersion::V1_9;
        if got < want && !is_usual {
            self.short.times += 1;
            self.short.first.get_or_insert(goscope_wire::ErrorKind::ArgumentCount {
                event: record.id(),
                want,
                got,
            });
        }
    }

    /// A sample was written later than it was taken, elsewhere.
    fn add_sample(&mut self, args: [u64; 3], stack: u32) {
        let (time, args, kind) = (args[0].cast_signed(), [0, args[1], args[2]], kind::SAMPLE);
        let (proc, g) = (self.procs.number(proc_id(args[1])), self.goroutines.number(args[2]));
        self.samples.push(V1Event { time, args, g, proc, stack, kind, blocks: false });
    }

    fn add_return(&mut self, time: u64) {
        if time != 0 {
            self.return_times.push(time.cast_signed());
        }
    }

    fn add_structure(&mut self, kind: u8, record: &Record<'_>, tables: &mut Tables) -> Result<()> {
        match (kind, record.args()) {
            (kind::BATCH, &[proc, ref rest @ .., time]) => {
                let sequence = rest.first().map_or(0, |sequence| sequence.cast_signed());
                self.enter(proc_id(proc), time.cast_signed(), sequence);
            }
            (kind::FREQUENCY, &[frequency, ..]) => self.set_frequency(frequency.cast_signed())?,
            (kind::STACK, &[number, ..]) => self.symbols.add_stack(number, record),
            (kind::STRING, &[number]) => self.symbols.add_string(number, record, tables)?,
            (kind::TIMER_GOROUTINE, &[g, ..]) => self.timers.push(self.goroutines.number(g)),
            _ => return Err(Rule::UnexpectedEvent.into()),
        }
        Ok(())
    }

    /// Begins a batch.
    fn enter(&mut self, proc: u64, time: i64, sequence: i64) {
        self.leave();
        self.proc = self.procs.number(proc);
        self.part =
            Part { start: self.bytes.len(), end: 0, time, sequence, latest: i64::MAX, is_samples: false };
    }

    /// Ends the current batch.
    fn leave(&mut self) {
        let place = self.proc as usize;
        if place >= self.streams.len() {
            self.streams.resize_with(place + 1, Stream::new);
        }
        self.part.end = self.bytes.len();
        if self.part.end > self.part.start {
            self.streams[place].push(self.part);
        }
    }

    /// Where clocks of processors differ, the difference that was measured can be less than nothing.
    fn set_frequency(&mut self, frequency: i64) -> Result<()> {
        self.frequency = frequency;
        match frequency {
            1.. => Ok(()),
            0 => Err(GenerationError::NoFrequency.into()),
            _ => Err(GenerationError::NegativeFrequency(frequency).into()),
        }
    }

    fn finish(mut self, salvages: bool, tables: &mut Tables) -> Loaded {
        self.samples.sort_by_key(|sample| sample.time);
        let procs: Vec<_> = self.procs.take_ids().into_iter().map(u64::cast_signed).collect();
        self.streams.resize_with(procs.len(), Stream::new);
        let (strings, stacks) = self.symbols.finish(tables);
        Loaded {
            version: self.version,
            kept: Kept::new(self.version, self.bytes),
            streams: self.streams,
            samples: self.samples,
            return_times: self.return_times,
            goroutines: self.goroutines,
            procs,
            timers: self.timers,
            frequency: self.frequency,
            has_futile_wakeups: self.has_futile_wakeups,
            strings,
            stacks,
            absent_stacks: AtomicU64::new(0),
            entries: HashMap::default(),
            salvages,
            is_damaged: self.is_damaged,
            is_untimely: false,
            jump: 0,
            left_out: 0,
        }
    }
}
