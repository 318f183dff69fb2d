//! Traces of headers 1.5 to 1.21.

mod goroutine;
mod proc;

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use goscope_wire::{Family, FormatVersion, Result, Table, Writer};

pub use self::{goroutine::Goroutine, proc::Proc};
use super::{
    clock::{Clock, FREQUENCY, Moment},
    event::{Event, Value},
    symbols::{Call, Symbols, string_event},
};

/// Builds a trace of family v1: see [the module](super).
#[derive(Debug)]
pub struct V1Trace {
    table: &'static Table,
    clock: Clock,
    symbols: Symbols,
    goroutines: HashMap<u64, State>,
    /// The batches that are full, then by proc those that are being filled.
    full: Vec<Batch>,
    open: BTreeMap<u64, Batch>,
    samples: Vec<Sample>,
    timers: Vec<u64>,
    collections: u64,
}

/// What the runtime and the trace's reader know of a goroutine.
#[derive(Debug)]
struct State {
    status: Status,
    /// The transitions that others have to wait for: the sequence numbers since 1.7.
    moves: u64,
    /// The proc of the last of these.
    proc: Option<u64>,
    /// When it came back from a system call, until that is in the trace.
    returned: Option<Moment>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Status {
    Runnable,
    Running,
    Waiting,
    Dead,
}

/// What a proc writes at once.
#[derive(Debug)]
struct Batch {
    proc: u64,
    first: Moment,
    last: Moment,
    events: Vec<Event>,
}

/// A sample of the CPU profiler: the proc that wrote it is not the one that it is about.
#[derive(Debug)]
struct Sample {
    ticks: u64,
    proc: u64,
    goroutine: u64,
    stack: u64,
}

impl V1Trace {
    /// The proc of what happens where there is no proc, as when the runtime's monitor polls the network: −1.
    pub const NO_PROC: u64 = u64::MAX;

    /// An empty trace.
    ///
    /// # Panics
    ///
    /// When `version` is of the other family.
    #[must_use]
    pub fn new(version: FormatVersion) -> Self {
        assert!(version.family() == Family::V1, "{version} is no version of family v1");
        Self {
            table: Table::of(version),
            clock: Clock::new(),
            symbols: Symbols::default(),
            goroutines: HashMap::new(),
            full: Vec::new(),
            open: BTreeMap::new(),
            samples: Vec::new(),
            timers: Vec::new(),
            collections: 0,
        }
    }

    /// Whether the version has an event.
    #[must_use]
    pub fn has(&self, event: &str) -> bool {
        self.table.by_name(event).is_some()
    }

    /// The number of a stack, innermost call first, for those who want one.
    pub fn stack(&mut self, calls: &[Call<'_>]) -> u64 {
        self.symbols.stack(calls)
    }

    /// The number of a stack of bare addresses, innermost first, as header 1.5 has them.
    pub fn stack_at(&mut self, addresses: &[u64]) -> u64 {
        self.symbols.stack_at(addresses)
    }

    /// Lets time pass.
    pub fn wait(&mut self, ticks: u64) {
        self.clock.wait(ticks);
    }

    /// Says what happens on a proc.
    pub fn on(&mut self, proc: u64, what: impl FnOnce(&mut Proc<'_>)) {
        what(&mut Proc { trace: self, proc });
    }

    /// Writes what a proc has collected: its next event begins a new batch.
    pub fn flush(&mut self, proc: u64) {
        self.full.extend(self.open.remove(&proc));
    }

    /// Adds an event of a proc. The version takes the arguments that it has from `values`.
    fn add(&mut self, proc: u64, name: &str, values: &[Value<'_>], data: Option<&[u8]>) {
        let now = self.clock.tick();
        let batch = self.open.entry(proc).or_insert_with(|| Batch::new(proc, now));
        let steps = [("dseq", now.sequence - batch.last.sequence), ("dt", now.ticks - batch.last.ticks)];
        let event = Event::new(self.table, name, &[&steps, values].concat());
        batch.events.push(if let Some(data) = data { event.with_data(data) } else { event });
        batch.last = now;
    }

    /// The number of a string, which a proc writes if it is a new one.
    fn string(&mut self, proc: u64, text: &str) -> u64 {
        let (id, is_new) = self.symbols.string(text);
        if is_new {
            let now = self.clock.tick();
            let batch = self.open.entry(proc).or_insert_with(|| Batch::new(proc, now));
            batch.events.push(string_event(self.table, id, text));
        }
        id
    }

    /// Takes a goroutine from one status to another.
    fn change(&mut self, goroutine: u64, from: Status, to: Status) -> &mut State {
        let state = self.goroutines.get_mut(&goroutine).unwrap_or_else(|| panic!("no goroutine {goroutine}"));
        assert_eq!(state.status, from, "goroutine {goroutine}");
        state.status = to;
        state
    }

    /// The file.
    ///
    /// # Panics
    ///
    /// When the events can't be written, which would be a mistake of the builder.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.write().expect("events that fit the version")
    }

    fn write(&mut self) -> Result<Vec<u8>> {
        let mut writer = Writer::with_version(Vec::new(), self.table.version())?;
        let open = mem::take(&mut self.open).into_values();
        for batch in mem::take(&mut self.full).into_iter().chain(open).chain(self.sample_batch()) {
            write_batch(self.table, &batch, &mut writer)?;
        }
        // Up to Go 1.6 the stacks come first and need no batch, later they come last and have one.
        let mut parts = [self.footer(), self.stack_table()];
        if self.table.version() == FormatVersion::V1_5 {
            parts.reverse();
        }
        parts.iter().flatten().try_for_each(|event| write_event(event, &mut writer))?;
        writer.finish()
    }

    /// The samples in a batch of their own, written when the trace is about to end.
    fn sample_batch(&mut self) -> Option<Batch> {
        let samples = mem::take(&mut self.samples);
        samples.first()?;
        self.flush(0);
        for Sample { ticks, proc, goroutine, stack } in samples {
            self.add(0, "CPUSample", &[("ts", ticks), ("p", proc), ("g", goroutine), ("stack", stack)], None);
        }
        self.open.remove(&0)
    }

    fn footer(&self) -> Vec<Event> {
        let timers =
            self.timers.iter().map(|g| Event::new(self.table, "TimerGoroutine", &[("g", *g), ("unused", 0)]));
        let frequency = Event::new(self.table, "Frequency", &[("freq", FREQUENCY), ("unused", 0)]);
        [frequency].into_iter().chain(timers).collect()
    }

    fn stack_table(&mut self) -> Vec<Event> {
        let strings = self.has("String");
        let mut events = self.symbols.stack_events(self.table, strings);
        if strings {
            events.insert(0, batch_event(self.table, 0, self.clock.tick()));
        }
        events
    }
}

impl Batch {
    fn new(proc: u64, now: Moment) -> Self {
        Self { proc, first: now, last: now, events: Vec::new() }
    }
}

fn batch_event(table: &'static Table, proc: u64, start: Moment) -> Event {
    Event::new(table, "Batch", &[("p", proc), ("seq", start.sequence), ("ticks", start.ticks)])
}

fn write_batch(table: &'static Table, batch: &Batch, writer: &mut Writer<Vec<u8>>) -> Result<()> {
    write_event(&batch_event(table, batch.proc, batch.first), writer)?;
    batch.events.iter().try_for_each(|event| write_event(event, writer))
}

fn write_event(event: &Event, writer: &mut Writer<Vec<u8>>) -> Result<()> {
    let (name, args, trailer) = event.parts();
    writer.event(name, args, trailer)
}
