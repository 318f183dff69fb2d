//! The life of a goroutine, system calls included.
//!
//! Whether a system call blocks, the next event of its goroutine tells. Here the call is told at once, and that
//! it returned, once it is known that it did not block: right before that next event, at the time of the call.

use std::collections::BTreeSet;

use goscope_wire::FormatVersion;

use super::{Start, V1, V1Event, at, go_id, proc::Call};
use crate::{
    event::{EventKind, GoState, GoTransition, Label, Metric, MetricName},
    id::{GoId, ThreadId},
    stream::{
        go_seq::GoSeq,
        item::{StreamItem, StreamTime},
        limits,
        output::{Context, Output},
    },
    tables::{StackId, StringId},
    upgrade::{goroutine::transition, kind},
};

/// The number of what is told of a goroutine that was there before the trace, right behind its "creation".
const TOLD: GoSeq = GoSeq::of(1);

impl Call {
    /// The call has not blocked.
    pub(super) fn end(self, out: &mut Output<'_>) {
        let kind = transition(go_id(self.goroutine), GoState::Syscall, GoState::Running);
        let time = StreamTime { go_seq: GoSeq::FOLLOWS, ..at(self.ticks) };
        out.event(time, self.context, StackId::NONE, kind);
    }
}

impl V1 {
    pub(super) fn go_create(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let goroutine = event.args[0];
        if self.is_told(goroutine) {
            return;
        }
        let stack = self.stack(event, out);
        let own_stack = self.new_stack(event.args[1], out);
        let (from, to, reason) = (GoState::NotExist, GoState::Runnable, StringId::EMPTY);
        let transition = GoTransition { goroutine: GoId(goroutine), from, to, reason, stack: own_stack };
        self.emit_go(event, GoSeq::of(0), stack, EventKind::GoTransition(transition), out);
    }

    /// Whether the goroutine was there before the trace; then it is noted.
    fn is_told(&mut self, goroutine: u64) -> bool {
        let proc = self.proc.id;
        if matches!(self.start, Start::Unread) && !self.proc.is_known && self.proc.goroutine == 0 {
            self.start = Start::Telling(proc, BTreeSet::new());
        }
        match &mut self.start {
            Start::Telling(teller, told) if *teller == proc && told.len() < limits::GOROUTINES => {
                told.insert(goroutine);
                true
            }
            _ => false,
        }
    }

    /// What was told of a goroutine that was there. Whether nothing was before.
    fn told(&mut self, goroutine: u64) -> bool {
        match &mut self.start {
            Start::Telling(_, told) => told.remove(&goroutine),
            _ => false,
        }
    }

    /// In header 1.5 the address of a function stands for the stack of a goroutine that starts.
    fn new_stack(&mut self, number: u64, out: &mut Output<'_>) -> StackId {
        if self.version > FormatVersion::V1_5 {
            return out.tables.stack_id(number);
        }
        let (stack, is_new) = out.tables.entry(number);
        if is_new {
            out.item(StreamItem::Stack(stack));
        }
        stack
    }

    pub(super) fn stack(&self, event: &V1Event, out: &mut Output<'_>) -> StackId {
        out.tables.stack_id(u64::from(event.stack as u32))
    }

    /// A goroutine of the runtime has a label that says what it starts for.
    pub(super) fn go_start(&mut self, event: &V1Event, written: u8, out: &mut Output<'_>) {
        let goroutine = GoId(event.args[0]);
        let has_label = event.kind == kind::GO_START_LABEL;
        let was_there = !has_label && self.told(goroutine.0);
        let from = if was_there { GoState::Undetermined } else { GoState::Runnable };
        let seq = if was_there { TOLD } else { self.seq(event, written) };
        self.emit_go(event, seq, StackId::NONE, transition(goroutine, from, GoState::Running), out);
        if has_label {
            let label = out.tables.string_id(event.args[2]);
            self.emit(event, StackId::NONE, EventKind::Label(Label { label, goroutine }), out);
        }
    }

