//! Records of family v1: batches of procs, in one generation.
//!
//! What happens on a proc is in the order of the file. Which goroutine runs there, and which thread has the proc,
//! is kept from batch to batch; what happens on other procs in the meantime is not looked at.
//!
//! At its start a trace "creates" every goroutine that was there before, on a proc that has not started yet: that
//! tells these from new ones. The first GOMAXPROCS of that proc ends the start.
//!
//! Source: Go 1.27.3 `internal/trace/tracev1.go`, Go 1.21.13 `internal/trace/parser.go`.

mod annotation;
mod goroutine;
mod proc;
mod range;

use std::collections::BTreeSet;

use goscope_wire::{ArgKind, EventId, FormatVersion, Record, Table};

use self::proc::{Proc, Procs};
use super::{
    go_seq::GoSeq,
    item::{StreamItem, StreamTime},
    output::{Context, Output},
    tables::StreamTables,
    tasks::Tasks,
};
use crate::{
    error::{ErrorKind, GenerationError},
    event::EventKind,
    id::{GoId, ProcId},
    order::rule::Rule,
    tables::{StackId, StringId},
    time::{TickLength, Ticks},
    upgrade::{
        gc::stop_reason_texts,
        goroutine::REASONS,
        kind::{self, COUNT},
        load::proc_id,
    },
};

/// The generation that a trace of this family is.
const GENERATION: u64 = 1;
/// No argument.
const NOWHERE: u8 = u8::MAX;

/// Turns records into items.
#[derive(Debug)]
pub(super) struct V1 {
    version: FormatVersion,
    /// By type: where in the arguments behind the time the stack is.
    stack_places: [u8; COUNT],
    is_timed: [bool; COUNT],
    has_begun: bool,
    has_frequency: bool,
    ticks: u64,
    procs: Procs,
    /// The proc of the current batch.
    proc: Proc,
    start: Start,
    tasks: Tasks,
    /// Why goroutines leave their procs, by the type of the event.
    reasons: [StringId; COUNT],
    /// Why the world is stopped, by the number in the file.
    stop_reasons: Vec<StringId>,
}

/// How far the trace has told what was there before it.
#[derive(Debug)]
enum Start {
    /// Its batch has not been read yet.
    Unread,
    /// A proc tells. These goroutines were there, and nothing more was told of them.
    Telling(ProcId, BTreeSet<u64>),
    Over,
}

/// An event of family v1: its type, and its arguments without the time.
#[derive(Clone, Copy)]
struct V1Event {
    kind: u8,
    args: [u64; 4],
    /// The goroutine on which it happened; 0 is none.
    goroutine: u64,
    stack: u64,
}

impl V1 {
    pub(super) fn new(version: FormatVersion, tables: &mut StreamTables) -> Self {
        let table = Table::of(version);
        let mut reasons = [StringId::EMPTY; COUNT];
        for (kind, reason) in REASONS {
            reasons[usize::from(kind)] = tables.constant(reason);
        }
        let is_timed = |kind| table.get(EventId(kind as u8)).is_some_and(|spec| spec.timed);
        Self {
            version,
            stack_places: std::array::from_fn(|kind| stack_place(table, kind as u8)),
            is_timed: std::array::from_fn(is_timed),
            has_begun: false,
            has_frequency: false,
            ticks: 0,
            procs: Procs::default(),
            proc: Proc::of(ProcId(0)),
            start: Start::Unread,
            tasks: Tasks::default(),
            reasons,
            stop_reasons: stop_reason_texts(version).iter().map(|reason| tables.constant(reason)).collect(),
        }
    }

    pub(super) fn record(&mut self, record: &Record<'_>, out: &mut Output<'_>) {
        self.begin(out);
        let kind = record.id().0 & 63;
        if !self.is_timed[usize::from(kind)] {
            return self.structure(kind, record, out);
        }
        // Header 1.5 has a sequence number before the time.
        let args = record.args();
        let first = if self.version == FormatVersion::V1_5 { 2 } else { 1 };
        self.ticks = self.ticks.wrapping_add(args.get(first - 1).copied().unwrap_or(0));
        let own = |place: usize| args.get(first + place).copied().unwrap_or(0);
        let event = V1Event {
            kind: kind::long_form(kind),
            args: std::array::from_fn(own),
            goroutine: self.proc.goroutine,
            stack: own(usize::from(self.stack_places[usize::from(kind)])),
        };
        self.timed(event, kind, record, out);
    }

    /// Notes that a record is lost: nobody knows what runs on the current proc now.
    pub(super) fn lose_track(&mut self) {
        self.proc.lose_track();
    }

