//! Procs: they start, stop, and are taken from threads that sit in system calls.

use super::{
    Candidate, Order, Outcome,
    context::{Context, Needs},
    rule::Rule,
    state::{Bound, Proc, ProcStatus},
};
use crate::{
    event::{EventKind, ProcState, ProcTransition},
    id::{ProcId, ThreadId},
    tables::StackId,
};

/// How a status of the file appears in events: being in a system call is a matter of goroutines.
fn state(status: ProcStatus) -> ProcState {
    match status {
        ProcStatus::Bad => ProcState::Undetermined,
        ProcStatus::Running | ProcStatus::Syscall => ProcState::Running,
        ProcStatus::Idle | ProcStatus::Abandoned => ProcState::Idle,
    }
}

impl Order {
    /// A proc's status at the start of a generation.
    pub(super) fn proc_status(&mut self, candidate: &Candidate<'_>, mut context: Context) -> Outcome {
        let [proc, status, ..] = *candidate.args;
        let proc = ProcId(proc);
        let status = ProcStatus::of_number(status).ok_or(Rule::ProcStatusInvalid)?;
        let (from, told) = self.proc_from(candidate, proc, status)?;
        let mut after = context;
        if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
            after.proc = self.procs.find(proc).map_or(Bound::somewhere(proc), |(bound, _)| bound);
        }
        // A proc that is about to be taken tells its status on the thread of the taker. It belongs to
        // another one, and the event happens there.
        if status == ProcStatus::Abandoned && from == ProcState::Running {
            let owner =
                self.threads.iter().find(|thread| thread.proc.id == proc).ok_or(Rule::ProcStatusNoThread)?;
            context = Context { thread: owner.id, goroutine: owner.goroutine, proc: owner.proc };
        }
        self.emit_proc(candidate, context, proc, from, state(told));
        Ok(Some(after))
    }

    /// The state before a status, and the status that is meant.
    fn proc_from(
        &mut self,
        candidate: &Candidate<'_>,
        proc: ProcId,
        status: ProcStatus,
    ) -> Result<(ProcState, ProcStatus), Rule> {
        let (sequence, is_first) = (candidate.sequence(0), self.is_first(candidate));
        let Some((_, known)) = self.procs.find(proc) else {
            self.procs.add(Proc { id: proc, status, sequence, ranges: Default::default() });
            return Ok((if is_first { ProcState::Undetermined } else { ProcState::NotExist }, status));
        };
        let told = match (status, known.status) {
            // "Abandoned" says that the begin of the call was perhaps not seen. Here it was.
            (ProcStatus::Abandoned, ProcStatus::Syscall) => (ProcState::Running, ProcStatus::Syscall),
            (ProcStatus::Abandoned, ProcStatus::Abandoned) => (ProcState::Idle, status),
            (status, known) if status != known => return Err(Rule::ProcStatusInconsistent),
            _ => (state(status), status),
        };
        known.sequence = sequence;
        Ok(told)
    }

    pub(super) fn proc_start(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [proc, number, ..] = *candidate.args;
        let (proc, sequence) = (ProcId(proc), candidate.sequence(number));
        // While the thread has a proc, that one has to be taken from it first.
        let is_due = |known: &Proc| known.status == ProcStatus::Idle && sequence.succeeds(known.sequence);
        let Some((bound, known)) = self.procs.find(proc).filter(|(_, known)| is_due(known)) else {
            return Ok(None);
        };
        if context.proc.id.is_some() {
            return Ok(None);
        }
        context.check(Needs::FREE_OF_PROC)?;
        (known.status, known.sequence) = (ProcStatus::Running, sequence);
        self.emit_proc(candidate, context, proc, ProcState::Idle, ProcState::Running);
        Ok(Some(Context { proc: bound, ..context }))
    }

    /// A thread gives up its own proc, and so this is always due.
    pub(super) fn proc_stop(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let known = self.procs.get(context.proc).ok_or(Rule::ProcUnknown)?;
        if !matches!(known.status, ProcStatus::Running | ProcStatus::Syscall) {
            return Err(Rule::ProcNotRunning);
        }
        context.check(Needs::PROC)?;
        known.status = ProcStatus::Idle;
        self.emit_proc(candidate, context, context.proc.id, ProcState::Running, ProcState::Idle);
        Ok(Some(Context { proc: Bound::somewhere(ProcId::NONE), ..context }))
    }

    /// A thread takes the proc of another one, or its own, that sits in a system call.
    pub(super) fn proc_steal(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [proc, number, owner, _] = *candidate.args;
        let (proc, owner, sequence) = (ProcId(proc), ThreadId(owner), candidate.sequence(number));
        let is_due = |known: &Proc| {
            matches!(known.status, ProcStatus::Syscall | ProcStatus::Abandoned)
                && sequence.succeeds(known.sequence)
        };
        let Some((_, known)) = self.procs.find(proc).filter(|(_, known)| is_due(known)) else {
            return Ok(None);
        };
        context.check(Needs::THREAD)?;
        let was = std::mem::replace(&mut known.status, ProcStatus::Idle);
        known.sequence = sequence;
        let after = match was {
            // Nobody knows whose it was; the owner may have moved on.
            ProcStatus::Abandoned => context,
            _ => self.unbind_stolen(context, proc, owner)?,
        };
        let from = if was == ProcStatus::Abandoned { ProcState::Idle } else { ProcState::Running };
        self.emit_proc(candidate, context, proc, from, ProcState::Idle);
        Ok(Some(after))
    }

    /// Takes the proc from its thread, which can't leave its system call before.
    fn unbind_stolen(&mut self, context: Context, proc: ProcId, owner: ThreadId) -> Result<Context, Rule> {
        let nothing = Bound::somewhere(ProcId::NONE);
        if owner == context.thread {
            return match context.proc.id == proc {
                true => Ok(Context { proc: nothing, ..context }),
                false => Err(Rule::ProcStealOther),
            };
        }
        let (_, thread) = self.threads.find(owner).ok_or(Rule::ProcStealNoThread)?;
        if thread.proc.id != proc {
            return Err(Rule::ProcStealWrong);
        }
        thread.proc = nothing;
        Ok(context)
    }

    pub(super) fn emit_proc(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        proc: ProcId,
        from: ProcState,
        to: ProcState,
    ) {
        let kind = EventKind::ProcTransition(ProcTransition { proc, from, to });
        self.emit(candidate, context, StackId::NONE, kind);
    }
}
