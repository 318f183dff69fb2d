//! Where a part of the run is missing in the middle of the output: a program that was traced twice.
//!
//! Behind the gap all is told anew. What is not told again has ended, or a reader would take it for something that lasts; and who
//! runs where is as it is told there, or what happens next would be taken for what others did. These steps have a generation
//! of their own, in the gap.

use std::io::Write;

use super::{
    Encoder, SOON,
    model::{Marking, NOWHERE, go_status},
    survivors::{OnThread, Survivors},
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition, Range, RangeKind, Scope},
    id::{GoId, ProcId, ThreadId},
    order::state::{Bound, GoStatus, ProcStatus},
    tables::{StackId, StringId, Tables},
};

impl<W: Write> Encoder<W> {
    /// Goes on behind a gap, where these are there. The strings of what is open are in `tables`.
    pub(crate) fn pass_gap(&mut self, there: &Survivors, tables: &Tables) {
        if !self.out.is_begun() {
            return;
        }
        self.release_last();
        self.sync(self.out.now().next(), None);
        self.end_ranges(&there.ranges, tables);
        self.end_goroutines(there, tables);
        self.detach_threads(there);
        self.attach_threads(there);
        self.lead_others(there);
        self.begin_ranges(&there.ranges, tables);
        self.rest_helper();
    }

    fn end_ranges(&mut self, active: &[Range], tables: &Tables) {
        for range in self.open_ranges().into_iter().filter(|range| !active.contains(range)) {
            let end = in_gap(EventKind::RangeEnd(range, None));
            self.with_running(range, |encoder| encoder.range_end(&end, range, None, tables));
        }
    }

    fn begin_ranges(&mut self, active: &[Range], tables: &Tables) {
        let open = self.open_ranges();
        for range in active.iter().filter(|range| !open.contains(range)) {
            let begin = in_gap(EventKind::RangeBegin(*range));
            self.with_running(*range, |encoder| encoder.range_begin(&begin, *range, tables));
        }
    }

    /// Does something while the goroutine of a range runs, as it has to, and has it where it was afterwards.
    fn with_running(&mut self, range: Range, what: impl FnOnce(&mut Self)) {
        let Scope::Goroutine(goroutine) = range.scope else { return what(self) };
        let Some((bound, status)) =
            self.model.goroutines.find(goroutine).map(|(bound, go)| (bound, go.status))
        else {
            return;
        };
        self.lead(bound, GoStatus::Running, SOON);
        what(self);
        self.lead(bound, status, SOON);
    }

    /// What goes on that has an end of its own.
    fn open_ranges(&self) -> Vec<Range> {
        let marking = (self.model.marking == Marking::On).then_some(MARK);
        let sweeps = self.model.procs.iter().filter(|proc| proc.sweeps);
        let sweeps = sweeps.map(|proc| Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc.id) });
        let of_goroutines = self.model.goroutines.iter().flat_map(|go| {
            let kinds = go.more.iter().flat_map(|more| more.ranges.iter());
            kinds.map(|kind| Range { kind: *kind, scope: Scope::Goroutine(go.id) })
        });
        marking.into_iter().chain(sweeps).chain(of_goroutines).collect()
    }

    fn end_goroutines(&mut self, there: &Survivors, tables: &Tables) {
        let is_gone = |id: &GoId| id.is_some() && !there.goroutines.contains_key(id);
        let mut gone: Vec<_> = self.model.goroutines.iter().map(|go| go.id).filter(is_gone).collect();
        gone.sort_unstable();
        for goroutine in gone {
            let (from, to) = (GoState::Running, GoState::NotExist);
            let end = GoTransition { goroutine, from, to, reason: StringId::EMPTY, stack: StackId::NONE };
            self.go_transition(&in_gap(EventKind::GoTransition(end)), &end, tables);
        }
    }

    /// Takes from each thread what it has, unless it has the same behind the gap.
    fn detach_threads(&mut self, there: &Survivors) {
        for place in 1..self.model.threads.len() as u32 {
            let thread = *self.model.thread(place);
            if self.has(place) == there.threads.get(&thread.id).copied().unwrap_or(OnThread::NOTHING) {
                continue;
            }
            if thread.has_goroutine() {
                self.lead(thread.goroutine, GoStatus::Runnable, SOON);
            }
            if self.model.thread(place).has_proc() {
                self.stop_proc(thread.proc, SOON);
            }
        }
    }

    /// What a thread has.
    fn has(&mut self, place: u32) -> OnThread {
        let thread = *self.model.thread(place);
        let state = match self.model.status_on(place) {
            Some(GoStatus::Running) => GoState::Running,
            Some(GoStatus::Syscall) => GoState::Syscall,
            _ => GoState::Undetermined,
        };
        OnThread { proc: thread.proc.id, goroutine: thread.goroutine.id, state }
    }

    /// Gives each thread what it has behind the gap.
    fn attach_threads(&mut self, there: &Survivors) {
        for (thread, on) in &there.threads {
            let place = self.place(*thread);
            let known = self.model.thread(place);
            if !known.has_proc() && !known.has_goroutine() {
                self.attach(place, *on);
            }
        }
    }

    fn attach(&mut self, place: u32, on: OnThread) {
        let helper = (!on.proc.is_some() && on.goroutine.is_some()).then(|| self.helper());
        let proc = match helper {
            None => self.idle_proc(on.proc),
            // Only who has a proc can begin a call in which it is without one.
            Some(helper) => self.model.thread(helper).proc,
        };
        if helper.is_some() {
            self.stop_proc(proc, SOON);
        }
        if proc.id.is_some() {
            self.start_proc(proc, place, SOON);
        }
        if on.goroutine.is_some() {
            let goroutine = self.go_in(on.goroutine, GoStatus::Runnable);
            self.start(goroutine, place, SOON);
            if on.state == GoState::Syscall {
                self.begin_syscall(goroutine, SOON, 0);
            }
        }
        if helper.is_some() {
            self.stop_proc(proc, SOON);
        }
    }

    /// A proc, which is idle.
    fn idle_proc(&mut self, proc: ProcId) -> Bound<ProcId> {
        match self.model.procs.find(proc).map(|(bound, known)| (bound, known.thread)) {
            _ if !proc.is_some() => {}
            None => drop(self.add_proc(proc, ProcStatus::Idle, NOWHERE, SOON)),
            Some((_, NOWHERE)) => {}
            Some((bound, _)) => self.stop_proc(bound, SOON),
        }
        Bound::somewhere(proc)
    }

    /// Leads the goroutines of which no thread is known to where they are.
    fn lead_others(&mut self, there: &Survivors) {
        for (goroutine, state) in &there.goroutines {
            if let Some(status) = go_status(*state) {
                self.go_in(*goroutine, status);
            }
        }
    }
}

/// The collector marks.
const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

/// Something that happened while nobody told of it.
fn in_gap(kind: EventKind) -> Event {
    let (thread, proc, goroutine) = (ThreadId::NONE, ProcId::NONE, GoId::NONE);
    Event { time: SOON, thread, proc, goroutine, stack: StackId::NONE, kind }
}
