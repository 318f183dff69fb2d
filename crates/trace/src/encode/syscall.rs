//! System calls, and calls from C.

use std::io::Write;

use super::{
    Change, Encoder, SOON,
    model::{Go, NOWHERE},
    output::Patch,
};
use crate::{
    event::{Event, GoTransition},
    event_id as id,
    id::{GoId, ProcId},
    order::state::{Bound, GoStatus, ProcStatus},
    tables::Tables,
    time::TraceTime,
};

/// A proc whose status was told, and where that stands in the output. Only what follows may tell whether it is in a system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) place: u32,
    pub(super) patch: Patch,
}

impl<W: Write> Encoder<W> {
    pub(super) fn go_syscall(&mut self, event: &Event, to: &GoTransition, tables: &Tables) {
        let (bound, _) = self.go_on_thread(to.goroutine, GoStatus::Running);
        let stack = self.transition_stack(to, tables);
        self.begin_syscall(bound, event.time, stack);
        self.note_stack(bound, to);
    }

    /// The goroutine enters a system call, on a thread that has a proc.
    pub(super) fn begin_syscall(&mut self, goroutine: Bound<GoId>, time: TraceTime, stack: u64) {
        let Some(go) = self.model.goroutines.get(goroutine) else { return };
        go.status = GoStatus::Syscall;
        let place = go.thread;
        let proc = self.model.thread(place).proc;
        let number = self.number_proc(proc);
        self.out.put(place, time, id::GO_SYSCALL_BEGIN, [number, stack]);
        self.model.bind_proc(proc, place, ProcStatus::Syscall);
    }

    pub(super) fn go_syscall_end(&mut self, event: &Event, goroutine: GoId) {
        let (bound, place) = self.go_on_thread(goroutine, GoStatus::Syscall);
        let proc = self.model.thread(place).proc;
        if self.model.procs.get(proc).is_none_or(|proc| proc.status != ProcStatus::Syscall) {
            // The proc is gone: it was not a short call.
            return self.lead(bound, GoStatus::Running, event.time);
        }
        self.out.put(place, event.time, id::GO_SYSCALL_END, []);
        self.model.bind_proc(proc, place, ProcStatus::Running);
        if let Some(go) = self.model.goroutines.get(bound) {
            go.status = GoStatus::Running;
        }
    }

    pub(super) fn go_syscall_end_blocked(&mut self, event: &Event, goroutine: GoId) {
        let (bound, _) = self.go_on_thread(goroutine, GoStatus::Syscall);
        self.end_syscall_blocked(bound, event.time);
    }

    /// The goroutine returns and waits for a proc: it no longer has one.
    pub(super) fn end_syscall_blocked(&mut self, goroutine: Bound<GoId>, time: TraceTime) {
        let place = self.model.goroutines.get(goroutine).map_or(NOWHERE, |go| go.thread);
        self.take_proc_in_syscall(place);
        self.model.forget_told(place);
        self.out.put(place, time, id::GO_SYSCALL_END_BLOCKED, []);
        self.leave(goroutine, GoStatus::Runnable);
    }

    /// Sees to it that a thread's proc is not in a system call.
    fn take_proc_in_syscall(&mut self, place: u32) {
        let proc = self.model.thread(place).proc;
        let is_in_call = self.model.procs.get(proc).is_some_and(|proc| proc.status == ProcStatus::Syscall);
        if is_in_call && !self.restate(place, ProcStatus::Syscall, ProcStatus::Running) {
            self.change(Change::Added);
            self.stop_proc(proc, SOON);
        }
    }

    pub(super) fn go_create_syscall(&mut self, event: &Event, goroutine: GoId) {
        let named = self.place(event.thread);
        let is_free = named != NOWHERE && !self.model.thread(named).has_goroutine();
        let place = if is_free { named } else { self.new_thread() };
        self.know_thread(place);
        self.out.put(place, event.time, id::GO_CREATE_SYSCALL, [goroutine.0]);
        let bound = self.model.goroutines.add(Go::new(goroutine, GoStatus::Syscall, self.generation));
        self.model.bind_go(bound, place);
    }

    /// A call from C is over, and with it the thread's proc is left, which is known already: one record says both.
    pub(super) fn end_call(&mut self, proc: Bound<ProcId>, place: u32, time: TraceTime) {
        let goroutine = self.model.thread(place).goroutine;
        self.know_thread(place);
        self.out.put(place, time, id::GO_DESTROY_SYSCALL, []);
        // A reader makes two events of it, at two moments.
        self.out.skip_moment();
        self.remove_go(goroutine);
        self.model.unbind_proc(proc);
        if let Some(known) = self.model.procs.get(proc) {
            known.status = ProcStatus::Abandoned;
        }
    }

    /// A call from C is over, and the thread has no proc any more; else [`Self::end_call`] says it.
    pub(super) fn go_destroy_syscall(&mut self, event: &Event, goroutine: GoId) {
        let (bound, place) = self.go_on_thread(goroutine, GoStatus::Syscall);
        let thread = *self.model.thread(place);
        if thread.has_proc() {
            self.change(Change::Added);
            self.stop_proc(thread.proc, SOON);
        }
        self.out.put(place, event.time, id::GO_DESTROY_SYSCALL, []);
        self.remove_go(bound);
    }

    /// Corrects what was told of the proc of a thread, if that is not too late: whether it is in a system call is known only now.
    pub(super) fn restate(&mut self, place: u32, from: ProcStatus, to: ProcStatus) -> bool {
        let proc = self.model.thread(place).proc;
        let Some(told) = self.model.told.filter(|told| told.place == place) else { return false };
        let Some(known) = self.model.procs.get(proc).filter(|proc| proc.status == from) else { return false };
        if !self.out.patch(told.patch, to as u8) {
            return false;
        }
        known.status = to;
        true
    }
}