    pub(super) fn go_unblock(&mut self, event: &V1Event, written: u8, out: &mut Output<'_>) {
        let (kind, stack) =
            (transition(GoId(event.args[0]), GoState::Waiting, GoState::Runnable), self.stack(event, out));
        self.emit_go(event, self.seq(event, written), stack, kind, out);
    }

    /// The running goroutine ends, blocks, or lets others run. That a system call blocks was told with the call.
    pub(super) fn go_leave(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let (goroutine, from) = (go_id(event.goroutine), GoState::Running);
        let to = match event.kind {
            kind::SYS_BLOCK => return,
            kind::GO_END => GoState::NotExist,
            kind::GO_SCHED | kind::GO_PREEMPT => GoState::Runnable,
            _ => GoState::Waiting,
        };
        let (stack, reason) = (self.stack(event, out), self.reasons[usize::from(event.kind)]);
        let transition = GoTransition { goroutine, from, to, reason, stack };
        self.emit_go(event, GoSeq::FOLLOWS, stack, EventKind::GoTransition(transition), out);
    }

    /// A goroutine that was there before the trace waits or is in a system call.
    pub(super) fn go_told(&mut self, event: &V1Event, out: &mut Output<'_>) {
        self.told(event.args[0]);
        let to = if event.kind == kind::GO_WAITING { GoState::Waiting } else { GoState::Syscall };
        let kind = transition(GoId(event.args[0]), GoState::Undetermined, to);
        self.emit_go(event, TOLD, StackId::NONE, kind, out);
    }

    /// The first one of the proc that tells what was there ends the start of the trace, and says nothing
    /// otherwise: the goroutines of which nothing else was told are runnable.
    pub(super) fn gomaxprocs(&mut self, event: &V1Event, out: &mut Output<'_>) {
        match &self.start {
            Start::Telling(teller, _) if *teller == self.proc.id => {}
            _ => {
                let stack = self.stack(event, out);
                let metric = Metric { name: MetricName::Gomaxprocs, value: event.args[0] };
                return self.emit(event, stack, EventKind::Metric(metric), out);
            }
        }
        if let Start::Telling(_, told) = std::mem::replace(&mut self.start, Start::Over) {
            for goroutine in told {
                let kind = transition(GoId(goroutine), GoState::Undetermined, GoState::Runnable);
                let time = StreamTime { go_seq: GoSeq::of(0), ..at(self.ticks) };
                out.event(time, Context::NOBODY, StackId::NONE, kind);
            }
        }
    }

    pub(super) fn syscall(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let (goroutine, stack, reason) = (go_id(event.goroutine), self.stack(event, out), StringId::EMPTY);
        let transition =
            GoTransition { goroutine, from: GoState::Running, to: GoState::Syscall, reason, stack };
        self.emit_go(event, GoSeq::FOLLOWS, stack, EventKind::GoTransition(transition), out);
    }

    /// Notes a system call, or what the next event of its goroutine tells of it.
    pub(super) fn see_call(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let is_call = event.kind == kind::SYSCALL;
        let call = self.proc.call.take_if(|call| is_call || call.goroutine == event.goroutine);
        if let Some(call) = call.filter(|_| event.kind != kind::SYS_BLOCK) {
            call.end(out);
        }
        if is_call {
            let context = self.context(event);
            self.proc.call = Some(Call { ticks: self.ticks, goroutine: event.goroutine, context });
        }
    }

    /// A system call that has blocked returns. The goroutine has to wait for a proc. When that was, the event
    /// says itself; that of a local type, one argument earlier.
    pub(super) fn sys_exit(&mut self, event: &V1Event, written: u8, out: &mut Output<'_>) {
        let place = if written == kind::SYS_EXIT_LOCAL { 1 } else { 2 };
        let ticks = if event.args[place] == 0 { self.ticks } else { event.args[place] };
        let goroutine = GoId(event.args[0]);
        let context = Context { thread: ThreadId::NONE, proc: self.proc.id, goroutine };
        let time = StreamTime { go_seq: self.seq(event, written), ..at(ticks) };
        let kind = transition(goroutine, GoState::Syscall, GoState::Runnable);
        out.event(time, context, StackId::NONE, kind);
    }
}
