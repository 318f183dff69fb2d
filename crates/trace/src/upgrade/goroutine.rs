//! The life of a goroutine.
//!
//! At its start a trace "creates" every goroutine that was there before, and then tells of those that wait,
//! are in a system call, or run; the others are runnable. Nothing says that this is over but the first
//! GOMAXPROCS.

use super::{
    convert::{Converter, Source},
    kind::{self, COUNT},
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition, Label, Metric, MetricName},
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// Why a goroutine leaves its proc. Ends have no reason.
pub(crate) const REASONS: [(u8, &str); 13] = [
    (kind::GO_STOP, "forever"),
    (kind::GO_SCHED, "runtime.Gosched"),
    (kind::GO_PREEMPT, "preempted"),
    (kind::GO_SLEEP, "sleep"),
    (kind::GO_BLOCK, ""),
    (kind::GO_BLOCK_SEND, "chan send"),
    (kind::GO_BLOCK_RECV, "chan receive"),
    (kind::GO_BLOCK_SELECT, "select"),
    (kind::GO_BLOCK_SYNC, "sync"),
    (kind::GO_BLOCK_COND, "sync.(*Cond).Wait"),
    (kind::GO_BLOCK_NET, "network"),
    (kind::GO_BLOCK_GC, "GC mark assist wait for work"),
    (kind::GO_END, ""),
];

/// The reasons, by the type of the event.
pub(super) fn reasons(tables: &mut Tables) -> [StringId; COUNT] {
    let mut reasons = [StringId::EMPTY; COUNT];
    for (kind, reason) in REASONS {
        reasons[usize::from(kind)] = tables.intern_string(reason.as_bytes());
    }
    reasons
}

/// A change of state without reason and stack.
pub(crate) fn transition(goroutine: GoId, from: GoState, to: GoState) -> EventKind {
    let (reason, stack) = (StringId::EMPTY, StackId::NONE);
    EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack })
}

impl Converter {
    pub(super) fn go_create(&mut self, source: &mut Source<'_>) {
        let goroutine = source.named();
        if self.is_start {
            self.there.insert(goroutine.0);
            self.started = Some((goroutine, source.new_stack()));
            return;
        }
        let (stack, new_stack) = (source.stack(), source.new_stack());
        let (from, to, reason) = (GoState::NotExist, GoState::Runnable, StringId::EMPTY);
        let transition = GoTransition { goroutine, from, to, reason, stack: new_stack };
        self.emit(source, stack, EventKind::GoTransition(transition));
    }

    pub(super) fn go_start(&mut self, source: &mut Source<'_>) {
        let goroutine = source.named();
        let was_there = self.is_start && self.there.remove(&goroutine.0);
        let from = if was_there { GoState::Undetermined } else { GoState::Runnable };
        self.emit(source, StackId::NONE, transition(goroutine, from, GoState::Running));
    }

    /// A goroutine of the runtime starts, and the label says what for.
    pub(super) fn go_start_label(&mut self, source: &mut Source<'_>) {
        let (goroutine, label) = (source.named(), source.string(2));
        let (proc, time) = (source.proc(), TraceTime(source.event.time));
        // Go's reader says thread 0 here, where it does not know the thread.
        let thread = Some(self.thread(source)).filter(|thread| thread.is_some()).unwrap_or(ThreadId(0));
        let start = transition(goroutine, GoState::Runnable, GoState::Running);
        for kind in [start, EventKind::Label(Label { label, goroutine })] {
            source.out.push(Event { time, thread, proc, goroutine, stack: StackId::NONE, kind });
        }
    }

    pub(super) fn go_unblock(&mut self, source: &mut Source<'_>) {
        let kind = transition(source.named(), GoState::Waiting, GoState::Runnable);
        let stack = source.stack();
        self.emit(source, stack, kind);
    }

    /// The running goroutine ends, blocks, or lets others run. That a system call blocks was told with the
    /// call.
    pub(super) fn go_leave(&mut self, source: &mut Source<'_>) {
        let (goroutine, from) = (source.goroutine(), GoState::Running);
        let to = match source.event.kind {
            kind::SYS_BLOCK => return,
            kind::GO_END => GoState::NotExist,
            kind::GO_SCHED | kind::GO_PREEMPT => GoState::Runnable,
            _ => GoState::Waiting,
        };
        let (stack, reason) = (source.stack(), self.reasons[usize::from(source.event.kind & 63)]);
        let transition = GoTransition { goroutine, from, to, reason, stack };
        self.emit(source, stack, EventKind::GoTransition(transition));
    }

    /// A goroutine that was there before the trace waits or is in a system call, on a thread that is not told.
    pub(super) fn go_told(&mut self, source: &mut Source<'_>) {
        let goroutine = source.named();
        self.there.remove(&goroutine.0);
        let is_waiting = source.event.kind == kind::GO_WAITING;
        let to = if is_waiting { GoState::Waiting } else { GoState::Syscall };
        self.emit(source, StackId::NONE, transition(goroutine, GoState::Undetermined, to));
    }

    /// The first one ends the start of the trace, and says nothing otherwise.
    pub(super) fn gomaxprocs(&mut self, source: &mut Source<'_>) {
        if self.is_start {
            self.is_start = false;
            return self.tell_of_runnable(source);
        }
        let metric = Metric { name: MetricName::Gomaxprocs, value: source.event.args[0] };
        let stack = source.stack();
        self.emit(source, stack, EventKind::Metric(metric));
    }

    /// The goroutines that were there, and of which nothing else was told, are runnable. They come by their
    /// ids; Go's reader walks a map.
    fn tell_of_runnable(&mut self, source: &mut Source<'_>) {
        let time = TraceTime(source.event.time);
        let (thread, proc, goroutine, stack) = (ThreadId::NONE, ProcId::NONE, GoId::NONE, StackId::NONE);
        let tell = |id| {
            let kind = transition(GoId(id), GoState::Undetermined, GoState::Runnable);
            Event { time, thread, proc, goroutine, stack, kind }
        };
        std::mem::take(&mut self.there).into_iter().map(tell).for_each(|event| source.out.push(event));
    }
}
