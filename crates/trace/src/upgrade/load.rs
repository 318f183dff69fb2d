//! Records of family v1 to events: where each happened, on which goroutine, with the time in ticks.
//!
//! A batch belongs to a proc, and the events of a proc are in order. On which goroutine an event happened
//! is not written: it is the one that started on the proc last. All events lie in one list in the order of
//! the file; which parts of it are a proc's, its [`Stream`] tells.
//!
//! Strings and stacks come after their use, mostly at the end of the file, and so events keep the numbers
//! that the file has for them. The message of a log is no entry of the string table; it is interned at once.
//!
//! Invariant: in an event's `g`, and in the first argument of a type that [`kind::NAMING`] has, there is the
//! dense number of a goroutine; in its `proc`, that of a proc.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`parseEvents`).

use std::{io::Read, ops::Range};

use goscope_wire::{ArgKind, FormatVersion, Record, Table};
use rustc_hash::FxHashMap;

use super::{
    Result, V1Event,
    kind::{self, COUNT},
    names::Names,
    stored::{MAX_PROCS, Stored, Wide},
    symbols::Symbols,
};
use crate::{
    error::ErrorKind,
    generation::Numbering,
    order::rule::Rule,
    tables::{Frame, StackId, StringId, Tables},
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

/// No event.
const NONE: u32 = u32::MAX;

/// A trace as it is in the file, with its events in the order of the file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) version: FormatVersion,
    pub(super) events: Vec<Stored>,
    pub(super) wide: Wide,
    /// The sequence number of each event, in header 1.5, which has them for all.
    pub(super) sequences: Vec<i64>,
    /// By the dense number of the proc.
    pub(super) streams: Vec<Stream>,
    /// By their dense numbers.
    pub(crate) goroutines: Vec<u64>,
    /// By their dense numbers.
    pub(crate) procs: Vec<i64>,
    /// Goroutines of the runtime that run timers.
    pub(crate) timers: Vec<u32>,
    /// Ticks per second; 0 if the file does not say.
    pub(crate) frequency: i64,
    pub(crate) has_futile_wakeups: bool,
    pub(crate) strings: Numbering<StringId>,
    pub(crate) stacks: Numbering<StackId>,
    /// In header 1.5, by the address of a function in which a goroutine starts: a stack of it.
    pub(crate) entries: FxHashMap<u64, StackId>,
}

/// The events of a proc.
#[derive(Default, Debug)]
pub(super) struct Stream {
    /// Where in the list of events they are.
    pub(super) parts: Vec<Range<u32>>,
    /// The goroutine that runs on the proc.
    g: u32,
    /// The proc's last event, if that is a system call that may yet block.
    syscall: u32,
}

/// How the arguments of a type stand in its record.
#[derive(Clone, Copy, Default, Debug)]
struct Layout {
    is_timed: bool,
    /// Where those begin that come behind the time.
    first: u8,
    /// How many they are, the stack apart.
    count: u8,
    has_stack: bool,
}

impl Layout {
    fn of(table: &Table, kind: u8) -> Self {
        let Some(spec) = table.get(goscope_wire::EventId(kind)).filter(|spec| spec.timed) else {
            return Self::default();
        };
        let first = spec.positions(ArgKind::Delta).next().map_or(0, |time| time + 1);
        let has_stack = spec.args.last().is_some_and(|arg| arg.name == "stack");
        let count = spec.args.len() - first - usize::from(has_stack);
        Self { is_timed: true, first: first as u8, count: count as u8, has_stack }
    }
}

/// Reads a trace to its end.
pub(super) fn load<R: Read>(source: &mut goscope_wire::Reader<R>, tables: &mut Tables) -> Result<Loaded> {
    let mut loader = Loader::new(source.header().version());
    while let Some(record) = source.next_record()? {
        loader.add(&record, tables)?;
    }
    loader.finish(tables)
}

/// The id of a proc. That of none is -1, in a number of any size.
pub(crate) fn proc_id(number: u64) -> u64 {
    i64::from(number as i32).cast_unsigned()
}

