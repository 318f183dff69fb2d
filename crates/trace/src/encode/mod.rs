//! Writing traces: events become a trace of the newest version, which Go's own tools open.
//!
//! An [`Encoder`] takes the events of any [`Reader`](crate::Reader), of any version and of damaged traces too, and writes one
//! record for each, so that a reader of the output gives the same events back, at the same nanosecond. A [`TraceWriter`] is an
//! encoder with strings and stacks of its own, for programs that make traces of other things.
//!
//! ```text
//! events ─▶ model (what a reader of the output knows) ─▶ records ─▶ batches by thread ─▶ generations ─▶ bytes
//! ```
//!
//! What family v2 can't say as an event says it, the encoder says as closely as the format allows, and counts what it did: see
//! [`Change`]. It never writes a trace that a reader refuses.
//!
//! Source: Go 1.27.3 `internal/trace/order.go`, which is what the output has to satisfy.

mod annotation;
mod bridge;
mod change;
mod forget;
mod generations;
mod goroutine;
mod model;
mod numbering;
mod output;
mod place;
mod proc;
mod range;
mod seam;
mod survivors;
mod syscall;
mod tell;
mod writer;

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

pub use self::{
    change::{Change, Changes},
    generations::{Cut, write_generations},
    writer::TraceWriter,
};
use crate::{
    event::{ClockSnapshot, Event, EventKind, GoTransition, RangeKind},
    generation::ExperimentalBatch,
    id::{ProcId, ThreadId},
    reader::Part,
    tables::Tables,
    time::TraceTime,
};
use model::Model;
use output::Output;
pub(crate) use output::append_clock;
pub(crate) use survivors::Survivors;
use tell::Untold;

/// Writes events as a trace of the newest version.
///
/// Events come in order, as a [`Reader`](crate::Reader) gives them: each [`Sync`](EventKind::Sync) begins a generation, and
/// [`Self::finish`] ends the last one. Times are kept to the nanosecond; of events at the same time, the later one is moved by
/// one.
///
/// ```
/// use goscope_trace::{Reader, encode::Encoder};
///
/// let old = std::fs::File::open("../../corpus/channels_go1.21.13.trace")?;
/// let mut reader = Reader::new(old)?;
/// let mut encoder = Encoder::new(Vec::new());
/// while let Some(part) = reader.next_part()? {
///     encoder.part(&part)?;
/// }
/// let (trace, changes) = encoder.finish()?;
/// assert!(trace.starts_with(b"go 1.26 trace"));
/// assert_eq!(changes.left_out(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Encoder<W> {
    model: Model,
    out: Output<W>,
    /// Counts generations, those that are not written too.
    generation: u32,
    /// The first generation that a reader of the output sees. What was told last before it is not known there.
    first: u32,
    /// What was told last before this generation is not known to who reads from there.
    fresh: u32,
    /// What has to be told of the states before [`Self::begin`].
    untold: Untold,
    /// The thread for what happens nowhere else, and the proc that was made up for it.
    helper: Option<(u32, ProcId)>,
    /// What is written only once it is known what comes next.
    held: Option<Held>,
    changes: Changes,
}

/// An event that may mean one of two things, which the next one tells.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// A sync begins a generation, unless it is the last one.
    Sync(TraceTime, Option<ClockSnapshot>),
    /// A proc is left, by a thread that goes on in a system call, or whose call from C is over.
    Left(proc::Left),
}

/// As soon as possible: right after the last event.
pub(crate) const SOON: TraceTime = TraceTime(i64::MIN);

impl<W: Write> Encoder<W> {
    /// An encoder that writes to a sink, in pieces of about 256 KiB.
    #[must_use]
    pub fn new(sink: W) -> Self {
        Self {
            model: Model::new(),
            out: Output::new(sink),
            generation: 0,
            first: 0,
            fresh: 0,
            untold: Untold::default(),
            helper: None,
            held: None,
            changes: Changes::default(),
        }
    }

