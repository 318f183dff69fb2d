//! What an event waits for that is not due, and what an event that happens may change for those that wait.
//!
//! Each handler of [`Order`] that answers [`Step::NotYet`](super::Step::NotYet) has an arm in
//! [`Order::conditions`], with all that its answer depends on.

use super::{
    Args, Order, ThreadPlace,
    block::{Decoded, Op},
    blocked::{Condition, Conditions},
    state::{GoStatus, ProcStatus, Sequence},
};
use crate::{
    event_id,
    generation::Generation,
    id::{GoId, ProcId, ThreadId},
};

/// What an event may change that others wait for.
#[derive(Debug)]
pub(super) struct Touched {
    /// The first one is what the event is about, the second one what its thread has.
    goroutines: [GoId; 2],
    procs: [ProcId; 2],
    gc: bool,
    /// The thread that loses its proc.
    robbed: Option<ThreadId>,
}

/// An event by its number, with its first three arguments as far as it has them.
fn arguments(event: &Decoded, generation: &Generation) -> (u8, [u64; 3]) {
    let Decoded { subject, number, op, .. } = *event;
    let id = match op {
        Op::GoStart => event_id::GO_START,
        Op::GoUnblock => event_id::GO_UNBLOCK,
        Op::GoSwitch => event_id::GO_SWITCH,
        Op::GoCreate => event_id::GO_CREATE,
        Op::GoBlock => event_id::GO_BLOCK,
        Op::GoStop => event_id::GO_STOP,
        Op::GoDestroy => event_id::GO_DESTROY,
        Op::SyscallBegin => event_id::GO_SYSCALL_BEGIN,
        Op::SyscallEnd => event_id::GO_SYSCALL_END,
        Op::HeapAlloc => event_id::HEAP_ALLOC,
        Op::RegionBegin => event_id::USER_REGION_BEGIN,
        Op::RegionEnd => event_id::USER_REGION_END,
        Op::Other => {
            let mut args = Args::at(subject, generation);
            let ([first], [second], [third]) = (args.take(), args.take(), args.take());
            return (number as u8, [first, second, third]);
        }
    };
    (id, [subject, u64::from(number), 0])
}

impl Order {
    /// What an event waits for that can't have happened yet.
    pub(super) fn conditions(
        &mut self,
        event: &Decoded,
        thread: ThreadPlace,
        generation: &Generation,
    ) -> Conditions {
        let (id, [subject, number, _]) = arguments(event, generation);
        let thread = *self.threads.at(thread.0);
        let (goroutine, proc) = (GoId(subject), ProcId(subject));
        let robbed = Some(Condition::Robbed(thread.id));
        match id {
            event_id::GO_START => [Some(Condition::Runnable(goroutine, number)), None, None],
            event_id::GO_UNBLOCK => [Some(Condition::Waiting(goroutine, number)), None, None],
            event_id::GO_SWITCH | event_id::GO_SWITCH_DESTROY => {
                let own = Condition::NotRunning(thread.goroutine.id);
                [Some(Condition::Waiting(goroutine, number)), Some(own), robbed]
            }
            event_id::PROC_START => match self.next_of_proc(proc, generation) {
                Some((ProcStatus::Idle, next)) if next == number => [robbed, None, None],
                _ => [Some(Condition::Idle(proc, number)), None, None],
            },
            event_id::PROC_STEAL => [Some(Condition::InSyscall(proc, number)), None, None],
            event_id::GO_SYSCALL_END_BLOCKED => [Some(Condition::NotInSyscall(thread.proc.id)), robbed, None],
            event_id::GC_ACTIVE | event_id::GC_BEGIN | event_id::GC_END => {
                [Some(Condition::Gc(subject)), None, None]
            }
            _ => Conditions::default(), // always due
        }
    }

