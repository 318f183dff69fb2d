//! Goroutines: each change of state is one record, on the thread where a reader can see it happen.

use std::io::Write;

use super::{
    Change, Encoder,
    model::{Go, NOWHERE, go_status},
};
use crate::{
    event::{Event, GoState, GoTransition},
    event_id as id,
    id::GoId,
    order::state::{Bound, GoStatus, ProcStatus},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// Why a goroutine waits that can't go on, such as one that selects from nothing.
const FOREVER: &[u8] = b"forever";

impl<W: Write> Encoder<W> {
    #[inline]
    pub(super) fn go_transition(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        let GoTransition { goroutine, from, to, .. } = *transition;
        if !goroutine.is_some() {
            return self.leave_out();
        }
        match (from, to) {
            (GoState::Runnable, GoState::Running) => self.go_start(event, goroutine, tables),
            (GoState::Waiting, GoState::Runnable) => self.go_unblock(event, goroutine, tables),
            (GoState::Running, GoState::Waiting) => {
                self.go_leave(event, transition, id::GO_BLOCK, GoStatus::Waiting, tables);
            }
            (GoState::Running, GoState::Runnable) => {
                self.go_leave(event, transition, id::GO_STOP, GoStatus::Runnable, tables);
            }
            (GoState::Running, GoState::NotExist) => self.go_destroy(event, goroutine),
            (GoState::Running, GoState::Syscall) => self.go_syscall(event, transition, tables),
            (GoState::Syscall, GoState::Running) => self.go_syscall_end(event, goroutine),
            (GoState::Syscall, GoState::Runnable) => self.go_syscall_end_blocked(event, goroutine),
            (GoState::Syscall, GoState::NotExist) => self.go_destroy_syscall(event, goroutine),
            (GoState::NotExist, _) => self.go_create(event, transition, tables),
            (from, to) => self.go_told(event, transition, (from, to), tables),
        }
    }

    #[inline]
    fn go_start(&mut self, event: &Event, goroutine: GoId, tables: &Tables) {
        let bound = self.go_in(goroutine, GoStatus::Runnable);
        let place = self.place_to_start_on(event);
        self.start(bound, place, event.time);
        self.begin_regions_again(bound, place, Some(tables));
    }

    /// A goroutine starts on a thread that has a proc and no goroutine.
    #[inline]
    pub(super) fn start(&mut self, goroutine: Bound<GoId>, place: u32, time: TraceTime) {
        let number = self.number_go(goroutine);
        self.out.put(place, time, id::GO_START, [goroutine.id.0, number]);
        if let Some(go) = self.model.goroutines.get(goroutine) {
            (go.status, go.thread) = (GoStatus::Running, place);
        }
        self.model.thread(place).goroutine = goroutine;
    }

    #[inline]
    fn go_unblock(&mut self, event: &Event, goroutine: GoId, tables: &Tables) {
        let bound = self.go_in(goroutine, GoStatus::Waiting);
        let place = self.place_anywhere(event);
        let stack = self.out.stack(event.stack, tables);
        self.unblock(bound, place, event.time, stack);
    }

    #[inline]
    pub(super) fn unblock(&mut self, goroutine: Bound<GoId>, place: u32, time: TraceTime, stack: u64) {
        let number = self.number_go(goroutine);
        self.out.put(place, time, id::GO_UNBLOCK, [goroutine.id.0, number, stack]);
        if let Some(go) = self.model.goroutines.get(goroutine) {
            (go.status, go.is_stuck) = (GoStatus::Runnable, false);
        }
    }

    #[inline]
    fn go_leave(&mut self, event: &Event, to: &GoTransition, record: u8, status: GoStatus, tables: &Tables) {
        let (bound, place) = self.go_on_thread(to.goroutine, GoStatus::Running);
        let (reason, stack) = (self.out.string(to.reason, tables), self.transition_stack(to, tables));
        self.out.put(place, event.time, record, [reason, stack]);
        self.leave(bound, status);
        self.note_stack(bound, to);
        if to.reason != StringId::EMPTY && tables.string(to.reason) == FOREVER {
            self.note_stuck(bound);
        }
    }

    #[cold]
    fn note_stuck(&mut self, goroutine: Bound<GoId>) {
        if let Some(go) = self.model.goroutines.get(goroutine) {
            go.is_stuck = true;
        }
    }

    /// Notes what a goroutine executes: who tells of it later can say so.
    #[inline]
    pub(super) fn note_stack(&mut self, goroutine: Bound<GoId>, to: &GoTransition) {
        if to.stack != StackId::NONE
            && let Some(go) = self.model.goroutines.get(goroutine)
        {
            go.stack = to.stack;
        }
    }

    /// A goroutine leaves its thread.
    #[inline]
    pub(super) fn leave(&mut self, goroutine: Bound<GoId>, status: GoStatus) {
        if let Some(go) = self.model.unbind_go(goroutine) {
            go.status = status;
        }
    }

    /// A goroutine that runs or is in a system call, and its thread.
    #[inline]
    pub(super) fn go_on_thread(&mut self, goroutine: GoId, status: GoStatus) -> (Bound<GoId>, u32) {
        let bound = self.go_in(goroutine, status);
        let place = self.model.goroutines.get(bound).map_or(NOWHERE, |go| go.thread);
        self.know_thread(place);
        if status == GoStatus::Running && !self.model.thread(place).has_proc() {
            self.lend_proc(place);
        }
        (bound, place)
    }

    /// What runs has a proc.
    #[cold]
    pub(super) fn lend_proc(&mut self, place: u32) {
        self.change(Change::Added);
        let helper = self.helper();
        let proc = self.model.thread(helper).proc;
        self.stop_proc(proc, super::SOON);
        self.start_proc(proc, place, super::SOON);
    }

    fn go_destroy(&mut self, event: &Event, goroutine: GoId) {
        let (bound, place) = self.go_on_thread(goroutine, GoStatus::Running);
        self.out.put(place, event.time, id::GO_DESTROY, []);
        self.remove_go(bound);
    }

    pub(super) fn remove_go(&mut self, goroutine: Bound<GoId>) {
        self.model.unbind_go(goroutine);
        self.untold.forget_regions(goroutine.id);
        self.model.goroutines.remove(goroutine.id, Go::new(GoId::NONE, GoStatus::Bad, 0));
    }

    fn go_create(&mut self, event: &Event, to: &GoTransition, tables: &Tables) {
        let Some(status) = go_status(to.to) else { return self.leave_out() };
        if self.model.goroutines.find(to.goroutine).is_some() {
            return self.leave_out();
        }
        if status == GoStatus::Syscall {
            return self.go_create_syscall(event, to.goroutine);
        }
        let place = self.place_to_create_on(event);
        let (stack, new_stack) = (self.out.stack(event.stack, tables), self.transition_stack(to, tables));
        let is_blocked = status == GoStatus::Waiting;
        let record = if is_blocked { id::GO_CREATE_BLOCKED } else { id::GO_CREATE };
        self.out.put(place, event.time, record, [to.goroutine.0, new_stack, stack]);
        let created = if is_blocked { status } else { GoStatus::Runnable };
        let bound = self.model.goroutines.add(Go::new(to.goroutine, created, self.generation));
        self.note_stack(bound, to);
    }

    /// A thread with a proc, on which no goroutine is in a system call.
    fn place_to_create_on(&mut self, event: &Event) -> u32 {
        let place = self.place_with_proc(event);
        match self.model.status_on(place) {
            None | Some(GoStatus::Running) => place,
            Some(_) => self.helper(),
        }
    }

    /// A state is told, or changes in a way that no record says.
    #[cold]
    fn go_told(
        &mut self,
        event: &Event,
        to: &GoTransition,
        (from, state): (GoState, GoState),
        tables: &Tables,
    ) {
        let Some(status) = go_status(state) else { return self.leave_out() };
        let known = self.model.goroutines.find(to.goroutine).map(|(bound, known)| (bound, known.status));
        match known {
            Some((bound, known)) if known == status && from != GoState::NotExist => {
                self.tell_again(event, bound, to, tables);
                self.note_stack(bound, to);
            }
            Some((bound, _)) => self.lead(bound, status, event.time),
            None if self.generation > self.first => {
                self.go_in(to.goroutine, status);
            }
            None => self.introduce(event, to, status, tables),
        }
    }

    /// A goroutine that was there before the trace.
    fn introduce(&mut self, event: &Event, to: &GoTransition, status: GoStatus, tables: &Tables) {
        let place = match status {
            GoStatus::Running => self.place_to_start_on(event),
            GoStatus::Syscall => self.place_in_syscall(event),
            _ => self.place(event.thread),
        };
        let bound = self.model.goroutines.add(Go::new(to.goroutine, status, self.generation));
        let stack = self.transition_stack(to, tables);
        self.put_status(event, bound, place, (status, stack));
        self.note_stack(bound, to);
        if matches!(status, GoStatus::Running | GoStatus::Syscall) {
            self.model.bind_go(bound, place);
        }
        if status == GoStatus::Syscall {
            self.restate(place, ProcStatus::Running, ProcStatus::Syscall);
        }
    }

    /// A status that is known is told once more, as at the start of a generation.
    fn tell_again(&mut self, event: &Event, goroutine: Bound<GoId>, to: &GoTransition, tables: &Tables) {
        let Some(go) = self.model.goroutines.get(goroutine) else { return };
        let (status, thread, was) = (go.status, go.thread, go.told);
        (go.told, go.sequence) = (self.generation, 0);
        let place = if thread == NOWHERE { self.place(event.thread) } else { thread };
        self.know_thread(place);
        let stack = self.transition_stack(to, tables);
        self.put_status(event, goroutine, place, (status, stack));
        if was < self.fresh {
            self.tell_ranges(goroutine, place, status);
        }
    }

    /// Writes a status. That of a goroutine in a system call may be told by another thread, the one that has the event's proc;
    /// but of a thread that has told something itself, a reader knows that the goroutine is not there.
    fn put_status(
        &mut self,
        event: &Event,
        goroutine: Bound<GoId>,
        place: u32,
        (status, stack): (GoStatus, u64),
    ) {
        let (mut teller, mut thread) = (place, u64::MAX);
        if status == GoStatus::Syscall {
            thread = self.model.thread(place).id.0;
        }
        if status == GoStatus::Syscall && !self.out.has_told(place) {
            teller = self.model.procs.find(event.proc).map_or(NOWHERE, |(_, proc)| proc.thread);
        }
        let (goroutine, status) = (goroutine.id.0, status as u64);
        match stack {
            0 => self.out.put(teller, event.time, id::GO_STATUS, [goroutine, thread, status]),
            _ => self.out.put(teller, event.time, id::GO_STATUS_STACK, [goroutine, thread, status, stack]),
        }
    }

    /// The thread of a goroutine in a system call: the one that is named, if it has no other.
    fn place_in_syscall(&mut self, event: &Event) -> u32 {
        let named = self.place(event.thread);
        if named != NOWHERE && !self.model.thread(named).has_goroutine() {
            return named;
        }
        self.change(Change::ThreadMadeUp);
        self.new_thread()
    }
}
