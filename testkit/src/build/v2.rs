//! Traces of headers since 1.22.

use std::collections::{BTreeMap, HashMap};

use goscope_wire::{BatchHeader, Family, FormatVersion, Result, Table, Writer};

use super::{
    clock::{Clock, FREQUENCY},
    event::{Event, Value},
    symbols::{Call, Symbols},
};

/// Builds a trace of family v2, generation by generation.
///
/// ```
/// use goscope_testkit::build::V2Trace;
/// use goscope_wire::FormatVersion;
///
/// let mut trace = V2Trace::new(FormatVersion::V1_26);
/// trace.generation(|generation| {
///     let reason = generation.string("chan receive");
///     generation.on(42, |m| {
///         m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
///         m.event("GoStatus", &[("g", 1), ("m", 42), ("gstatus", 2)]);
///         m.event("GoBlock", &[("reason_string", reason), ("stack", 0)]);
///     });
/// });
/// assert!(trace.finish().starts_with(b"go 1.26 trace"));
/// ```
#[derive(Debug)]
pub struct V2Trace {
    clock: Clock,
    generations: u64,
    writer: Writer<Vec<u8>>,
}

/// A generation that is being built.
#[derive(Debug)]
pub struct Generation {
    table: &'static Table,
    clock: Clock,
    start: u64,
    symbols: Symbols,
    batches: BTreeMap<u64, ThreadBatch>,
    /// The sequence numbers that were given out last, by the name of the argument and its goroutine or proc.
    sequences: HashMap<(&'static str, u64), u64>,
    samples: Vec<Event>,
}

/// What a thread has written so far.
#[derive(Debug)]
struct ThreadBatch {
    start: u64,
    last: u64,
    proc: u64,
    events: Vec<Event>,
}

/// A thread (M) of a generation that is being built.
#[derive(Debug)]
pub struct Thread<'a> {
    generation: &'a mut Generation,
    thread: u64,
}

impl V2Trace {
    /// An empty trace.
    ///
    /// # Panics
    ///
    /// When `version` is of the other family.
    #[must_use]
    pub fn new(version: FormatVersion) -> Self {
        assert!(version.family() == Family::V2, "{version} is no version of family v2");
        let writer = Writer::with_version(Vec::new(), version).expect("a sink that never fails");
        Self { clock: Clock::new(), generations: 0, writer }
    }

    /// Lets time pass.
    pub fn wait(&mut self, ticks: u64) {
        self.clock.wait(ticks);
    }

    /// Adds a generation.
    ///
    /// # Panics
    ///
    /// When the events can't be written, which would be a mistake of the builder.
    pub fn generation(&mut self, what: impl FnOnce(&mut Generation)) {
        self.generations += 1;
        let mut generation = Generation::new(Table::of(self.writer.version()), self.clock.clone());
        what(&mut generation);
        generation.write(self.generations, &mut self.writer).expect("events that fit the version");
        self.clock = generation.clock;
    }

    /// The file.
    ///
    /// # Panics
    ///
    /// Never: the sink does not fail.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.writer.finish().expect("a sink that never fails")
    }
}

impl Generation {
    fn new(table: &'static Table, mut clock: Clock) -> Self {
        let start = clock.tick().ticks;
        let (symbols, samples) = (Symbols::default(), Vec::new());
        Self { table, clock, start, symbols, batches: BTreeMap::new(), sequences: HashMap::new(), samples }
    }

    /// Whether the version has an event.
    #[must_use]
    pub fn has(&self, event: &str) -> bool {
        self.table.by_name(event).is_some()
    }

    /// The number of a string.
    pub fn string(&mut self, text: &str) -> u64 {
        self.symbols.string(text).0
    }