    /// Writes an event, whose strings and stacks are in `tables`.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Reader, encode::Encoder};
    ///
    /// // Without logs, by event; batches of experiments come with the generation.
    /// let mut reader = Reader::new(std::fs::File::open("../../corpus/allocfree_go1.27.3.trace")?)?;
    /// let mut encoder = Encoder::new(Vec::new());
    /// while let Some(event) = reader.next_event()? {
    ///     if !matches!(event.kind, EventKind::Log(_)) {
    ///         encoder.event(&event, reader.tables())?;
    ///     }
    ///     if let EventKind::Sync(_) = event.kind {
    ///         for batch in reader.experimental_batches() {
    ///             encoder.experimental_batch(batch)?;
    ///         }
    ///     }
    /// }
    /// println!("{} bytes, {} events left out", encoder.bytes(), encoder.changes().left_out());
    /// # assert!(encoder.bytes() > 1000 && encoder.changes().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the sink fails.
    #[inline]
    pub fn event(&mut self, event: &Event, tables: &Tables) -> io::Result<()> {
        if let Some(held) = self.held.take()
            && self.release(held, Some(event))
        {
            return self.out.check();
        }
        if !self.out.is_ready() {
            self.make_ready(event);
        }
        if !self.untold.is_empty() {
            self.use_time_before(event.time, tables);
        }
        match &event.kind {
            EventKind::Sync(sync) => self.held = Some(Held::Sync(event.time, sync.clock)),
            EventKind::GoTransition(transition) => self.go_transition(event, transition, tables),
            EventKind::ProcTransition(transition) => self.proc_transition(event, *transition),
            EventKind::Metric(metric) => self.metric(event, *metric, tables),
            EventKind::Label(label) => self.label(event, *label, tables),
            EventKind::StackSample => self.sample(event, tables),
            EventKind::RangeBegin(range) => self.range_begin(event, *range, tables),
            EventKind::RangeActive(range) => self.range_active(event, *range),
            EventKind::RangeEnd(range, swept) => self.range_end(event, *range, *swept, tables),
            EventKind::TaskBegin(task) => self.task_begin(event, *task, tables),
            EventKind::TaskEnd(task) => self.task_end(event, *task, tables),
            EventKind::RegionBegin(region) => self.region_begin(event, *region, tables),
            EventKind::RegionEnd(region) => self.region_end(event, *region, tables),
            EventKind::Log(log) => self.log(event, *log, tables),
            EventKind::Experimental(experimental) => self.experimental(event, experimental),
        }
        self.out.check()
    }