struct Loader {
    version: FormatVersion,
    layouts: [Layout; COUNT],
    events: Vec<Stored>,
    wide: Wide,
    sequences: Vec<i64>,
    samples: Vec<Stored>,
    streams: Vec<Stream>,
    goroutines: Names,
    procs: Names,
    timers: Vec<u32>,
    frequency: i64,
    has_futile_wakeups: bool,
    symbols: Symbols,
    /// Of the current batch: its proc, the time and the sequence number of the last event, and the state
    /// that its [`Stream`] gets back when the batch ends.
    proc: u32,
    start: u32,
    time: i64,
    sequence: i64,
    g: u32,
    syscall: u32,
}

impl Loader {
    fn new(version: FormatVersion) -> Self {
        let table = Table::of(version);
        Self {
            version,
            layouts: std::array::from_fn(|kind| Layout::of(table, kind as u8)),
            events: Vec::new(),
            wide: Wide::default(),
            sequences: Vec::new(),
            samples: Vec::new(),
            streams: Vec::new(),
            goroutines: Names::with(&[u64::from(NO_GOROUTINE)]),
            procs: Names::with(&FIRST_PROCS),
            timers: Vec::new(),
            frequency: 0,
            has_futile_wakeups: false,
            symbols: Symbols::default(),
            proc: 0,
            start: 0,
            time: 0,
            sequence: 0,
            g: NO_GOROUTINE,
            syscall: NONE,
        }
    }

    #[inline]
    fn add(&mut self, record: &Record<'_>, tables: &mut Tables) -> Result<()> {
        let kind = record.id().0 & 63;
        let layout = self.layouts[usize::from(kind)];
        if !layout.is_timed {
            return self.add_structure(kind, record, tables);
        }
        let mut event = self.timed(kind, layout, record.args());
        if matches!(kind, kind::LOG | kind::SAMPLE | kind::FUTILE_WAKEUP | kind::SYS_EXIT_LOCAL) {
            self.adjust(&mut event, record, tables);
            if kind == kind::SAMPLE {
                self.samples.push(Stored::new(&event, &mut self.wide));
                return Ok(());
            }
        }
        self.push(event);
        Ok(())
    }

    /// Reads the arguments. Those that the record lacks are 0. (A sample steps the time of its batch on, as every
    /// event does. Go 1.27's reader passes over that step, which makes no difference in what runtimes write:
    /// samples have batches of their own.)
    #[inline]
    fn timed(&mut self, kind: u8, layout: Layout, args: &[u64]) -> V1Event {
        let arg = |place: usize| args.get(place).copied().unwrap_or(0);
        let first = usize::from(layout.first);
        if first == 2 {
            self.sequence = self.sequence.wrapping_add(arg(0).cast_signed());
        }
        self.time = self.time.wrapping_add(arg(first.wrapping_sub(1)).cast_signed());
        let count = usize::from(layout.count);
        let mut own = [0; 3];
        for (place, own) in own.iter_mut().enumerate().take(count) {
            *own = arg(first + place);
        }
        let stack = if layout.has_stack { arg(first + count) as u32 } else { 0 };
        V1Event { time: self.time, args: own, g: self.g, proc: self.proc, stack, kind, blocks: false }
    }

    /// What is special about a few types.
    fn adjust(&mut self, event: &mut V1Event, record: &Record<'_>, tables: &mut Tables) {
        let [first, second, third] = event.args;
        match event.kind {
            kind::LOG => {
                event.args[2] = u64::from(tables.intern_string(record.data().unwrap_or_default()).0);
            }
            // It was written later than it was taken, elsewhere.
            kind::SAMPLE => {
                event.time = first.cast_signed();
                event.args[0] = 0;
                event.proc = self.procs.number(proc_id(second));
                event.g = self.goroutines.number(third);
            }
            // As the long form has it. Go's readers leave the time where they don't look for it.
            kind::SYS_EXIT_LOCAL => event.args = [first, 0, second],
            _ => self.has_futile_wakeups = true,
        }
    }

    /// Adds an event of the current proc.
    #[inline]
    fn push(&mut self, mut event: V1Event) {
        let kind = event.kind;
        if kind::NAMING.has(kind) {
            let named = self.goroutines.number(event.args[0]);
            event.args[0] = u64::from(named);
            if kind::STARTING.has(kind) {
                (self.g, event.g) = (named, named);
            } else if kind::ABSENT.has(kind) {
                event.g = named;
            }
        } else if kind::LEAVING.has(kind) {
            self.g = NO_GOROUTINE;
        }
        self.see_syscall(&event);
        if self.version == FormatVersion::V1_5 {
            self.sequences.push(self.sequence);
        }
        self.events.push(Stored::new(&event, &mut self.wide));
    }

