//! The bytes of the trace that is being written: batches by thread, and the frame of each generation.
//!
//! A tick is a nanosecond here, so that times are written as they are. Each thread has a [`Lane`] that fills up with events
//! and is given to the sink as a batch; strings, stacks and samples have lanes of their own. What is held back is a batch for
//! each of them, however long a generation is.
//!
//! Invariant: each event is later than all before it, whatever their threads. A reader merges threads by time, and so
//! gives events back in the order in which they were written.

use std::io::{self, Write};

use goscope_wire::{BatchHeader, FormatVersion, Header, varint};

use super::numbering::Numbering;
use crate::{
    event::ClockSnapshot,
    event_id,
    generation::ExperimentalBatch,
    id::ThreadId,
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// Go's reader refuses larger batches, in bytes.
const MAX_BATCH: usize = 64 << 10;
/// More bytes than an event has: an id and five numbers.
const MAX_EVENT: usize = 1 + 5 * varint::MAX_LEN;
/// A batch does not last longer, in ticks: who mends a damaged trace goes by when batches begin.
const MAX_AGE: u64 = TICKS_PER_SECOND;
/// The most threads of a generation before another one begins: half of what the reader takes, because those of which nothing was
/// told yet are told of at the end.
pub(super) const MAX_THREADS: usize = 1 << 13;
/// No event is later: so there is always a moment behind it.
const LATEST: TraceTime = TraceTime(i64::MAX - (1 << 50));
/// So much is collected before the sink gets it.
const FLUSH_AT: usize = 256 << 10;
/// A tick is a nanosecond.
const TICKS_PER_SECOND: u64 = 1_000_000_000;

/// A batch that fills up.
#[derive(Default, Debug)]
struct Lane {
    thread: u64,
    bytes: Vec<u8>,
    /// The time that the batch counts from, and that of its last event.
    base: u64,
    last: u64,
    /// How many batches it has been before.
    batch: u32,
    /// The generation in which it had an event last: 0 if it never had one.
    generation: u64,
}

/// A number in a batch that may still be changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    lane: u32,
    batch: u32,
    at: usize,
}

/// Writes generations to a sink.
#[derive(Debug)]
pub(super) struct Output<W> {
    sink: W,
    /// What the sink has not got yet.
    pending: Vec<u8>,
    /// The bytes of all events and tables so far, be they still held back or not.
    made: u64,
    /// Those of them that are of strings and stacks which an earlier generation has too.
    repeated: u64,
    failure: Option<io::Error>,
    /// Whether nothing is written: see [`Encoder::pass`](super::Encoder::pass).
    pub(super) is_muted: bool,
    /// The number of the generation, from 1.
    generation: u64,
    /// When the generation began.
    start: u64,
    /// The time of the last event.
    now: TraceTime,
    /// By the place of the thread; the first is that of no thread.
    lanes: Vec<Lane>,
    /// The places of those that have events in this generation.
    used: Vec<u32>,
    has_events: bool,
    samples: Lane,
    strings: Lane,
    stacks: Lane,
    pub(super) numbering: Numbering,
}

impl<W: Write> Output<W> {
    pub(super) fn new(sink: W) -> Self {
        let lane = || Lane { thread: BatchHeader::NO_THREAD, ..Lane::default() };
        Self {
            sink,
            pending: Header::new(FormatVersion::NEWEST).to_bytes().to_vec(),
            made: 0,
            repeated: 0,
            failure: None,
            is_muted: false,
            generation: 0,
            start: 0,
            now: TraceTime(0),
            lanes: vec![lane()],
            used: Vec::new(),
            has_events: false,
            samples: lane(),
            strings: lane(),
            stacks: lane(),
            numbering: Numbering::default(),
        }
    }

    /// The time of the last event.
    pub(super) fn now(&self) -> TraceTime {
        self.now
    }

    /// The bytes of all events and tables so far, be they still held back or not.
    pub(super) fn bytes(&self) -> u64 {
        self.made
    }

