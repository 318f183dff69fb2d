//! Supplying what was lost: where no thread can go on, the event that the earliest one waits for is missing.
//!
//! A program that exits without `trace.Stop` takes with it what its threads had not handed over, so that a
//! goroutine starts whose unblocking nobody saw. A reader that salvages then makes true what the event needs,
//! with the fewest transitions that lead there legally, on no thread, at the time of the event.

use super::{
    BoundThread, Candidate, Order,
    context::Context,
    goroutine::NOBODY,
    state::{Bound, GoStatus, Goroutine, Proc, ProcStatus, Sequence},
};
use crate::{
    event::{GoState, ProcState},
    event_id,
    id::{GoId, ProcId, ThreadId},
};

/// The context of what happened nobody knows where.
const NOWHERE: Context =
    Context { thread: ThreadId::NONE, goroutine: NOBODY, proc: Bound::somewhere(ProcId::NONE) };

/// The states that a goroutine passes through to one that it has to have.
const fn path(from: GoStatus, to: GoStatus) -> &'static [GoState] {
    match (from, to) {
        (GoStatus::Bad, GoStatus::Runnable) => &[GoState::Undetermined, GoState::Runnable],
        (GoStatus::Bad, _) => &[GoState::Undetermined, GoState::Waiting],
        (GoStatus::Waiting, GoStatus::Runnable) => &[GoState::Waiting, GoState::Runnable],
        (GoStatus::Running, GoStatus::Runnable) => &[GoState::Running, GoState::Runnable],
        (GoStatus::Syscall, GoStatus::Runnable) => &[GoState::Syscall, GoState::Runnable],
        (GoStatus::Running, GoStatus::Waiting) => &[GoState::Running, GoState::Waiting],
        (GoStatus::Runnable, GoStatus::Waiting) => &[GoState::Runnable, GoState::Running, GoState::Waiting],
        (GoStatus::Syscall, GoStatus::Waiting) => &[GoState::Syscall, GoState::Running, GoState::Waiting],
        _ => &[],
    }
}

impl Order {
    /// Makes true what an event needs that is not due. `false` if nothing can be done for it.
    pub(crate) fn supply(&mut self, candidate: &Candidate<'_>, thread: BoundThread) -> bool {
        let [id, number, ..] = *candidate.args;
        let before = candidate.sequence(number.wrapping_sub(1));
        match candidate.id {
            event_id::PROC_START => {
                self.lose_proc(candidate, thread);
                self.supply_proc(candidate, ProcId(id), ProcStatus::Idle, before);
            }
            event_id::PROC_STEAL => self.supply_proc(candidate, ProcId(id), ProcStatus::Abandoned, before),
            event_id::GO_START => self.supply_goroutine(candidate, GoId(id), GoStatus::Runnable, before),
            event_id::GO_UNBLOCK | event_id::GO_SWITCH | event_id::GO_SWITCH_DESTROY => {
                self.supply_goroutine(candidate, GoId(id), GoStatus::Waiting, before);
            }
            event_id::GO_SYSCALL_END_BLOCKED => self.lose_proc(candidate, thread),
            event_id::GC_ACTIVE | event_id::GC_END => self.gc.supply(id, true),
            event_id::GC_BEGIN => self.gc.supply(id, false),
            _ => return false,
        }
        true
    }

    /// The thread's proc was taken from it.
    fn lose_proc(&mut self, candidate: &Candidate<'_>, thread: BoundThread) {
        let Some(proc) = self.threads.get(thread.0).map(|thread| thread.proc) else { return };
        let Some(known) = self.procs.get(proc) else { return };
        let sequence = known.sequence;
        self.supply_proc(candidate, proc.id, ProcStatus::Idle, sequence);
    }

    fn supply_proc(
        &mut self,
        candidate: &Candidate<'_>,
        proc: ProcId,
        status: ProcStatus,
        sequence: Sequence,
    ) {
        self.threads.each(|thread| {
            if thread.proc.id == proc {
                thread.proc = NOWHERE.proc;
            }
        });
        let from = match self.procs.find(proc) {
            None => {
                self.procs.add(Proc { id: proc, status, sequence, ranges: Default::default() });
                ProcState::Undetermined
            }
            Some((_, known)) => {
                let was = std::mem::replace(&mut known.status, status);
                known.sequence = sequence;
                let runs = matches!(was, ProcStatus::Running | ProcStatus::Syscall);
                if runs { ProcState::Running } else { ProcState::Idle }
            }
        };
        if from != ProcState::Idle {
            self.emit_proc(candidate, NOWHERE, proc, from, ProcState::Idle);
        }
    }

    fn supply_goroutine(
        &mut self,
        candidate: &Candidate<'_>,
        id: GoId,
        status: GoStatus,
        sequence: Sequence,
    ) {
        self.threads.each(|thread| {
            if thread.goroutine.id == id {
                thread.goroutine = NOBODY;
            }
        });
        let was = match self.goroutines.find(id) {
            None => {
                self.goroutines.add(Goroutine::new(id, status, sequence));
                GoStatus::Bad
            }
            Some((_, known)) => {
                known.sequence = sequence;
                std::mem::replace(&mut known.status, status)
            }
        };
        for step in path(was, status).windows(2) {
            self.emit_go(candidate, NOWHERE, id, step[0], step[1]);
        }
    }
}