    /// Notes whether a system call blocks: then the next event of its goroutine says so. It is an event of
    /// the same proc, and until then the goroutine can do nothing elsewhere.
    #[inline]
    fn see_syscall(&mut self, event: &V1Event) {
        if event.kind == kind::SYSCALL {
            self.syscall = self.events.len() as u32;
        } else if let Some(call) = self.events.get_mut(self.syscall as usize)
            && call.g == event.g
        {
            if event.kind == kind::SYS_BLOCK {
                call.set_blocks();
            }
            self.syscall = NONE;
        }
    }

    fn add_structure(&mut self, kind: u8, record: &Record<'_>, tables: &mut Tables) -> Result<()> {
        match (kind, record.args()) {
            (kind::BATCH, &[proc, ref rest @ .., time]) => {
                self.enter(proc_id(proc), time.cast_signed());
                self.sequence = rest.first().map_or(0, |sequence| sequence.cast_signed());
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
    fn enter(&mut self, proc: u64, time: i64) {
        self.leave();
        self.proc = self.procs.number(proc);
        self.time = time;
        if let Some(stream) = self.streams.get(self.proc as usize) {
            (self.g, self.syscall) = (stream.g, stream.syscall);
        } else {
            (self.g, self.syscall) = (NO_GOROUTINE, NONE);
        }
    }

    /// Ends the current batch.
    fn leave(&mut self) {
        let place = self.proc as usize;
        if place >= self.streams.len() {
            let empty = || Stream { parts: Vec::new(), g: NO_GOROUTINE, syscall: NONE };
            self.streams.resize_with(place + 1, empty);
        }
        let (stream, end) = (&mut self.streams[place], self.events.len() as u32);
        (stream.g, stream.syscall) = (self.g, self.syscall);
        match stream.parts.last_mut() {
            Some(last) if last.end == self.start => last.end = end,
            _ if end > self.start => stream.parts.push(self.start..end),
            _ => {}
        }
        self.start = end;
    }

    /// Where clocks of processors differ, the difference that was measured can be less than nothing.
    fn set_frequency(&mut self, frequency: i64) -> Result<()> {
        self.frequency = frequency;
        if frequency <= 0 { Err(ErrorKind::Unordered) } else { Ok(()) }
    }

    fn finish(mut self, tables: &mut Tables) -> Result<Loaded> {
        self.leave();
        self.add_samples();
        let procs: Vec<_> = self.procs.take_ids().into_iter().map(u64::cast_signed).collect();
        if u32::try_from(self.events.len()).is_err() || procs.len() > MAX_PROCS {
            return Err(ErrorKind::TooManyEvents);
        }
        let entries = self.intern_entries(tables);
        let (strings, stacks) = self.symbols.finish(tables);
        self.streams.resize_with(procs.len(), Stream::default);
        Ok(Loaded {
            version: self.version,
            events: self.events,
            wide: self.wide,
            sequences: self.sequences,
            streams: self.streams,
            goroutines: self.goroutines.take_ids(),
            procs,
            timers: self.timers,
            frequency: self.frequency,
            has_futile_wakeups: self.has_futile_wakeups,
            strings,
            stacks,
            entries,
        })
    }

    /// Samples were written when someone came to fetch them. By their own times they are a stream like those
    /// of the procs.
    fn add_samples(&mut self) {
        self.samples.sort_by_key(|sample| sample.time);
        self.proc = fake::PROFILE;
        self.events.append(&mut self.samples);
        self.leave();
    }

    /// Header 1.5 has no stacks for where goroutines start, only addresses of functions. Addresses in stacks
    /// are those behind calls, and so these are moved by one, as in later versions.
    fn intern_entries(&self, tables: &mut Tables) -> FxHashMap<u64, StackId> {
        if self.version > FormatVersion::V1_5 {
            return FxHashMap::default();
        }
        let created = self.events.iter().filter(|event| event.kind() == kind::GO_CREATE);
        let stack = |pc: u64| Frame { pc, func: StringId::EMPTY, file: StringId::EMPTY, line: 0 };
        created.map(|event| (event.arg, tables.intern_stack(&[stack(event.arg.wrapping_add(1))]))).collect()
    }
}
