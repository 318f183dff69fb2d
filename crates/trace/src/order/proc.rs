//! Procs: they start, stop, and are taken from threads that sit in system calls.

use super::{
    Candidate, Order, Outcome, Step, ThreadPlace,
    context::Needs,
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

/// No proc.
pub(super) const NO_PROC: Bound<ProcId> = Bound::somewhere(ProcId::NONE);

impl Order {
    /// A proc's status at the start of a generation.
    pub(super) fn proc_status(&mut self, event: &Candidate<'_>, proc: u64, status: u64) -> Outcome {
        let proc = ProcId(proc);
        let status = ProcStatus::of_number(status).ok_or(Rule::ProcStatusInvalid)?;
        let (from, told) = self.proc_from(event, proc, status)?;
        let mut place = *self.thread(event);
        // A proc that is about to be taken tells its status on the thread of the taker. It belongs to
        // another one, and the event happens there.
        if status == ProcStatus::Abandoned && from == ProcState::Running {
            let owner = *self.threads_with(proc).first().ok_or(Rule::ProcStatusNoThread)?;
            place = *self.threads.at(owner.0);
        }
        let kind = EventKind::ProcTransition(ProcTransition { proc, from, to: state(told) });
        self.out.push(place.event(event.time, StackId::NONE, kind));
        if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
            let bound = self.procs.find(proc).map_or(Bound::somewhere(proc), |(bound, _)| bound);
            self.put_with(bound, event.thread);
            self.thread(event).proc = bound;
        }
        Ok(Step::Advanced)
    }

    /// The threads that have a proc. It is one at most, unless statuses contradict each other.
    pub(super) fn threads_with(&mut self, proc: ProcId) -> Vec<ThreadPlace> {
        let last = self.procs.find(proc).map(|(_, known)| known.thread);
        let mut all = self.shared.procs.get(&proc).cloned().unwrap_or_default();
        all.extend(last);
        all.retain(|at| self.threads.at_place(at.0).is_some_and(|thread| thread.proc.id == proc));
        all
    }

    /// Notes that a thread has a proc, perhaps beside another one.
    fn put_with(&mut self, proc: Bound<ProcId>, thread: ThreadPlace) {
        let Some(known) = self.procs.get(proc) else { return };
        let former = std::mem::replace(&mut known.thread, thread);
        let id = proc.id;
        if self.threads.at_place(former.0).is_some_and(|thread| thread.proc.id == id) && former != thread {
            self.shared.procs.entry(id).or_default().extend([former, thread]);
        }
    }

    /// The state before a status, and the status that is meant.
    fn proc_from(
        &mut self,
        event: &Candidate<'_>,
        proc: ProcId,
        status: ProcStatus,
    ) -> Result<(ProcState, ProcStatus), Rule> {
        let (sequence, is_first) = (event.sequence(0), self.is_first(event));
        let Some((_, known)) = self.procs.find(proc) else {
            self.procs.add(Proc::new(proc, status, sequence));
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

    pub(super) fn proc_start(&mut self, event: &Candidate<'_>, proc: u64, number: u64) -> Outcome {
        let (proc, sequence) = (ProcId(proc), event.sequence(number));
        // While the thread has a proc, that one has to be taken from it first.
        let is_due = |known: &Proc| known.status == ProcStatus::Idle && sequence.succeeds(known.sequence);
        let Some((bound, known)) = self.procs.find(proc).filter(|(_, known)| is_due(known)) else {
            return Ok(Step::NotYet);
        };
        let thread = self.threads.at(event.thread.0);
        if thread.proc.id.is_some() {
            return Ok(Step::NotYet);
        }
        thread.check(Needs::FREE_OF_PROC)?;
        (known.status, known.sequence) = (ProcStatus::Running, sequence);
        // One that was abandoned may still be with its former thread.
        self.put_with(bound, event.thread);
        self.emit_proc(event, proc, ProcState::Idle, ProcState::Running);
        self.thread(event).proc = bound;
        Ok(Step::Advanced)
    }

    /// A thread gives up its own proc, and so this is always due.
    pub(super) fn proc_stop(&mut self, event: &Candidate<'_>) -> Outcome {
        let thread = self.threads.at(event.thread.0);
        let known = self.procs.get(thread.proc).ok_or(Rule::ProcUnknown)?;
        if !matches!(known.status, ProcStatus::Running | ProcStatus::Syscall) {
            return Err(Rule::ProcNotRunning);
        }
        thread.check(Needs::PROC)?;
        known.status = ProcStatus::Idle;
        let proc = known.id;
        self.emit_proc(event, proc, ProcState::Running, ProcState::Idle);
        self.thread(event).proc = NO_PROC;
        Ok(Step::Advanced)
    }

    /// A thread takes the proc of another one, or its own, that sits in a system call.
    pub(super) fn proc_steal(
        &mut self,
        event: &Candidate<'_>,
        proc: u64,
        number: u64,
        owner: u64,
    ) -> Outcome {
        let (proc, sequence) = (ProcId(proc), event.sequence(number));
        let is_due = |known: &Proc| {
            matches!(known.status, ProcStatus::Syscall | ProcStatus::Abandoned)
                && sequence.succeeds(known.sequence)
        };
        let Some((_, known)) = self.procs.find(proc).filter(|(_, known)| is_due(known)) else {
            return Ok(Step::NotYet);
        };
        let thread = *self.threads.at(event.thread.0);
        thread.check(Needs::THREAD)?;
        let was = std::mem::replace(&mut known.status, ProcStatus::Idle);
        known.sequence = sequence;
        // Of an abandoned proc nobody knows whose it was; the owner may have moved on.
        let is_abandoned = was == ProcStatus::Abandoned;
        if !is_abandoned {
            self.unbind_stolen(event, proc, ThreadId(owner))?;
        }
        let from = if is_abandoned { ProcState::Idle } else { ProcState::Running };
        let kind = EventKind::ProcTransition(ProcTransition { proc, from, to: ProcState::Idle });
        self.out.push(thread.event(event.time, StackId::NONE, kind));
        Ok(Step::Advanced)
    }

    /// Takes the proc from its thread, which can't leave its system call before.
    fn unbind_stolen(&mut self, event: &Candidate<'_>, proc: ProcId, owner: ThreadId) -> Result<(), Rule> {
        let is_own = owner == self.thread(event).id;
        let known = self.threads.find(owner).map(|(_, thread)| thread).filter(|thread| thread.is_known);
        let thread = known.ok_or(Rule::ProcStealNoThread)?;
        if thread.proc.id != proc {
            return Err(if is_own { Rule::ProcStealOther } else { Rule::ProcStealWrong });
        }
        thread.proc = NO_PROC;
        Ok(())
    }

    pub(super) fn emit_proc(&mut self, event: &Candidate<'_>, proc: ProcId, from: ProcState, to: ProcState) {
        let kind = EventKind::ProcTransition(ProcTransition { proc, from, to });
        self.emit(event, StackId::NONE, kind);
    }
}