    /// What an event may change, be it that it happens, is skipped, or is supplied what it lacks.
    pub(super) fn touched(
        &mut self,
        event: &Decoded,
        thread: ThreadPlace,
        generation: &Generation,
    ) -> Touched {
        let (id, [subject, _, owner]) = arguments(event, generation);
        let thread = self.threads.at(thread.0);
        Touched {
            goroutines: [GoId(subject), thread.goroutine.id],
            procs: [ProcId(subject), thread.proc.id],
            gc: matches!(id, event_id::GC_ACTIVE | event_id::GC_BEGIN | event_id::GC_END),
            robbed: (id == event_id::PROC_STEAL).then_some(ThreadId(owner)),
        }
    }

    /// The threads that have what is taken from them when an event is supplied what it lacks.
    pub(super) fn robbed_by_supply(
        &mut self,
        event: &Decoded,
        touched: &Touched,
        generation: &Generation,
    ) -> Vec<ThreadId> {
        let ([goroutine, _], [proc, own]) = (touched.goroutines, touched.procs);
        let (id, _) = arguments(event, generation);
        let is_of_procs =
            matches!(id, event_id::PROC_START | event_id::PROC_STEAL | event_id::GO_SYSCALL_END_BLOCKED);
        let robbed = match is_of_procs {
            true => [proc, own].map(|proc| self.threads_with(proc)).concat(),
            false => self.threads_of(goroutine),
        };
        robbed.into_iter().map(|thread| self.threads.at(thread.0).id).collect()
    }

    /// The conditions that are met, of those that depend on what was touched.
    pub(super) fn met(
        &mut self,
        touched: &Touched,
        generation: &Generation,
    ) -> impl Iterator<Item = Condition> {
        let goroutines = touched.goroutines.map(|goroutine| self.met_by_goroutine(goroutine, generation));
        let procs = touched.procs.map(|proc| self.met_by_proc(proc, generation));
        let gc = touched.gc.then(|| Condition::Gc(self.gc.next()));
        let robbed = touched.robbed.map(Condition::Robbed);
        goroutines.into_iter().chain(procs).flatten().chain([gc, robbed]).flatten()
    }

    fn met_by_goroutine(&mut self, goroutine: GoId, generation: &Generation) -> [Option<Condition>; 2] {
        let known = self.goroutines.find(goroutine);
        let Some((_, known)) = known else { return [Some(Condition::NotRunning(goroutine)), None] };
        let (status, next) = (known.status, known.sequence.next(generation));
        [
            (status != GoStatus::Running).then_some(Condition::NotRunning(goroutine)),
            match status {
                GoStatus::Runnable => next.map(|next| Condition::Runnable(goroutine, next)),
                GoStatus::Waiting => next.map(|next| Condition::Waiting(goroutine, next)),
                GoStatus::Bad | GoStatus::Running | GoStatus::Syscall => None,
            },
        ]
    }

    fn met_by_proc(&mut self, proc: ProcId, generation: &Generation) -> [Option<Condition>; 2] {
        let status = self.procs.find(proc).map(|(_, known)| known.status);
        [
            (status != Some(ProcStatus::Syscall)).then_some(Condition::NotInSyscall(proc)),
            self.next_of_proc(proc, generation).and_then(|(status, next)| match status {
                ProcStatus::Idle => Some(Condition::Idle(proc, next)),
                ProcStatus::Syscall | ProcStatus::Abandoned => Some(Condition::InSyscall(proc, next)),
                ProcStatus::Bad | ProcStatus::Running => None,
            }),
        ]
    }

    /// The status of a proc, and the number in its order that comes next.
    fn next_of_proc(&mut self, proc: ProcId, generation: &Generation) -> Option<(ProcStatus, u64)> {
        let (_, known) = self.procs.find(proc)?;
        Some((known.status, known.sequence.next(generation)?))
    }
}

impl Sequence {
    /// The number that comes next, if one comes in this generation.
    fn next(self, generation: &Generation) -> Option<u64> {
        (self.generation == generation.number).then_some(self.number.wrapping_add(1))
    }
}
