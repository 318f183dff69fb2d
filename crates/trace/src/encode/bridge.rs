//! Steps that are added so that what follows can have happened: where a goroutine is in another state than an event says, because
//! what was between them was lost or is not recorded.

use std::io::Write;

use super::{
    Change, Encoder, SOON,
    model::{Go, NOWHERE},
};
use crate::{
    event_id as id,
    id::{GoId, ProcId},
    order::state::{Bound, GoStatus, ProcStatus},
    time::TraceTime,
};

impl<W: Write> Encoder<W> {
    /// A goroutine that has a status: if it is not known yet, it is told so; if it has another one, steps lead there.
    #[inline]
    pub(super) fn go_in(&mut self, goroutine: GoId, status: GoStatus) -> Bound<GoId> {
        match self.model.goroutines.find(goroutine) {
            Some((bound, known)) if known.status == status => bound,
            Some((bound, _)) => {
                self.lead(bound, status, SOON);
                bound
            }
            None => self.meet(goroutine, status),
        }
    }

    /// Tells of a goroutine that was there before.
    #[cold]
    fn meet(&mut self, goroutine: GoId, status: GoStatus) -> Bound<GoId> {
        self.change(Change::Added);
        // After the first generation what is new has to be created.
        let is_new = self.generation > self.first;
        let met = match status {
            GoStatus::Running => GoStatus::Runnable,
            GoStatus::Syscall if is_new => GoStatus::Runnable,
            status => status,
        };
        let bound = self.model.goroutines.add(Go::new(goroutine, met, self.generation));
        match (is_new, met) {
            (true, GoStatus::Waiting) => self.create(goroutine, id::GO_CREATE_BLOCKED),
            (true, _) => self.create(goroutine, id::GO_CREATE),
            (false, GoStatus::Syscall) => {
                let place = self.new_thread();
                let thread = self.model.thread(place).id.0;
                self.out.put(NOWHERE, SOON, id::GO_STATUS, [goroutine.0, thread, met as u64]);
                self.model.bind_go(bound, place);
            }
            (false, _) => self.out.put(NOWHERE, SOON, id::GO_STATUS, [goroutine.0, u64::MAX, met as u64]),
        }
        self.lead(bound, status, SOON);
        bound
    }

    fn create(&mut self, goroutine: GoId, record: u8) {
        let place = self.helper();
        self.out.put(place, SOON, record, [goroutine.0, 0, 0]);
    }

    /// Leads a goroutine to a status, step by step, from a time on.
    #[cold]
    pub(super) fn lead(&mut self, goroutine: Bound<GoId>, to: GoStatus, time: TraceTime) {
        // From any status it is at most four steps to any other.
        for _ in 0..4 {
            let Some(from) = self.model.goroutines.get(goroutine).map(|go| go.status) else { return };
            if from == to {
                return;
            }
            self.change(Change::Added);
            self.know_go(goroutine);
            self.step(goroutine, (from, to), time);
        }
    }

    /// The next step from one status to another.
    fn step(&mut self, goroutine: Bound<GoId>, (from, to): (GoStatus, GoStatus), time: TraceTime) {
        let place = self.model.goroutines.get(goroutine).map_or(NOWHERE, |go| go.thread);
        if from == GoStatus::Running && !self.model.thread(place).has_proc() {
            self.lend_proc(place);
        }
        match (from, to) {
            (GoStatus::Running, GoStatus::Syscall) => {
                self.begin_syscall(goroutine, time, 0);
                self.lend_no_more(place);
            }
            (GoStatus::Running, GoStatus::Waiting) => {
                self.out.put(place, time, id::GO_BLOCK, [0, 0]);
                self.leave(goroutine, GoStatus::Waiting);
            }
            (GoStatus::Running, _) => {
                self.out.put(place, time, id::GO_STOP, [0, 0]);
                self.leave(goroutine, GoStatus::Runnable);
            }
            (GoStatus::Waiting, _) => self.unblock(goroutine, NOWHERE, time, 0),
            (GoStatus::Syscall, _) => self.end_syscall_blocked(goroutine, time),
            _ => {
                let place = self.helper();
                self.start(goroutine, place, time);
            }
        }
    }

    /// A thread with a proc and without a goroutine, for what happens nowhere else.
    pub(super) fn helper(&mut self) -> u32 {
        if let Some(place) = self.helper.and_then(|helper| self.start_helper(helper)) {
            return place;
        }
        let proc = ProcId(self.model.make_up());
        let place = match self.generation > self.first {
            false => self.add_proc(proc, ProcStatus::Running, NOWHERE, SOON),
            // After the first generation a proc that runs has to have started.
            true => {
                self.add_proc(proc, ProcStatus::Idle, NOWHERE, SOON);
                let bound = Bound::somewhere(proc);
                self.start_proc(bound, NOWHERE, SOON)
            }
        };
        self.helper = Some((place, proc));
        place
    }

    /// Sees to it that the helper is ready, unless it has a goroutine, or another thread has its proc.
    fn start_helper(&mut self, (place, proc): (u32, ProcId)) -> Option<u32> {
        let thread = *self.model.thread(place);
        if thread.has_goroutine() {
            return None;
        }
        if !thread.has_proc() {
            let (bound, _) =
                self.model.procs.find(proc).filter(|(_, known)| known.status == ProcStatus::Idle)?;
            return Some(self.start_proc(bound, place, SOON));
        }
        self.know_thread(place);
        Some(place)
    }

    /// The helper's proc is idle until it is needed again.
    pub(super) fn rest_helper(&mut self) {
        if let Some((place, proc)) = self.helper
            && self.model.thread(place).proc.id == proc
            && !self.model.thread(place).has_goroutine()
        {
            self.stop_proc(Bound::somewhere(proc), SOON);
        }
    }

    /// The helper's proc does not stay in a system call.
    fn lend_no_more(&mut self, place: u32) {
        if self.helper.is_some_and(|(helper, _)| helper == place) {
            let proc = self.model.thread(place).proc;
            self.stop_proc(proc, SOON);
        }
    }
}