    /// The bytes so far of strings and stacks that an earlier generation has too.
    pub(super) fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Whether a generation has begun.
    pub(super) fn is_begun(&self) -> bool {
        self.generation > 0
    }

    /// Whether an event can be written: a generation has begun, and another thread fits into it.
    #[inline]
    pub(super) fn is_ready(&self) -> bool {
        self.is_begun() && self.used.len() < MAX_THREADS
    }

    /// Whether there has been an event of any thread, or of none, when the last generation ended.
    pub(super) fn has_events(&self) -> bool {
        self.has_events
    }

    /// Whether a thread has had an event.
    pub(super) fn has_told(&self, place: u32) -> bool {
        self.lanes[place as usize].generation > 0
    }

    /// Makes room for the events of a thread, whose place is the next one.
    pub(super) fn add_lane(&mut self, thread: ThreadId) {
        self.lanes.push(Lane { thread: thread.0, ..Lane::default() });
    }

    /// Begins a generation, with what the clocks showed; zeros if that is not known, because the format asks for something.
    pub(super) fn begin(&mut self, time: TraceTime, clock: Option<ClockSnapshot>) {
        self.generation += 1;
        self.numbering.begin();
        self.move_to(time);
        // Where the generation before lasted longer than the clocks say, the reader moves the begin of this one.
        self.start = clock.map_or(ticks(self.now), |clock| ticks(clock.trace).clamp(1, ticks(self.now)));
        let (trace, rest) = match clock {
            Some(ClockSnapshot { trace, mono, wall }) => {
                (ticks(trace), [mono, wall.seconds.cast_unsigned(), wall.nanoseconds.cast_unsigned()])
            }
            None => (self.start, [0; 3]),
        };
        let mut batch = Vec::new();
        let [mono, seconds, nanoseconds] = rest;
        let snapshot = [trace.saturating_sub(self.start), mono, seconds, nanoseconds];
        append_clock(&mut batch, TICKS_PER_SECOND, snapshot);
        self.batch(BatchHeader::NO_THREAD, self.start, &batch);
    }

    /// Ends the generation.
    pub(super) fn end(&mut self) {
        self.has_events |= !self.used.is_empty();
        for place in std::mem::take(&mut self.used) {
            self.flush_lane(place as usize);
        }
        for lane in [&mut self.samples, &mut self.strings, &mut self.stacks] {
            let (thread, base, bytes) = (lane.thread, lane.base, std::mem::take(&mut lane.bytes));
            append_batch(&mut self.pending, self.generation, thread, base.max(self.start), &bytes);
        }
        self.pending.push(event_id::END_OF_GENERATION);
        self.drain();
    }