    /// The number of a stack, innermost call first.
    pub fn stack(&mut self, calls: &[Call<'_>]) -> u64 {
        self.symbols.stack(calls)
    }

    /// Says what happens on a thread.
    pub fn on(&mut self, thread: u64, what: impl FnOnce(&mut Thread<'_>)) {
        what(&mut Thread { generation: self, thread });
    }

    fn add(&mut self, thread: u64, name: &str, values: &[Value<'_>]) {
        let now = self.clock.tick().ticks;
        let batch = self.batches.entry(thread).or_insert_with(|| ThreadBatch::new(now));
        batch.proc = value(values, "p").unwrap_or(batch.proc);
        let proc = batch.proc;
        let delta = now - batch.last;
        batch.last = now;
        let numbers = [
            ("dt", delta),
            ("p_seq", self.sequence(name, "p_seq", proc)),
            ("g_seq", self.sequence(name, "g_seq", value(values, "g").unwrap_or_default())),
        ];
        let event = Event::new(self.table, name, &[values, &numbers].concat());
        self.batches.entry(thread).and_modify(|batch| batch.events.push(event));
    }

    /// The next sequence number of a goroutine or proc, if the event has one.
    fn sequence(&mut self, event: &str, arg: &'static str, owner: u64) -> u64 {
        let spec = self.table.by_name(event);
        if !spec.is_some_and(|spec| spec.args.iter().any(|known| known.name == arg)) {
            return 0;
        }
        let last = self.sequences.entry((arg, owner)).or_default();
        *last += 1;
        *last
    }

    fn write(&mut self, number: u64, writer: &mut Writer<Vec<u8>>) -> Result<()> {
        let sync = self.sync();
        write_batch(writer, number, BatchHeader::NO_THREAD, self.start, &sync)?;
        for (thread, batch) in &self.batches {
            write_batch(writer, number, *thread, batch.start, &batch.events)?;
        }
        let (samples, stacks) =
            (std::mem::take(&mut self.samples), self.symbols.stack_events(self.table, false));
        let strings = self.symbols.string_events(self.table);
        for (title, events) in [("CPUSamples", samples), ("Stacks", stacks), ("Strings", strings)] {
            let events = [vec![Event::new(self.table, title, &[])], events].concat();
            write_batch(writer, number, BatchHeader::NO_THREAD, self.start, &events)?;
        }
        if self.has("EndOfGeneration") {
            writer.event("EndOfGeneration", &[], goscope_wire::Trailer::None)
        } else {
            Ok(())
        }
    }

    /// What says how long a tick is and, since 1.25, how the clocks stand.
    fn sync(&self) -> Vec<Event> {
        let values =
            [("freq", FREQUENCY), ("dt", 0), ("mono", 1 << 40), ("sec", 1_700_000_000), ("nsec", 250)];
        let names = ["Sync", "Frequency", "ClockSnapshot"].into_iter().filter(|name| self.has(name));
        names.map(|name| Event::new(self.table, name, &values)).collect()
    }
}

impl ThreadBatch {
    fn new(now: u64) -> Self {
        Self { start: now, last: now, proc: 0, events: Vec::new() }
    }
}

impl Thread<'_> {
    /// Lets time pass.
    pub fn wait(&mut self, ticks: u64) {
        self.generation.clock.wait(ticks);
    }

    /// Adds any event. Its time and the sequence numbers are known; `values` has the other arguments.
    pub fn event(&mut self, name: &str, values: &[Value<'_>]) {
        self.generation.add(self.thread, name, values);
    }

    /// Says what happens on another thread in the meantime.
    pub fn meanwhile(&mut self, thread: u64, what: impl FnOnce(&mut Thread<'_>)) {
        self.generation.on(thread, what);
    }

    /// The CPU profiler samples a goroutine of this thread.
    pub fn sample(&mut self, proc: u64, goroutine: u64, stack: u64) {
        let time = self.generation.clock.tick().ticks;
        let values = [("time", time), ("m", self.thread), ("p", proc), ("g", goroutine), ("stack", stack)];
        self.generation.samples.push(Event::new(self.generation.table, "CPUSample", &values));
    }
}

fn value(values: &[Value<'_>], arg: &str) -> Option<u64> {
    values.iter().find(|(name, _)| *name == arg).map(|(_, value)| *value)
}

fn write_batch(
    writer: &mut Writer<Vec<u8>>,
    generation: u64,
    thread: u64,
    time: u64,
    events: &[Event],
) -> Result<()> {
    writer.batch(generation, thread, time, |batch| {
        events.iter().try_for_each(|event| {
            let (name, args, trailer) = event.parts();
            batch.event(name, args, trailer)
        })
    })
}