    fn begin(&mut self, out: &mut Output<'_>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            out.tables.begin_generation();
            out.item(StreamItem::GenerationBegin(GENERATION));
        }
    }

    /// The stream has ended.
    pub(super) fn finish(&mut self, out: &mut Output<'_>) {
        if !self.has_begun {
            return;
        }
        if self.has_frequency {
            self.end_calls(out);
        } else {
            out.damage(GenerationError::NoFrequency);
        }
        out.generation_end(GENERATION, out.offset);
    }

    /// All events have come: system calls that nothing came after have not blocked.
    fn end_calls(&mut self, out: &mut Output<'_>) {
        self.procs.put(self.proc);
        for call in self.procs.take_calls() {
            call.end(out);
        }
    }

    fn structure(&mut self, kind: u8, record: &Record<'_>, out: &mut Output<'_>) {
        match (kind, record.args()) {
            (kind::BATCH, &[proc, .., time]) => {
                self.ticks = time;
                self.procs.put(self.proc);
                self.proc = self.procs.take(ProcId(proc_id(proc)));
            }
            (kind::FREQUENCY, &[frequency, ..]) => self.frequency(frequency.cast_signed(), out),
            (kind::STACK, &[number, ..]) => out.stack(number, record.frames()),
            (kind::STRING, &[number]) => out.string(number, record.data().unwrap_or_default()),
            // Which goroutines ran timers says the end of the file: too late for their events.
            (kind::TIMER_GOROUTINE, _) => {}
            _ => out.damage(Rule::UnexpectedEvent),
        }
    }

    /// Where clocks of processors differ, the difference that was measured can be less than nothing.
    fn frequency(&mut self, frequency: i64, out: &mut Output<'_>) {
        if frequency <= 0 {
            return out.damage(ErrorKind::Unordered);
        }
        self.has_frequency = true;
        out.item(StreamItem::TickLength(TickLength::of_v1_frequency(frequency)));
    }

    /// Takes an event of the current proc, whose type in the file is `written`.
    fn timed(&mut self, mut event: V1Event, written: u8, record: &Record<'_>, out: &mut Output<'_>) {
        if event.kind == kind::SAMPLE {
            return self.sample(&event, out);
        }
        if kind::STARTING.has(event.kind) || kind::ABSENT.has(event.kind) {
            event.goroutine = event.args[0];
        }
        self.see_call(&event, out);
        if kind::STARTING.has(event.kind) {
            self.proc.goroutine = event.args[0];
        } else if kind::LEAVING.has(event.kind) {
            self.proc.goroutine = 0;
        }
        match event.kind {
            kind::GO_CREATE => self.go_create(&event, out),
            kind::GO_START | kind::GO_START_LABEL => self.go_start(&event, written, out),
            kind::GO_UNBLOCK => self.go_unblock(&event, written, out),
            kind if kind::LEAVING.has(kind) => self.go_leave(&event, out),
            kind::SYSCALL => self.syscall(&event, out),
            kind::SYS_EXIT => self.sys_exit(&event, written, out),
            kind::GO_WAITING | kind::GO_IN_SYSCALL => self.go_told(&event, out),
            kind::GOMAXPROCS => self.gomaxprocs(&event, out),
            kind::PROC_START | kind::PROC_STOP => self.proc_event(&event, out),
            kind::GC_START..=kind::SWEEP_DONE | kind::ASSIST_START | kind::ASSIST_DONE => {
                self.range(&event, out);
            }
            kind::HEAP_ALLOC | kind::HEAP_GOAL => self.heap(&event, out),
            kind::TASK_CREATE..=kind::LOG => self.annotation(&event, record.data(), out),
            // A futile wakeup: what came to nothing happened nevertheless.
            _ => {}
        }
    }

    /// A sample of the CPU profiler, which has a time, proc and goroutine of its own.
    fn sample(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let [ticks, proc, goroutine, _] = event.args;
        let (proc, goroutine) = (ProcId(proc_id(proc)), go_id(goroutine));
        let stack = out.tables.stack_id(u64::from(event.stack as u32));
        out.event(at(ticks), Context { proc, goroutine, ..Context::NOBODY }, stack, EventKind::StackSample);
    }

    /// Who was at work in an event of the current proc.
    fn context(&self, event: &V1Event) -> Context {
        Context { thread: self.proc.thread(), proc: self.proc.id, goroutine: go_id(event.goroutine) }
    }

    /// Gives out a transition of a goroutine on the current proc now.
    fn emit_go(
        &self,
        event: &V1Event,
        go_seq: GoSeq,
        stack: StackId,
        transition: EventKind,
        out: &mut Output<'_>,
    ) {
        out.event(StreamTime { go_seq, ..at(self.ticks) }, self.context(event), stack, transition);
    }

    /// The number of a transition, which stands behind the goroutine's, unless its type is a local one. Header 1.5
    /// numbers all events of the file instead.
    fn seq(&self, event: &V1Event, written: u8) -> GoSeq {
        match (self.version, written == event.kind) {
            (FormatVersion::V1_5, _) => GoSeq::UNKNOWN,
            (_, true) => GoSeq::of(event.args[1]),
            (_, false) => GoSeq::FOLLOWS_NUMBERED,
        }
    }

    /// Gives out what happened on the current proc now.
    fn emit(&self, event: &V1Event, stack: StackId, kind: EventKind, out: &mut Output<'_>) {
        out.event(at(self.ticks), self.context(event), stack, kind);
    }
}

/// Where the stack is in the arguments behind the time.
fn stack_place(table: &Table, kind: u8) -> u8 {
    let Some(spec) = table.get(EventId(kind)) else { return NOWHERE };
    let first = spec.positions(ArgKind::Delta).next().map_or(0, |time| time + 1);
    let stack = spec.args.iter().position(|arg| arg.name == "stack");
    stack.and_then(|stack| stack.checked_sub(first)).map_or(NOWHERE, |place| place as u8)
}

/// Nanoseconds begin with the first event, which only the whole file can tell.
fn at(ticks: u64) -> StreamTime {
    StreamTime { ticks: Ticks(ticks), ..StreamTime::default() }
}

/// In this family goroutine 0 is none.
fn go_id(number: u64) -> GoId {
    if number == 0 { GoId::NONE } else { GoId(number) }
}
