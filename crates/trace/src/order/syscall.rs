//! System calls, and calls from C, which look like the inside of one.

use super::{
    Candidate, Order, Outcome,
    context::{Context, Needs},
    goroutine::NOBODY,
    rule::Rule,
    state::{Bound, GoStatus, Goroutine, ProcStatus},
};
use crate::{
    event::{EventKind, GoState, GoTransition, ProcState},
    id::{GoId, ProcId},
    tables::StringId,
};

impl Order {
    /// The running goroutine enters a system call. It keeps its thread and, for now, its proc.
    pub(super) fn syscall_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [number, stack, ..] = *candidate.args;
        self.running(context)?.status = GoStatus::Syscall;
        let proc = self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?;
        proc.status = ProcStatus::Syscall;
        // The number is there only to tell from which call a proc is taken, where clocks are off. The proc
        // runs here, and so there is nothing to wait for.
        let sequence = candidate.sequence(number);
        if !sequence.succeeds(proc.sequence) {
            return Err(Rule::SyscallProcOrder);
        }
        proc.sequence = sequence;
        let stack = candidate.stack(stack)?;
        let (goroutine, reason) = (context.goroutine.id, StringId::EMPTY);
        let transition =
            GoTransition { goroutine, from: GoState::Running, to: GoState::Syscall, reason, stack };
        self.emit(candidate, context, stack, EventKind::GoTransition(transition));
        Ok(Some(context))
    }

    /// The goroutine is back, and the proc is still there.
    pub(super) fn syscall_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        context.check(Needs::RUNNING)?;
        self.in_syscall(context)?.status = GoStatus::Running;
        let proc = self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?;
        if proc.status != ProcStatus::Syscall {
            return Err(Rule::SyscallProcStatus);
        }
        proc.status = ProcStatus::Running;
        self.emit_go(candidate, context, context.goroutine.id, GoState::Syscall, GoState::Running);
        Ok(Some(context))
    }

    /// The goroutine is back, but the proc was taken meanwhile: until that is seen, this is not due. The
    /// thread may have another proc by now.
    pub(super) fn syscall_end_blocked(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        if context.proc.id.is_some() {
            let proc = self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?;
            if proc.status == ProcStatus::Syscall {
                return Ok(None);
            }
        }
        context.check(Needs::GOROUTINE)?;
        self.in_syscall(context)?.status = GoStatus::Runnable;
        self.emit_go(candidate, context, context.goroutine.id, GoState::Syscall, GoState::Runnable);
        Ok(Some(Context { goroutine: NOBODY, ..context }))
    }

    /// The goroutine of the context, which has to be in a system call.
    fn in_syscall(&mut self, context: Context) -> Result<&mut Goroutine, Rule> {
        let goroutine = self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?;
        if goroutine.status == GoStatus::Syscall { Ok(goroutine) } else { Err(Rule::GoNotInSyscall) }
    }

    /// A thread of C calls Go: a goroutine for it begins to exist, in a system call.
    pub(super) fn go_create_syscall(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let goroutine = GoId(candidate.args[0]);
        context.check(Needs::CALL_FROM_C)?;
        let bound = self.add_goroutine(candidate, goroutine, GoStatus::Syscall)?;
        self.emit_go(candidate, context, goroutine, GoState::NotExist, GoState::Syscall);
        Ok(Some(Context { goroutine: bound, ..context }))
    }

    /// The call from C is over, or its thread ends. The thread loses its proc too, because the system may
    /// use its id again for another one.
    pub(super) fn go_destroy_syscall(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        context.check(Needs::GOROUTINE)?;
        self.in_syscall(context)?;
        self.goroutines.remove(context.goroutine.id, Goroutine::gone());
        if context.proc.id.is_some() {
            let proc = self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?;
            if proc.status != ProcStatus::Syscall {
                return Err(Rule::SyscallProcStatus);
            }
            proc.status = ProcStatus::Abandoned;
            self.emit_proc(candidate, context, context.proc.id, ProcState::Running, ProcState::Idle);
        }
        self.emit_go(candidate, context, context.goroutine.id, GoState::Syscall, GoState::NotExist);
        Ok(Some(Context { goroutine: NOBODY, proc: Bound::somewhere(ProcId::NONE), ..context }))
    }
}