    /// Writes an event of a thread. Its time is this, or the next after that of the last event.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, place: u32, time: TraceTime, id: u8, args: [u64; N]) {
        if self.is_muted {
            return;
        }
        let delta = self.advance(place, time);
        let bytes = &mut self.lanes[place as usize].bytes;
        let before = bytes.len();
        bytes.push(id);
        varint::append(bytes, delta);
        args.into_iter().for_each(|arg| varint::append(bytes, arg));
        self.made += (bytes.len() - before) as u64;
    }

    /// Moves a thread's time on. Returns how long after its last event that is.
    #[inline]
    fn advance(&mut self, place: u32, time: TraceTime) -> u64 {
        self.move_to(time);
        let now = ticks(self.now);
        let lane = &self.lanes[place as usize];
        let has_room = (1..=MAX_BATCH - MAX_EVENT).contains(&lane.bytes.len());
        if !has_room || now - lane.base.min(now) > MAX_AGE {
            self.begin_batch(place, now);
        }
        let lane = &mut self.lanes[place as usize];
        let delta = now - lane.last;
        lane.last = now;
        delta
    }

    /// Begins a batch of a thread.
    #[cold]
    fn begin_batch(&mut self, place: u32, now: u64) {
        self.flush_lane(place as usize);
        let lane = &mut self.lanes[place as usize];
        if lane.generation != self.generation {
            lane.generation = self.generation;
            self.used.push(place);
        }
        lane.base = exact(now).max(exact(self.start));
        lane.last = lane.base;
    }

    /// Moves time on, to this or to the next moment.
    #[inline]
    fn move_to(&mut self, time: TraceTime) {
        self.now = time.min(LATEST).max(self.now.next());
    }

    /// The last event becomes two in a reader: the second one has the next moment.
    pub(super) fn skip_moment(&mut self) {
        self.now = self.now.next();
    }

    /// A patch for the last byte that was written of a thread.
    pub(super) fn last_byte(&self, place: u32) -> Option<Patch> {
        let lane = &self.lanes[place as usize];
        if self.is_muted {
            return Some(Patch { lane: place, batch: lane.batch, at: 0 });
        }
        Some(Patch { lane: place, batch: lane.batch, at: lane.bytes.len().checked_sub(1)? })
    }

    /// Changes a byte, if the sink has not got it yet.
    pub(super) fn patch(&mut self, patch: Patch, byte: u8) -> bool {
        if self.is_muted {
            return true;
        }
        let lane = &mut self.lanes[patch.lane as usize];
        match lane.bytes.get_mut(patch.at).filter(|_| lane.batch == patch.batch) {
            Some(place) => *place = byte,
            None => return false,
        }
        true
    }

    /// Writes a sample of the CPU profiler.
    pub(super) fn sample(&mut self, time: TraceTime, args: [u64; 4]) {
        if self.is_muted {
            return;
        }
        self.move_to(time);
        let mut record = vec![event_id::CPU_SAMPLE];
        varint::append(&mut record, ticks(self.now));
        args.into_iter().for_each(|arg| varint::append(&mut record, arg));
        self.table_record(|output| &mut output.samples, event_id::CPU_SAMPLES, &record);
    }

    /// Writes a batch of an experiment. `false` if none can be written that is so large, of this experiment, or here.
    pub(super) fn experiment(&mut self, batch: &ExperimentalBatch) -> bool {
        let ExperimentalBatch { experiment, thread, data } = batch;
        // At experiments that it does not know, Go's reader panics.
        if !self.is_begun() || data.len() > MAX_BATCH || !batch.is_alloc_free() {
            return false;
        }
        self.pending.push(event_id::EXPERIMENTAL_BATCH);
        let numbers = [experiment.0, self.generation, thread.0, self.start, data.len() as u64];
        numbers.into_iter().for_each(|number| varint::append(&mut self.pending, number));
        self.pending.extend_from_slice(data);
        self.drain_if_full();
        true
    }

    /// The number of a string in this generation.
    #[inline]
    pub(super) fn string(&mut self, id: StringId, tables: &Tables) -> u64 {
        if self.is_muted || id == StringId::EMPTY {
            return 0;
        }
        match self.numbering.string(id) {
            Some(number) => number,
            None => self.new_string(id, tables),
        }
    }

    #[cold]
    fn new_string(&mut self, id: StringId, tables: &Tables) -> u64 {
        let is_known = self.numbering.has_string(id);
        let (number, record) = self.numbering.new_string(id, tables);
        self.repeated += if is_known { record.len() as u64 } else { 0 };
        self.table_record(|output| &mut output.strings, event_id::STRINGS, &record);
        number
    }

    /// The number of the reason of a stop of the world. `None` if it can't have one.
    pub(super) fn reason(&mut self, id: StringId, tables: &Tables) -> Option<u64> {
        if self.is_muted || id == StringId::EMPTY {
            return Some(0);
        }
        if let Some(number) = self.numbering.reason(id) {
            return Some(number);
        }
        let (number, record) = self.numbering.new_reason(id, tables)?;
        self.table_record(|output| &mut output.strings, event_id::STRINGS, &record);
        Some(number)
    }

    /// The number of a stack in this generation.
    #[inline]
    pub(super) fn stack(&mut self, id: StackId, tables: &Tables) -> u64 {
        if self.is_muted || id == StackId::NONE {
            return 0;
        }
        match self.numbering.stack(id) {
            Some(number) => number,
            None => self.new_stack(id, tables),
        }
    }

    #[cold]
    fn new_stack(&mut self, id: StackId, tables: &Tables) -> u64 {
        let frames: Vec<_> = self.numbering.frames(tables.stack(id)).to_vec();
        let numbered: Vec<_> = frames
            .iter()
            .map(|frame| (frame, self.string(frame.func, tables), self.string(frame.file, tables)))
            .collect();
        let is_known = self.numbering.has_stack(id);
        let (number, record) = self.numbering.new_stack(id, &numbered);
        self.repeated += if is_known { record.len() as u64 } else { 0 };
        self.table_record(|output| &mut output.stacks, event_id::STACKS, &record);
        number
    }

    /// Adds a record to a lane whose batches begin with `head`.
    fn table_record(&mut self, lane: fn(&mut Self) -> &mut Lane, head: u8, record: &[u8]) {
        let start = self.start;
        let bytes = &mut lane(self).bytes;
        if bytes.len() + record.len() > MAX_BATCH {
            let full = std::mem::take(bytes);
            self.batch(BatchHeader::NO_THREAD, start, &full);
        }
        let bytes = &mut lane(self).bytes;
        if bytes.is_empty() {
            bytes.push(head);
        }
        bytes.extend_from_slice(record);
        self.made += record.len() as u64;
    }

    fn flush_lane(&mut self, place: usize) {
        let lane = &mut self.lanes[place];
        append_batch(&mut self.pending, self.generation, lane.thread, lane.base, &lane.bytes);
        lane.bytes.clear();
        lane.batch += 1;
        self.drain_if_full();
    }

    fn batch(&mut self, thread: u64, time: u64, bytes: &[u8]) {
        append_batch(&mut self.pending, self.generation, thread, time, bytes);
        self.drain_if_full();
    }

    fn drain_if_full(&mut self) {
        if self.pending.len() >= FLUSH_AT {
            self.drain();
        }
    }

    /// Gives the sink what it has not got.
    fn drain(&mut self) {
        if self.failure.is_none() {
            self.failure = self.sink.write_all(&self.pending).err();
        }
        self.pending.clear();
    }

    /// Whether the sink has failed since this was asked last.
    #[inline]
    pub(super) fn check(&mut self) -> io::Result<()> {
        match self.failure.take() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// Gives the sink everything and returns it.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.drain();
        self.check()?;
        self.sink.flush()?;
        Ok(self.sink)
    }
}

