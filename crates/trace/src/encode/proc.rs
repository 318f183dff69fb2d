//! Procs: told, started, stopped, and taken from threads in system calls.

use std::io::Write;

use super::{
    Encoder, Held,
    model::{NOWHERE, proc_status},
    syscall::Told,
};
use crate::{
    event::{Event, EventKind, GoState, ProcState, ProcTransition},
    event_id as id,
    id::ProcId,
    order::state::{Bound, GoStatus, ProcStatus},
    time::TraceTime,
};

/// A proc that its own thread has left while it was in a system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    proc: Bound<ProcId>,
    place: u32,
    time: TraceTime,
}

impl<W: Write> Encoder<W> {
    pub(super) fn proc_transition(&mut self, event: &Event, to: ProcTransition) {
        let ProcTransition { proc, from, to } = to;
        if !proc.is_some() {
            return self.leave_out();
        }
        let known = self.model.procs.find(proc).map(|(bound, known)| (bound, known.status));
        match (known, from, to) {
            (None, _, ProcState::Running | ProcState::Idle) => self.proc_new(event, proc, to),
            (Some((bound, status)), from, to) if from == to || is_told_again(from, status, to) => {
                self.proc_again(event, bound, status);
            }
            (Some((bound, ProcStatus::Idle | ProcStatus::Abandoned)), _, ProcState::Running) => {
                let wanted = self.place(event.thread);
                self.start_proc(bound, wanted, event.time);
            }
            (Some((bound, status @ (ProcStatus::Running | ProcStatus::Syscall))), _, ProcState::Idle) => {
                self.proc_taken(event, bound, status);
            }
            _ => self.leave_out(),
        }
    }

    /// A proc is told of for the first time.
    fn proc_new(&mut self, event: &Event, proc: ProcId, state: ProcState) {
        let Some(status) = proc_status(state) else { return self.leave_out() };
        let named = self.place(event.thread);
        let in_syscall = self.model.status_on(named) == Some(GoStatus::Syscall);
        let status = if in_syscall && status == ProcStatus::Running { ProcStatus::Syscall } else { status };
        let place = self.add_proc(proc, status, named, event.time);
        // Who is idle belongs to no thread, whoever tells of it.
        if status != ProcStatus::Idle {
            self.note_told(place);
        }
    }

    /// A status that is known is told once more, as at the start of a generation.
    fn proc_again(&mut self, event: &Event, proc: Bound<ProcId>, status: ProcStatus) {
        let generation = self.generation;
        let Some(known) = self.model.procs.get(proc) else { return };
        if status == ProcStatus::Abandoned && known.told == generation && event.thread.is_some() {
            let taker = self.place(event.thread);
            return self.take_abandoned(proc, taker, event.time);
        }
        if known.told < self.fresh {
            return self.know_proc(proc);
        }
        (known.told, known.sequence) = (self.generation, 0);
        let thread = known.thread;
        self.model.forget_told(thread);
        let place = if thread == NOWHERE { self.place(event.thread) } else { thread };
        self.out.put(place, event.time, id::PROC_STATUS, [proc.id.0, status as u64]);
    }

    /// A proc stops, or is taken from its thread by the event's.
    fn proc_taken(&mut self, event: &Event, proc: Bound<ProcId>, status: ProcStatus) {
        let owner = self.model.procs.get(proc).map_or(NOWHERE, |proc| proc.thread);
        // Who stops has the proc itself; who takes it has another one, or none.
        let taker = if event.proc == proc.id { owner } else { self.place(event.thread) };
        if taker == owner && self.model.status_on(owner) == Some(GoStatus::Syscall) {
            self.held = Some(Held::Left(Left { proc, place: owner, time: event.time }));
            return;
        }
        if taker == owner || taker == NOWHERE || status != ProcStatus::Syscall {
            return self.stop_proc(proc, event.time);
        }
        self.know_thread(taker);
        self.know_thread(owner);
        let number = self.number_proc(proc);
        let thread = self.model.thread(owner).id.0;
        self.out.put(taker, event.time, id::PROC_STEAL, [proc.id.0, number, thread]);
        self.model.unbind_proc(proc);
    }

    /// A proc was left: if the next event says that the call is over, one record says both. Returns whether it does.
    pub(super) fn proc_left(&mut self, left: Left, next: Option<&Event>) -> bool {
        let goroutine = self.model.thread(left.place).goroutine.id;
        let status = self.model.procs.get(left.proc).map(|proc| proc.status);
        let is_over = |event: &Event| match event.kind {
            EventKind::GoTransition(to) => to.goroutine == goroutine && to.to == GoState::NotExist,
            _ => false,
        };
        let is_one = next.is_some_and(is_over) && status == Some(ProcStatus::Syscall);
        match is_one {
            true => self.end_call(left.proc, left.place, left.time),
            false => self.stop_proc(left.proc, left.time),
        }
        is_one
    }

    /// Takes a proc that nobody has, and that is not idle.
    pub(super) fn take_abandoned(&mut self, proc: Bound<ProcId>, taker: u32, time: TraceTime) {
        self.know_thread(taker);
        let number = self.number_proc(proc);
        self.out.put(taker, time, id::PROC_STEAL, [proc.id.0, number, u64::MAX]);
        if let Some(known) = self.model.procs.get(proc) {
            known.status = ProcStatus::Idle;
        }
    }

    /// Notes where a status stands that may have to be corrected: its number is the last byte.
    fn note_told(&mut self, place: u32) {
        self.model.told = self.out.last_byte(place).map(|patch| Told { place, patch });
    }
}

/// Whether a state that is known is told as news, behind a gap.
fn is_told_again(from: ProcState, status: ProcStatus, to: ProcState) -> bool {
    let known = match status {
        ProcStatus::Running | ProcStatus::Syscall => ProcState::Running,
        ProcStatus::Idle => ProcState::Idle,
        ProcStatus::Bad | ProcStatus::Abandoned => return false,
    };
    from == ProcState::Undetermined && known == to
}
