//! System calls, and calls from C, which look like the inside of one.

use super::{
    Candidate, Order, Outcome, Step,
    context::Needs,
    goroutine::NOBODY,
    proc::NO_PROC,
    rule::Rule,
    state::{GoStatus, Goroutine, ProcStatus},
};
use crate::{
    event::{EventKind, GoState, GoTransition, ProcState},
    id::GoId,
    tables::{StackId, StringId},
};

impl Order {
    pub(super) fn syscall_begin(&mut self, event: &Candidate<'_>, number: u64, stack: u64) -> Outcome {
        self.begin_syscall(event, number, || event.stack(stack))
    }

    /// The running goroutine enters a system call. It keeps its thread and, for now, its proc.
    pub(super) fn begin_syscall(
        &mut self,
        event: &Candidate<'_>,
        number: u64,
        stack: impl FnOnce() -> Result<StackId, Rule>,
    ) -> Outcome {
        let goroutine = self.running(event)?;
        goroutine.status = GoStatus::Syscall;
        let goroutine = goroutine.id;
        let proc = self.thread(event).proc;
        let proc = self.procs.get(proc).ok_or(Rule::ProcUnknown)?;
        proc.status = ProcStatus::Syscall;
        // The number is there only to tell from which call a proc is taken, where clocks are off. The proc
        // runs here, and so there is nothing to wait for.
        let sequence = event.sequence(number);
        if !sequence.succeeds(proc.sequence) {
            return Err(Rule::SyscallProcOrder);
        }
        proc.sequence = sequence;
        let (stack, reason) = (stack()?, StringId::EMPTY);
        let transition =
            GoTransition { goroutine, from: GoState::Running, to: GoState::Syscall, reason, stack };
        self.emit(event, stack, EventKind::GoTransition(transition));
        Ok(Step::Advanced)
    }

    /// The goroutine is back, and the proc is still there.
    pub(super) fn syscall_end(&mut self, event: &Candidate<'_>) -> Outcome {
        let thread = *self.thread(event);
        thread.check(Needs::RUNNING)?;
        self.in_syscall(event)?.status = GoStatus::Running;
        let proc = self.procs.get(thread.proc).ok_or(Rule::ProcUnknown)?;
        if proc.status != ProcStatus::Syscall {
            return Err(Rule::SyscallProcStatus);
        }
        proc.status = ProcStatus::Running;
        self.emit_go(event, thread.goroutine.id, GoState::Syscall, GoState::Running);
        Ok(Step::Advanced)
    }

    /// The goroutine is back, but the proc was taken meanwhile: until that is seen, this is not due. The
    /// thread may have another proc by now.
    pub(super) fn syscall_end_blocked(&mut self, event: &Candidate<'_>) -> Outcome {
        let thread = *self.thread(event);
        if thread.proc.id.is_some() {
            let proc = self.procs.get(thread.proc).ok_or(Rule::ProcUnknown)?;
            if proc.status == ProcStatus::Syscall {
                return Ok(Step::NotYet);
            }
        }
        thread.check(Needs::GOROUTINE)?;
        self.in_syscall(event)?.status = GoStatus::Runnable;
        self.emit_go(event, thread.goroutine.id, GoState::Syscall, GoState::Runnable);
        self.thread(event).goroutine = NOBODY;
        Ok(Step::Advanced)
    }

    /// The goroutine of the thread, which has to be in a system call.
    fn in_syscall(&mut self, event: &Candidate<'_>) -> Result<&mut Goroutine, Rule> {
        let goroutine = self.thread(event).goroutine;
        let goroutine = self.goroutines.get(goroutine).ok_or(Rule::GoUnknown)?;
        if goroutine.status == GoStatus::Syscall { Ok(goroutine) } else { Err(Rule::GoNotInSyscall) }
    }

    /// A thread of C calls Go: a goroutine for it begins to exist, in a system call.
    pub(super) fn go_create_syscall(&mut self, event: &Candidate<'_>, goroutine: u64) -> Outcome {
        let goroutine = GoId(goroutine);
        self.thread(event).check(Needs::CALL_FROM_C)?;
        let bound = self.add_goroutine(event, goroutine, GoStatus::Syscall)?;
        self.emit_go(event, goroutine, GoState::NotExist, GoState::Syscall);
        self.thread(event).goroutine = bound;
        self.put_on(bound, event.thread);
        Ok(Step::Advanced)
    }

    /// The call from C is over, or its thread ends. The thread loses its proc too, because the system may
    /// use its id again for another one.
    pub(super) fn go_destroy_syscall(&mut self, event: &Candidate<'_>) -> Outcome {
        let thread = *self.thread(event);
        thread.check(Needs::GOROUTINE)?;
        self.in_syscall(event)?;
        self.goroutines.remove(thread.goroutine.id, Goroutine::gone());
        if thread.proc.id.is_some() {
            let proc = self.procs.get(thread.proc).ok_or(Rule::ProcUnknown)?;
            if proc.status != ProcStatus::Syscall {
                return Err(Rule::SyscallProcStatus);
            }
            proc.status = ProcStatus::Abandoned;
            self.emit_proc(event, thread.proc.id, ProcState::Running, ProcState::Idle);
        }
        self.emit_go(event, thread.goroutine.id, GoState::Syscall, GoState::NotExist);
        let thread = self.thread(event);
        (thread.goroutine, thread.proc) = (NOBODY, NO_PROC);
        Ok(Step::Advanced)
    }
}
