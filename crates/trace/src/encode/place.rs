//! On which thread an event is written: the one that it names, if a reader of the output sees there what the event says; else
//! the one that has its goroutine or its proc. Family v1 often does not name a thread, and then one is made up.

use std::io::Write;

use super::{
    Change, Encoder, SOON,
    model::{NOWHERE, Proc, Thread},
};
use crate::{
    event::Event,
    event_id as id,
    id::ProcId,
    order::state::{Bound, GoStatus, ProcStatus},
};

/// So many threads are looked at for one that will do.
const MAX_LOOKED_AT: usize = 1 << 10;

impl<W: Write> Encoder<W> {
    /// A thread with the proc of an event, which is started where it is idle.
    #[inline]
    pub(super) fn place_with_proc(&mut self, event: &Event) -> u32 {
        let named = self.place(event.thread);
        let thread = self.model.thread(named);
        if thread.has_proc() && (thread.proc.id == event.proc || !event.proc.is_some()) {
            self.know_thread(named);
            return named;
        }
        self.other_place_with_proc(event.proc, named)
    }

    #[cold]
    fn other_place_with_proc(&mut self, proc: ProcId, named: u32) -> u32 {
        if !proc.is_some() {
            return self.helper();
        }
        let known = self.model.procs.find(proc).map(|(bound, known)| (bound, known.thread));
        let place = match known {
            Some((_, place)) if place != NOWHERE => place,
            Some((bound, _)) => {
                self.change(Change::Added);
                self.start_proc(bound, named, SOON)
            }
            None => {
                self.change(Change::Added);
                self.add_proc(proc, ProcStatus::Running, named, SOON)
            }
        };
        self.know_thread(place);
        place
    }

    /// A thread with the proc of an event, and without a goroutine.
    #[inline]
    pub(super) fn place_to_start_on(&mut self, event: &Event) -> u32 {
        let place = self.place_with_proc(event);
        if self.model.thread(place).has_goroutine() { self.make_free(place) } else { place }
    }

    /// Sees to it that the proc of a thread can have a goroutine. Returns the thread that has it then.
    #[cold]
    fn make_free(&mut self, place: u32) -> u32 {
        self.change(Change::Added);
        let thread = *self.model.thread(place);
        match self.model.status_on(place) {
            Some(GoStatus::Running) => {
                self.know_go(thread.goroutine);
                self.out.put(place, SOON, id::GO_STOP, [0, 0]);
                self.leave(thread.goroutine, GoStatus::Runnable);
                place
            }
            // The thread stays in its system call, and the proc goes to another one.
            _ => {
                self.stop_proc(thread.proc, SOON);
                self.start_proc(thread.proc, NOWHERE, SOON)
            }
        }
    }

    /// A thread for what may happen anywhere: the named one, if a reader sees there what the event says; else that of its
    /// goroutine or its proc.
    #[inline]
    pub(super) fn place_anywhere(&mut self, event: &Event) -> u32 {
        let named = self.place(event.thread);
        let thread = self.model.thread(named);
        let is_right = (thread.proc.id, thread.goroutine.id) == (event.proc, event.goroutine);
        let place = if is_right { named } else { self.other_place_anywhere(event).unwrap_or(named) };
        self.know_thread(place);
        place
    }

    #[cold]
    fn other_place_anywhere(&mut self, event: &Event) -> Option<u32> {
        let of_goroutine = self.model.goroutines.find(event.goroutine).map(|(_, go)| go.thread);
        let of_proc = self.model.procs.find(event.proc).map(|(_, proc)| proc.thread);
        [of_goroutine, of_proc].into_iter().flatten().find(|place| *place != NOWHERE)
    }

    /// The thread on which an event's goroutine runs; if it has none, that of whatever runs on its proc. `None` if there is
    /// no such thread.
    #[inline]
    pub(super) fn place_running(&mut self, event: &Event) -> Option<u32> {
        let named = self.place(event.thread);
        let thread = self.model.thread(named);
        let is_right = thread.proc.id == event.proc && thread.goroutine.id == event.goroutine;
        let place = match is_right && thread.has_proc() && thread.has_goroutine() {
            true => named,
            false => self.other_place_running(event)?,
        };
        self.know_thread(place);
        Some(place)
    }

    #[cold]
    fn other_place_running(&mut self, event: &Event) -> Option<u32> {
        let place = match event.goroutine.is_some() {
            true => self.model.goroutines.find(event.goroutine)?.1.thread,
            false => self.model.procs.find(event.proc)?.1.thread,
        };
        let thread = self.model.thread(place);
        (thread.has_proc() && thread.has_goroutine()).then_some(place)
    }

    /// A thread on which a goroutine runs, of the first ones: more are not looked at, because this may be asked for each event.
    pub(super) fn running_somewhere(&mut self) -> Option<u32> {
        let is_running = |thread: &Thread| thread.has_proc() && thread.has_goroutine();
        let place = self.model.threads.iter().take(MAX_LOOKED_AT).position(is_running)?;
        Some(place as u32)
    }

    /// Starts an idle proc on a thread, if that is free, and else on one that is made up. Returns the thread.
    pub(super) fn start_proc(&mut self, proc: Bound<ProcId>, wanted: u32, time: crate::TraceTime) -> u32 {
        let place = self.free_of_proc(wanted);
        if self.model.procs.get(proc).is_some_and(|proc| proc.status == ProcStatus::Abandoned) {
            self.change(Change::Added);
            self.take_abandoned(proc, place, SOON);
        }
        // A goroutine may be in a system call there: the event is one of its own.
        self.know_thread(place);
        let number = self.number_proc(proc);
        self.out.put(place, time, id::PROC_START, [proc.id.0, number]);
        self.model.bind_proc(proc, place, ProcStatus::Running);
        place
    }

    /// Stops a proc on its own thread.
    pub(super) fn stop_proc(&mut self, proc: Bound<ProcId>, time: crate::TraceTime) {
        let Some(place) = self.model.procs.get(proc).map(|known| known.thread) else { return };
        self.know_proc(proc);
        self.out.put(place, time, id::PROC_STOP, []);
        self.model.unbind_proc(proc);
    }

    /// Tells of a proc that was there before, on a thread if it runs. Returns the thread.
    pub(super) fn add_proc(
        &mut self,
        proc: ProcId,
        status: ProcStatus,
        wanted: u32,
        time: crate::TraceTime,
    ) -> u32 {
        let bound = self.model.procs.add(Proc::new(proc, status, self.generation));
        let place = if status == ProcStatus::Idle { wanted } else { self.free_of_proc(wanted) };
        self.out.put(place, time, id::PROC_STATUS, [proc.0, status as u64]);
        if status != ProcStatus::Idle {
            self.model.bind_proc(bound, place, status);
        }
        place
    }

    /// A thread, if it is one and has no proc, else one that is made up.
    fn free_of_proc(&mut self, wanted: u32) -> u32 {
        if wanted != NOWHERE && !self.model.thread(wanted).has_proc() {
            return wanted;
        }
        self.change(Change::ThreadMadeUp);
        self.new_thread()
    }
}
