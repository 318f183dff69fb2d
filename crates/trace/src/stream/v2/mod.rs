//! Records of family v2: batches of threads, in generations.
//!
//! What happens on a thread is in the order of the file. Who is at work there is kept from batch to batch; what
//! other threads do in the meantime is not looked at, and where that would matter, what the event itself implies
//! is told: a goroutine that starts was runnable.
//!
//! Source: Go 1.27.3 `internal/trace/order.go`, `internal/trace/generation.go`.

mod annotation;
mod goroutine;
mod proc;
mod range;
mod thread;

use foldhash::HashSet;
use goscope_wire::{EventId, Experiment, FormatVersion, Record};

use self::thread::{Threads, Worker};
use super::{
    clock::Clock,
    item::{StreamClock, StreamItem},
    output::{Context, Output},
    tasks::Tasks,
};
use crate::{
    error::GenerationError,
    event::{EventKind, Experimental, GoState, WallTime, are_known},
    event_id as id,
    generation::ExperimentalBatch,
    id::{GoId, ProcId, ThreadId},
    order::rule::Rule,
    tables::StackId,
    time::TickLength,
};

/// The bytes of the record that ends a generation.
const END_MARK: u64 = 1;

/// Turns records into items.
#[derive(Debug)]
pub(super) struct V2 {
    version: FormatVersion,
    generation: Option<u64>,
    /// Whether no generation has ended yet: what this one tells of may have begun before the trace.
    is_first: bool,
    has_clock: bool,
    clock: Clock,
    threads: Threads,
    /// The thread of the current batch.
    worker: Worker,
    /// Whether the last record was an event.
    is_in_events: bool,
    /// The procs that have told their status.
    procs: HashSet<ProcId>,
    tasks: Tasks,
}

impl V2 {
    pub(super) fn new(version: FormatVersion) -> Self {
        Self {
            version,
            generation: None,
            is_first: true,
            has_clock: false,
            clock: Clock::default(),
            threads: Threads::default(),
            worker: Worker::of(ThreadId::NONE),
            is_in_events: false,
            procs: HashSet::default(),
            tasks: Tasks::default(),
        }
    }

    /// Takes a record that has a time, or one that gives the file its structure.
    #[inline]
    pub(super) fn record(&mut self, record: &Record<'_>, out: &mut Output<'_>) {
        let id = record.id();
        match *record.args() {
            [delta, ref args @ ..] if is_timed(id) => {
                let args = std::array::from_fn(|place| args.get(place).copied().unwrap_or(0));
                self.is_in_events = true;
                self.clock.advance(delta);
                self.event(id.0, &args, out);
            }
            ref args => self.structure(record, args, out),
        }
    }

    /// Whether the last record was an event: what comes next is hardly ever a string or stack then.
    pub(super) fn is_in_events(&self) -> bool {
        self.is_in_events
    }

    fn structure(&mut self, record: &Record<'_>, args: &[u64], out: &mut Output<'_>) {
        self.is_in_events = false;
        match (record.id().0, args) {
            (id::EVENT_BATCH, &[generation, thread, time, _]) => {
                self.enter(generation, out);
                self.enter_thread(ThreadId(thread), time, out);
            }
            (id::EXPERIMENTAL_BATCH, &[experiment, generation, thread, _]) => {
                self.enter(generation, out);
                let (experiment, thread) = (Experiment(experiment), ThreadId(thread));
                let data = record.data().unwrap_or_default().to_vec();
                out.item(StreamItem::ExperimentalBatch(ExperimentalBatch { experiment, thread, data }));
            }
            (id::END_OF_GENERATION, _) => self.end_generation(out.offset + END_MARK, out),
            (id::STRING, &[number]) => out.string(number, record.data().unwrap_or_default()),
            (id::STACK, &[number, _]) => out.stack(number, record.frames()),
            (id::CPU_SAMPLE, &[ticks, thread, proc, goroutine, stack]) => {
                let goroutine = if goroutine == 0 { GoId::NONE } else { GoId(goroutine) };
                let context = Context { thread: ThreadId(thread), proc: ProcId(proc), goroutine };
                let stack = out.tables.stack_id(stack);
                out.event(self.clock.at(ticks), context, stack, EventKind::StackSample);
            }
            (id::FREQUENCY, &[frequency]) => self.frequency(frequency, out),
            (id::SYNC | id::STRINGS | id::STACKS | id::CPU_SAMPLES, _) => {}
            _ => {
                out.damage(Rule::UnexpectedEvent);
                self.lose_track();
            }
        }
    }

    /// Notes that events of the current thread are lost: nobody knows who is at work there now.
    pub(super) fn lose_track(&mut self) {
        self.worker.lose_track();
    }

    /// Begins a generation, unless it has begun.
    fn enter(&mut self, generation: u64, out: &mut Output<'_>) {
        if self.generation == Some(generation) {
            return;
        }
        if let Some(before) = self.generation {
            let is_next = generation == before.wrapping_add(1);
            if self.has_end_mark() || !is_next {
                out.damage(GenerationError::Interleaved);
            }
            self.end_generation(out.offset, out);
        }
        if generation == 0 {
            out.damage(GenerationError::Zero);
        }
        out.tables.begin_generation();
        self.generation = Some(generation);
        out.item(StreamItem::GenerationBegin(generation));
    }

