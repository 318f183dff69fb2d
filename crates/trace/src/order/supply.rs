//! Supplying what was lost: where no thread can go on, the event that the earliest one waits for is missing.
//!
//! A program that exits without `trace.Stop` takes with it what its threads had not handed over, so that a
//! goroutine starts whose unblocking nobody saw. A reader that salvages then makes true what the event needs,
//! with the fewest transitions that lead there legally, on no thread, at the time of the event.

use super::{
    Args, Candidate, Order, Shared, ThreadPlace,
    block::{Decoded, Op},
    goroutine::NOBODY,
    proc::NO_PROC,
    state::{GoStatus, Goroutine, Proc, ProcStatus, Sequence, Thread},
};
use crate::{
    event::{EventKind, GoState, GoTransition, ProcState, ProcTransition},
    event_id,
    generation::Generation,
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId},
};

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
    pub(crate) fn supply(&mut self, event: &Decoded, thread: ThreadPlace, generation: &Generation) -> bool {
        let Decoded { time, subject, number, op, .. } = *event;
        let at = |id| Candidate { id, time, thread, generation };
        match op {
            Op::GoStart => self.supply_for(&at(event_id::GO_START), (subject, u64::from(number))),
            Op::GoUnblock => self.supply_for(&at(event_id::GO_UNBLOCK), (subject, u64::from(number))),
            Op::GoSwitch => self.supply_for(&at(event_id::GO_SWITCH), (subject, u64::from(number))),
            Op::GoBlock
            | Op::GoStop
            | Op::GoCreate
            | Op::GoDestroy
            | Op::SyscallBegin
            | Op::SyscallEnd
            | Op::HeapAlloc
            | Op::RegionBegin
            | Op::RegionEnd => false,
            Op::Other => {
                let mut args = Args::at(subject, generation);
                let ([id], [turn]) = (args.take(), args.take());
                self.supply_for(&at(number as u8), (id, turn))
            }
        }
    }

    /// Remembers what a thread has after one of its events was left out: part of that may have happened, so that a
    /// goroutine which waits is still on the thread.
    #[cold]
    pub(super) fn remember_thread(&mut self, at: ThreadPlace) {
        let Thread { goroutine, proc, .. } = *self.threads.at(at.0);
        let Shared { goroutines, procs } = &mut *self.shared;
        let goroutine = goroutine.id.is_some().then(|| goroutines.entry(goroutine.id).or_default());
        let proc = proc.id.is_some().then(|| procs.entry(proc.id).or_default());
        for all in [goroutine, proc].into_iter().flatten().filter(|all| all.last() != Some(&at)) {
            all.push(at);
        }
    }

    /// [`Self::supply`] for an event with its first two arguments: what it is about, and its turn. An event that has
    /// none makes no use of them.
    fn supply_for(&mut self, event: &Candidate<'_>, (id, number): (u64, u64)) -> bool {
        let before = event.sequence(number.wrapping_sub(1));
        match event.id {
            event_id::PROC_START => {
                self.lose_proc(event);
                self.supply_proc(event, ProcId(id), ProcStatus::Idle, before);
            }
            event_id::PROC_STEAL => self.supply_proc(event, ProcId(id), ProcStatus::Abandoned, before),
            event_id::GO_START => self.supply_goroutine(event, GoId(id), GoStatus::Runnable, before),
            event_id::GO_UNBLOCK | event_id::GO_SWITCH | event_id::GO_SWITCH_DESTROY => {
                self.supply_goroutine(event, GoId(id), GoStatus::Waiting, before);
            }
            event_id::GO_SYSCALL_END_BLOCKED => self.lose_proc(event),
            event_id::GC_ACTIVE | event_id::GC_END => self.gc.supply(id, true),
            event_id::GC_BEGIN => self.gc.supply(id, false),
            _ => return false,
        }
        true
    }

    /// The thread's proc was taken from it.
    fn lose_proc(&mut self, event: &Candidate<'_>) {
        let proc = self.thread(event).proc;
        let Some(known) = self.procs.get(proc) else { return };
        let sequence = known.sequence;
        self.supply_proc(event, proc.id, ProcStatus::Idle, sequence);
    }

    fn supply_proc(&mut self, event: &Candidate<'_>, proc: ProcId, status: ProcStatus, sequence: Sequence) {
        for thread in self.threads_with(proc) {
            self.threads.at(thread.0).proc = NO_PROC;
        }
        self.shared.procs.remove(&proc);
        let from = match self.procs.find(proc) {
            None => {
                self.procs.add(Proc::new(proc, status, sequence));
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
            let kind = EventKind::ProcTransition(ProcTransition { proc, from, to: ProcState::Idle });
            self.out.push(Thread::new(ThreadId::NONE).event(event.time, StackId::NONE, kind));
        }
    }

    fn supply_goroutine(&mut self, event: &Candidate<'_>, id: GoId, status: GoStatus, sequence: Sequence) {
        for thread in self.threads_of(id) {
            self.threads.at(thread.0).goroutine = NOBODY;
        }
        self.shared.goroutines.remove(&id);
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
            let (goroutine, from, to) = (id, step[0], step[1]);
            let (reason, stack) = (StringId::EMPTY, StackId::NONE);
            let kind = EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack });
            self.out.push(Thread::new(ThreadId::NONE).event(event.time, StackId::NONE, kind));
        }
    }
}