/// Appends the batch that says how long a tick is, and what the clocks showed: when after the batch's time, the monotonic clock,
/// and seconds and nanoseconds of the wall clock.
pub(crate) fn append_clock(out: &mut Vec<u8>, ticks_per_second: u64, snapshot: [u64; 4]) {
    out.extend([event_id::SYNC, event_id::FREQUENCY]);
    varint::append(out, ticks_per_second);
    out.push(event_id::CLOCK_SNAPSHOT);
    snapshot.into_iter().for_each(|number| varint::append(out, number));
}

/// Appends a batch, if there is anything in it.
fn append_batch(out: &mut Vec<u8>, generation: u64, thread: u64, time: u64, bytes: &[u8]) {
    if !bytes.is_empty() {
        BatchHeader { generation, thread, time, size: bytes.len() as u64 }.append_to(out);
        out.extend_from_slice(bytes);
    }
}

/// A time in ticks.
#[inline]
fn ticks(time: TraceTime) -> u64 {
    time.0.max(0).cast_unsigned()
}

/// The last time up to this one that a reader does not round: it multiplies the times of batches as floating-point
/// numbers, but adds those of events as whole ones.
#[inline]
fn exact(ticks: u64) -> u64 {
    let excess = (u64::BITS - ticks.leading_zeros()).saturating_sub(f64::MANTISSA_DIGITS);
    (ticks >> excess) << excess
}