    /// Since 1.26 a generation has an explicit end.
    fn has_end_mark(&self) -> bool {
        self.version >= FormatVersion::V1_26
    }

    /// Ends the generation, if there is one, before a byte of the file.
    fn end_generation(&mut self, at: u64, out: &mut Output<'_>) {
        self.threads.put(self.worker);
        self.worker = Worker::of(ThreadId::NONE);
        let Some(generation) = self.generation.take() else { return };
        if !self.clock.is_exact() {
            out.damage(GenerationError::NoFrequency);
        }
        if !self.has_clock && self.version >= FormatVersion::V1_25 {
            out.damage(GenerationError::NoClock);
        }
        self.tasks.end_generation(out.tables);
        self.threads.end_generation();
        self.clock.end_generation();
        (self.is_first, self.has_clock) = (false, false);
        out.generation_end(generation, at);
    }

    /// The stream has ended.
    pub(super) fn finish(&mut self, out: &mut Output<'_>) {
        if self.generation.is_some() && self.has_end_mark() {
            out.damage(GenerationError::Incomplete);
        }
        self.end_generation(out.offset, out);
    }

    /// The batch of a thread begins.
    fn enter_thread(&mut self, thread: ThreadId, time: u64, out: &mut Output<'_>) {
        self.clock.enter(time);
        self.threads.put(self.worker);
        self.worker = self.threads.take(thread).unwrap_or_else(|| {
            out.damage(GenerationError::TooManyThreads);
            Worker::of(thread)
        });
    }

    fn frequency(&mut self, frequency: u64, out: &mut Output<'_>) {
        if self.clock.is_exact() {
            out.damage(GenerationError::Twice);
        } else if frequency == 0 {
            out.damage(GenerationError::NoFrequency);
        } else {
            let length = TickLength::of_frequency(frequency);
            self.clock.set_length(length);
            out.item(StreamItem::TickLength(length));
        }
    }

    fn snapshot(&mut self, args: &[u64; 4], out: &mut Output<'_>) {
        let [mono, seconds, nanoseconds, _] = *args;
        if std::mem::replace(&mut self.has_clock, true) {
            return out.damage(GenerationError::Twice);
        }
        let wall = WallTime { seconds: seconds.cast_signed(), nanoseconds: nanoseconds.cast_signed() };
        if are_known(mono, wall) {
            out.item(StreamItem::Clock(StreamClock { trace: self.clock.at(self.clock.ticks()), mono, wall }));
        }
    }

    /// Takes an event of the current thread: its arguments without the time.
    #[inline]
    fn event(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        match event {
            id::GO_STATUS | id::GO_STATUS_STACK => self.go_status(event, args, out),
            id::GO_SWITCH => self.go_switch(args, GoState::Waiting, out),
            id::GO_SWITCH_DESTROY => self.go_switch(args, GoState::NotExist, out),
            id::GO_CREATE..=id::GO_SYSCALL_END_BLOCKED | id::GO_CREATE_BLOCKED => {
                self.go_move(event, args, out);
            }
            id::PROC_START => self.proc_start(args, out),
            id::PROC_STOP => self.proc_stop(out),
            id::PROC_STEAL => self.proc_steal(args, out),
            id::PROC_STATUS => self.proc_status(args, out),
            id::STW_BEGIN..=id::GC_MARK_ASSIST_END => self.range(event, args, out),
            id::PROCS_CHANGE | id::HEAP_ALLOC | id::HEAP_GOAL => self.metric(event, args, out),
            id::GO_LABEL..=id::USER_LOG => self.annotation(event, args, out),
            id::CLOCK_SNAPSHOT => self.snapshot(args, out),
            _ => {
                let kind = EventKind::Experimental(Experimental { event: EventId(event), args: *args });
                self.emit(StackId::NONE, kind, out);
            }
        }
    }

    /// Gives out what happens on the current thread now.
    #[inline]
    fn emit(&self, stack: StackId, kind: EventKind, out: &mut Output<'_>) {
        out.event(self.clock.now(), self.worker.context(), stack, kind);
    }
}

/// Whether events of the type have a time: then it is their first argument.
#[inline]
const fn is_timed(event: EventId) -> bool {
    matches!(event.0, id::PROCS_CHANGE..=id::GO_STATUS_STACK | id::CLOCK_SNAPSHOT | id::SPAN..=id::GOROUTINE_STACK_FREE)
}

#[cfg(test)]
mod tests {
    use goscope_wire::Table;

    use super::*;

    #[test]
    fn timed_types_are_those_of_the_format() {
        for spec in Table::of(FormatVersion::NEWEST).events() {
            assert_eq!(is_timed(spec.id), spec.timed, "{}", spec.name);
        }
    }
}
