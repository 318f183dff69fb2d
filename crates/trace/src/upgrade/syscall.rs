//! System calls.
//!
//! Family v1 notes that a system call begins, and then, only if it takes long, that it blocks and returns.
//! In the newest model each has a beginning and an end; one that does not block gets the shortest duration
//! that there is.
//!
//! Whether it blocks tells the next event of the goroutine. Samples of the CPU profiler do not count, which
//! happen in system calls too (for Go's reader they do, and then the goroutine returns twice).

use super::{
    convert::{Converter, Source},
    goroutine::transition,
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition},
    id::ThreadId,
    tables::{StackId, StringId},
    time::TraceTime,
};

impl Converter {
    pub(super) fn syscall(&mut self, source: &mut Source<'_>) {
        let (goroutine, stack, reason) = (source.goroutine(), source.stack(), StringId::EMPTY);
        let transition =
            GoTransition { goroutine, from: GoState::Running, to: GoState::Syscall, reason, stack };
        let begin = EventKind::GoTransition(transition);
        if source.event.blocks {
            self.emit(source, stack, begin);
        } else {
            self.short_syscall(source, stack, begin);
        }
    }

    fn short_syscall(&self, source: &mut Source<'_>, stack: StackId, begin: EventKind) {
        // Go's reader says thread 0 here, where it does not know the thread.
        let thread = Some(self.thread(source)).filter(|thread| thread.is_some()).unwrap_or(ThreadId(0));
        let (time, proc, goroutine) = (TraceTime(source.event.time), source.proc(), source.goroutine());
        let begin = Event { time, thread, proc, goroutine, stack, kind: begin };
        let kind = transition(goroutine, GoState::Syscall, GoState::Running);
        source.out.push(begin);
        source.out.push(Event { time: time.next(), stack: StackId::NONE, kind, ..begin });
    }

    /// A system call that has blocked returns. The goroutine has to wait for a proc.
    pub(super) fn sys_exit(&mut self, source: &mut Source<'_>) {
        let kind = transition(source.goroutine(), GoState::Syscall, GoState::Runnable);
        self.emit(source, StackId::NONE, kind);
    }
}