    /// Writes a part of what a reader gives: its events, and the batches of experiments that its generation has.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn part(&mut self, part: &Part<'_>) -> io::Result<()> {
        self.start_of_part(part, u64::MAX)
    }

    /// Writes the first events of a part, `most` of them at most, as [`part`](Self::part) does.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn start_of_part(&mut self, part: &Part<'_>, most: u64) -> io::Result<()> {
        let mut left = most;
        let written = part.chunk.try_for_each(|event| {
            if left == 0 {
                return ControlFlow::Break(Ok(()));
            }
            left -= 1;
            let written = self.event(event, part.tables).and_then(|()| match event.kind {
                EventKind::Sync(_) => self.experimental_batches(part.experimental_batches),
                _ => Ok(()),
            });
            written.map_or_else(|error| ControlFlow::Break(Err(error)), ControlFlow::Continue)
        });
        written.break_value().unwrap_or(Ok(()))
    }

    fn experimental_batches(&mut self, batches: &[ExperimentalBatch]) -> io::Result<()> {
        batches.iter().try_for_each(|batch| self.experimental_batch(batch))
    }

    /// Takes an event without writing it: what it changes is known from then on.
    ///
    /// To write a part of a trace, pass all events before it, then [`begin`](Self::begin). From then on nothing is passed.
    ///
    /// ```
    /// use goscope_trace::{Reader, TraceTime, encode::Encoder};
    ///
    /// let mut reader = Reader::new(std::fs::File::open("../../corpus/channels_go1.27.3.trace")?)?;
    /// let (mut encoder, mut count) = (Encoder::new(Vec::new()), 0);
    /// while let Some(event) = reader.next_event()? {
    ///     count += 1;
    ///     if count == 300 {
    ///         encoder.begin(TraceTime(event.time.0 - 1), None, reader.tables());
    ///     }
    ///     match count {
    ///         ..300 => encoder.pass(&event, reader.tables()),
    ///         300..400 => encoder.event(&event, reader.tables())?,
    ///         // The part lasts up to here.
    ///         _ => {
    ///             let (part, _) = encoder.finish_at(event.time)?;
    ///             println!("{} bytes", part.len());
    ///             # assert!(Reader::new(&part[..])?.next_event()?.is_some());
    ///             break;
    ///         }
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pass(&mut self, event: &Event, tables: &Tables) {
        if self.out.is_begun() || matches!(self.held, Some(Held::Sync(..))) {
            return;
        }
        self.out.is_muted = true;
        // A generation that is passed over leaves nothing behind: `begin` tells all that there is.
        if !matches!(event.kind, EventKind::Sync(_)) {
            // What is not written can't fail.
            let _ = self.event(event, tables);
        }
        self.out.is_muted = false;
    }

    /// Begins the output at a time, with what is known from the events that were [passed](Self::pass): the states of
    /// goroutines and procs, ranges, tasks and regions that go on. A reader learns of each before it needs it, and
    /// where that is possible without moving any event.
    pub fn begin(&mut self, time: TraceTime, clock: Option<ClockSnapshot>, tables: &Tables) {
        self.out.is_muted = true;
        self.release_last();
        self.out.is_muted = false;
        self.model.told = None;
        if self.out.is_begun() {
            return self.sync(time, clock);
        }
        self.begin_first(time, clock);
        self.gather_untold(tables);
    }

    /// Sees to it that an event can be written: there is a generation, and it has not got more threads than a reader takes.
    #[cold]
    fn make_ready(&mut self, event: &Event) {
        if self.out.is_muted || matches!(event.kind, EventKind::Sync(_)) {
            return;
        }
        self.sync(TraceTime(event.time.0.saturating_sub(1)), None);
    }

    fn begin_first(&mut self, time: TraceTime, clock: Option<ClockSnapshot>) {
        self.generation += 1;
        (self.first, self.fresh) = (self.generation, self.generation);
        self.out.begin(time, clock);
    }

    /// Begins a new generation at a time, so that a trace can be taken apart there: what follows is a trace of its own too, if
    /// it gets a header. All states are told again, as Go's runtime does. Returns whether that was possible: not while
    /// the world is stopped, and before the first event.
    ///
    /// ```
    /// use goscope_trace::{Reader, TraceTime, encode::Encoder};
    ///
    /// let mut reader = Reader::new(std::fs::File::open("../../corpus/channels_go1.21.13.trace")?)?;
    /// let (mut encoder, mut count) = (Encoder::new(Vec::new()), 0);
    /// while let Some(event) = reader.next_event()? {
    ///     count += 1;
    ///     if count == 200 {
    ///         encoder.cut_generation(TraceTime(event.time.0 - 1), None, reader.tables());
    ///     }
    ///     encoder.event(&event, reader.tables())?;
    /// }
    /// # let trace = encoder.finish()?.0;
    /// # assert!(Reader::new(&trace[..])?.next_event()?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cut_generation(&mut self, time: TraceTime, clock: Option<ClockSnapshot>, tables: &Tables) -> bool {
        if !self.out.is_begun() || self.held.is_some() || self.is_world_stopped() {
            return false;
        }
        self.sync(time, clock);
        self.fresh = self.generation;
        self.gather_states(tables);
        true
    }

    /// Whether a reader of this generation knows of all that was there before.
    fn has_told_all(&self) -> bool {
        self.untold.is_empty()
    }

    fn is_world_stopped(&self) -> bool {
        let stops = |kind: &RangeKind| matches!(kind, RangeKind::StopTheWorld(_));
        let mut more = self.model.goroutines.iter().filter_map(|go| go.more.as_ref());
        more.any(|more| more.ranges.iter().any(stops))
    }

    /// The bytes of all events, strings and stacks so far, be they given to the sink yet or not.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.out.bytes()
    }

    /// The bytes so far of strings and stacks that an earlier generation has too.
    fn repeated(&self) -> u64 {
        self.out.repeated()
    }

    /// Writes a batch of an experiment, which belongs to the generation.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn experimental_batch(&mut self, batch: &ExperimentalBatch) -> io::Result<()> {
        if let Some(held) = self.held.take() {
            self.release(held, None);
        }
        if !self.out.experiment(batch) {
            self.leave_out();
        }
        self.out.check()
    }

    /// What was not written as the events said it, so far.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Ends the trace. Returns the sink, and what was not written as the events said it.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn finish(mut self) -> io::Result<(W, Changes)> {
        self.release_last();
        if self.out.is_begun() {
            self.tell_rest();
            self.out.end();
        }
        self.changes.add_times(Change::Shortened, self.out.numbering.shortened);
        Ok((self.out.finish()?, self.changes))
    }

    /// As [`Self::finish`], for a trace that lasts until `end`, although nothing may have happened since its last event.
    ///
    /// # Errors
    ///
    /// When the sink fails.
    pub fn finish_at(mut self, end: TraceTime) -> io::Result<(W, Changes)> {
        // A reader ends with a sync, a nanosecond after all else.
        let mark = TraceTime(end.0.saturating_sub(1));
        self.release_last();
        if self.out.is_begun() && mark > self.out.now() {
            self.tell_rest();
            self.out.end();
            self.out.begin(mark, None);
        }
        self.finish()
    }

    /// Writes what was held back, now that the next event is known. Returns whether that has been said too.
    #[cold]
    fn release(&mut self, held: Held, next: Option<&Event>) -> bool {
        match held {
            Held::Sync(time, clock) => {
                self.sync(time, clock);
                false
            }
            Held::Left(left) => self.proc_left(left, next),
        }
    }

    /// Writes what was held back, where no event comes next. The last sync of a trace is there anyway.
    fn release_last(&mut self) {
        if let Some(held @ Held::Left(_)) = self.held.take() {
            self.release(held, None);
        }
    }

    /// A generation ends, and the next one begins.
    fn sync(&mut self, time: TraceTime, clock: Option<ClockSnapshot>) {
        if !self.out.is_begun() {
            return self.begin_first(time, clock);
        }
        self.tell_rest();
        self.out.end();
        self.generation += 1;
        if !self.out.has_events() {
            // Readers take for the first generation the first one with an event.
            self.first = self.generation;
        }
        self.out.begin(time, clock);
    }

    /// The place of a thread.
    #[inline]
    fn place(&mut self, id: ThreadId) -> u32 {
        let (place, is_new) = self.model.place(id);
        if is_new {
            self.out.add_lane(id);
        }
        place
    }

    /// The place of a thread that the trace does not name.
    fn new_thread(&mut self) -> u32 {
        let id = ThreadId(self.model.make_up());
        self.place(id)
    }

    /// The stack of a transition, which of some is that of the event.
    fn transition_stack(&mut self, transition: &GoTransition, tables: &Tables) -> u64 {
        self.out.stack(transition.stack, tables)
    }

    fn sample(&mut self, event: &Event, tables: &Tables) {
        let stack = self.out.stack(event.stack, tables);
        self.out.sample(event.time, [event.thread.0, event.proc.0, event.goroutine.0, stack]);
    }

    /// Nothing says this where it happened.
    #[cold]
    fn leave_out(&mut self) {
        self.change(Change::LeftOut);
    }

    /// Notes a change, if it is one of the output.
    #[cold]
    fn change(&mut self, change: Change) {
        if !self.out.is_muted {
            self.changes.add_times(change, 1);
        }
    }
}
