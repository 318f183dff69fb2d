//! Traces that are legal and small, and unkind to whoever reads them: ids that collide, tasks within tasks, threads that
//! wait. What a trace of twice the size costs shows whether anything grows with the square of it.

use goscope_wire::{BatchHeader, FormatVersion, Trailer, Writer};

use crate::build::V1Trace;

/// A kind of trace: its name, and what makes one of a size.
pub type Kind = (&'static str, fn(u64) -> Vec<u8>);

/// All kinds.
pub const KINDS: &[Kind] = &[
    ("colliding goroutines", colliding_goroutines),
    ("colliding tasks", colliding_tasks),
    ("colliding procs and threads", colliding_procs),
    ("colliding strings and stacks", colliding_tables),
    ("colliding goroutines of family v1", colliding_v1),
    ("task chain", task_chain),
    ("task ring", task_ring),
    ("open tasks", open_tasks),
    ("goroutines", goroutines),
    ("blocked threads", blocked_threads),
    ("lost stops", lost_stops),
];

/// The first event of a thread is at this tick.
const START: u64 = 1 << 20;
/// So many events fit into a batch, of the longest there are.
const PER_BATCH: usize = 1500;

/// The events of a thread, each with the ticks since the one before.
struct Events {
    thread: u64,
    start: u64,
    all: Vec<(&'static str, Vec<u64>)>,
}

impl Events {
    fn new(thread: u64, start: u64) -> Self {
        Self { thread, start, all: Vec::new() }
    }

    /// On a thread with a proc, on which goroutine 1 runs.
    fn begun() -> Self {
        let mut events = Self::new(5, START);
        events.add("ProcStatus", &[0, 1]);
        events.add("GoStatus", &[1, 5, 2]);
        events
    }

    fn add(&mut self, name: &'static str, args: &[u64]) {
        self.all.push((name, [&[1], args].concat()));
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) {
        let mut now = self.start;
        for events in self.all.chunks(PER_BATCH) {
            batch(writer, self.thread, now, events);
            now += events.len() as u64;
        }
    }
}

fn batch(writer: &mut Writer<Vec<u8>>, thread: u64, time: u64, events: &[(&'static str, Vec<u64>)]) {
    let written = writer.batch(1, thread, time, |batch| {
        events.iter().try_for_each(|(name, args)| batch.event(name, args, Trailer::None))
    });
    written.expect("events that fit the version");
}

/// A trace of one generation.
fn trace(threads: &[Events], texts: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let nobody = BatchHeader::NO_THREAD;
    let mut writer = Writer::with_version(Vec::new(), FormatVersion::V1_26).expect("a sink that never fails");
    let sync = [("Sync", vec![]), ("Frequency", vec![1_000_000_000]), ("ClockSnapshot", vec![0, 1, 1, 1])];
    batch(&mut writer, nobody, 1, &sync);
    threads.iter().for_each(|events| events.write(&mut writer));
    let names: [&[u8]; 3] = [b"chan receive", b"task", b"region"];
    let names: Vec<_> = (1..).zip(names.map(<[u8]>::to_vec)).chain(texts.iter().cloned()).collect();
    for texts in names.chunks(PER_BATCH) {
        let written = writer.batch(1, nobody, 1, |batch| {
            batch.event("Strings", &[], Trailer::None)?;
            texts.iter().try_for_each(|(number, text)| batch.event("String", &[*number], Trailer::Data(text)))
        });
        written.expect("strings that fit the version");
    }
    writer.event("EndOfGeneration", &[], Trailer::None).expect("a sink that never fails");
    writer.finish().expect("a sink that never fails")
}

/// Ids below 2^62 that the hash of `rustc-hash` without its rotation sends to few buckets.
fn colliding() -> impl Iterator<Item = u64> {
    // What times this is 1, so that products with small numbers have nothing but small numbers as hashes.
    const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;
    let mut inverse = FACTOR;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(FACTOR.wrapping_mul(inverse)));
    }
    (1..).map(move |hash: u64| inverse.wrapping_mul(hash)).filter(|id| (1 << 16..1 << 62).contains(id))
}

fn ids(count: u64) -> impl Iterator<Item = u64> {
    colliding().take(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Goroutines whose ids collide.
#[must_use]
pub fn colliding_goroutines(count: u64) -> Vec<u8> {
    let mut events = Events::begun();
    ids(count).for_each(|id| events.add("GoCreate", &[id, 0, 0]));
    trace(&[events], &[])
}

/// Tasks whose ids collide.
#[must_use]
pub fn colliding_tasks(count: u64) -> Vec<u8> {
    let mut events = Events::begun();
    for id in ids(count) {
        events.add("UserTaskBegin", &[id, 0, 2, 0]);
        events.add("UserRegionBegin", &[id, 3, 0]);
        events.add("UserRegionEnd", &[id, 3, 0]);
    }
    trace(&[events], &[])
}

/// Procs and threads whose ids collide.
#[must_use]
pub fn colliding_procs(count: u64) -> Vec<u8> {
    let mut threads = vec![Events::begun()];
    for (id, nth) in ids(count).zip(0..) {
        let mut events = Events::new(id, START + 1000 + 10 * nth);
        events.add("ProcStatus", &[id, 1]);
        events.add("ProcStop", &[]);
        threads.push(events);
    }
    trace(&threads, &[])
}

/// Strings and stacks whose numbers collide.
#[must_use]
pub fn colliding_tables(count: u64) -> Vec<u8> {
    let mut events = Events::begun();
    let texts: Vec<_> = ids(count).map(|id| (id, format!("text {id}").into_bytes())).collect();
    for (number, _) in &texts {
        events.add("UserLog", &[1, *number, *number, 0]);
    }
    trace(&[events], &texts)
}

/// Goroutines of a trace of family v1 whose ids collide.
#[must_use]
pub fn colliding_v1(count: u64) -> Vec<u8> {
    let mut trace = V1Trace::new(FormatVersion::V1_21);
    let main = trace.stack(&[("main.main", "main.go", 9)]);
    trace.on(0, |proc| {
        proc.found(1, main, 0);
        proc.start(5);
        proc.run(1, |goroutine| {
            ids(count).for_each(|id| goroutine.spawn(id, main, main));
            goroutine.end();
        });
    });
    trace.finish()
}

/// Tasks each of which is a part of the one before. All end, the last one first.
#[must_use]
pub fn task_chain(count: u64) -> Vec<u8> {
    tasks(count, |id| id - 1)
}

/// Tasks whose parents form a ring.
#[must_use]
pub fn task_ring(count: u64) -> Vec<u8> {
    tasks(count, |id| if id == 1 { count } else { id - 1 })
}

fn tasks(count: u64, parent: impl Fn(u64) -> u64) -> Vec<u8> {
    let mut events = Events::begun();
    (1..=count).for_each(|id| events.add("UserTaskBegin", &[id, parent(id), 2, 0]));
    (1..=count).rev().for_each(|id| events.add("UserTaskEnd", &[id, 0]));
    trace(&[events], &[])
}

/// Tasks that never end.
#[must_use]
pub fn open_tasks(count: u64) -> Vec<u8> {
    let mut events = Events::begun();
    (1..=count).for_each(|id| events.add("UserTaskBegin", &[id, 0, 2, 0]));
    trace(&[events], &[])
}

/// Goroutines that live to the end.
#[must_use]
pub fn goroutines(count: u64) -> Vec<u8> {
    let mut events = Events::begun();
    (2..count + 2).for_each(|id| events.add("GoCreate", &[id, 0, 0]));
    trace(&[events], &[])
}

/// Threads that start the same goroutine one after the other: that it stopped in between is lost.
#[must_use]
pub fn lost_stops(count: u64) -> Vec<u8> {
    let mut first = Events::begun();
    first.add("GoCreate", &[2, 0, 0]);
    first.add("GoStop", &[1, 0]);
    let mut threads = vec![first];
    for thread in 1..=count {
        let mut events = Events::new(1000 + thread, START + 100 * thread);
        events.add("ProcStatus", &[thread, 1]);
        events.add("GoStart", &[2, thread]);
        threads.push(events);
    }
    trace(&threads, &[])
}

/// Threads whose next event waits for what the last thread does first.
#[must_use]
pub fn blocked_threads(count: u64) -> Vec<u8> {
    let mut first = Events::begun();
    first.add("GoCreate", &[2, 0, 0]);
    first.add("GoStop", &[1, 0]);
    let mut threads = vec![first];
    for thread in 1..=count {
        let mut events = Events::new(1000 + thread, START + 100 * (count + 1 - thread));
        events.add("ProcStatus", &[thread, 1]);
        for round in 0..3 {
            // All start the same goroutine, in turns that go from thread to thread.
            events.add("GoStart", &[2, thread + round * count]);
            events.add("GoStop", &[1, 0]);
        }
        threads.push(events);
    }
    trace(&threads, &[])
}
