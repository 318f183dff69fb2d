//! Telling statuses: what a reader has to know of a goroutine, a proc or a thread before something happens to it.
//!
//! The first generation of the output tells of what was there before; and what has a number in an order needs a status
//! in each generation, because numbers begin anew there.

use std::{collections::BTreeSet, io::Write};

use foldhash::HashSet;

use super::{
    Encoder, SOON,
    model::{Go, Marking, NOWHERE, Proc},
};
use crate::{
    event::{RangeKind, Region},
    event_id as id,
    id::{GoId, ProcId, TaskId},
    order::state::{Bound, GoStatus},
    tables::{StringId, Tables},
    time::TraceTime,
};

/// What is to be told once there is time for it: the last first.
#[derive(Default, Debug)]
pub(super) struct Untold {
    subjects: Vec<Subject>,
    tasks: BTreeSet<TaskId>,
    /// Whether the collection that goes on has not been told yet.
    marking: bool,
    /// The goroutines that are in regions which have not begun in the output.
    regions: HashSet<GoId>,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Proc(Bound<ProcId>),
    Go(Bound<GoId>),
}

impl Untold {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.tasks.is_empty() && !self.marking
    }

    /// A goroutine has ended.
    #[inline]
    pub(super) fn forget_regions(&mut self, goroutine: GoId) {
        if !self.regions.is_empty() {
            self.regions.remove(&goroutine);
        }
    }
}

/// Stands for no thread, in the status of a goroutine that is on none.
const NO_THREAD: u64 = u64::MAX;

impl<W: Write> Encoder<W> {
    /// Lists all that there is, for the first generation of an output.
    pub(super) fn gather_untold(&mut self, tables: &Tables) {
        self.forget_odd();
        self.gather_states(tables);
        self.untold.tasks = self.model.tasks.keys().copied().collect();
        self.untold.regions = self.number_names(tables);
    }

    /// Lists all states, and numbers the stacks that they need.
    pub(super) fn gather_states(&mut self, tables: &Tables) {
        let goroutines = self.model.goroutines.iter().filter(|go| go.id.is_some() && !go.is_stuck);
        let mut goroutines: Vec<_> = goroutines.map(|go| go.id).collect();
        let mut procs: Vec<_> = self.model.procs.iter().map(|proc| proc.id).collect();
        goroutines.sort_unstable_by(|a, b| b.cmp(a));
        procs.sort_unstable_by(|a, b| b.cmp(a));
        let goroutines = goroutines.into_iter().map(|id| Subject::Go(Bound::somewhere(id)));
        let procs = procs.into_iter().map(|id| Subject::Proc(Bound::somewhere(id)));
        self.untold = Untold {
            subjects: goroutines.chain(procs).collect(),
            marking: self.model.marking == Marking::On,
            ..Untold::default()
        };
        for go in self.model.goroutines.iter() {
            self.out.stack(go.stack, tables);
        }
    }

    /// Numbers the reasons of stops and the names of regions. Returns the goroutines that are in regions.
    fn number_names(&mut self, tables: &Tables) -> HashSet<GoId> {
        let mut in_regions = HashSet::default();
        for go in self.model.goroutines.iter() {
            let Some(more) = &go.more else { continue };
            for range in more.ranges.iter() {
                if let RangeKind::StopTheWorld(reason) = range {
                    self.out.reason(*reason, tables);
                }
            }
            for region in &more.regions {
                self.out.string(region.name, tables);
                in_regions.insert(go.id);
            }
        }
        in_regions
    }

    /// Tells what fits in before the next event.
    pub(super) fn use_time_before(&mut self, time: TraceTime, tables: &Tables) {
        self.tell_marking();
        while self.out.now().next() < time
            && let Some(subject) = self.untold.subjects.pop()
        {
            self.tell(subject);
        }
        self.begin_tasks(time, tables);
    }

    /// Tells the rest: the generation ends.
    pub(super) fn tell_rest(&mut self) {
        self.tell_marking();
        while let Some(subject) = self.untold.subjects.pop() {
            self.tell(subject);
        }
        self.untold.tasks.clear();
    }

    fn tell(&mut self, subject: Subject) {
        match subject {
            Subject::Go(goroutine) => self.know_go(goroutine),
            Subject::Proc(proc) => self.know_proc(proc),
        }
    }

    /// Tells of the collection that goes on, where that can be told.
    fn tell_marking(&mut self) {
        if self.untold.marking
            && let Some(place) = self.place_to_tell_marking()
        {
            self.know_thread(place);
            self.know_marking(place);
        }
    }

    /// After the first generation only a goroutine that runs can tell of a collection.
    fn place_to_tell_marking(&mut self) -> Option<u32> {
        if self.generation <= self.first { Some(NOWHERE) } else { self.running_somewhere() }
    }

    /// Sees to it that a reader knows of the collection that goes on since before. A goroutine runs on the thread.
    pub(super) fn know_marking(&mut self, place: u32) {
        if std::mem::take(&mut self.untold.marking) {
            self.model.mark_sequence += 1;
            self.out.put(place, SOON, id::GC_ACTIVE, [self.model.mark_sequence]);
        }
    }

    /// Begins the tasks that go on, where a goroutine runs and there is time.
    fn begin_tasks(&mut self, time: TraceTime, tables: &Tables) {
        let is_time = self.out.now().next() < time;
        if !is_time || self.untold.tasks.is_empty() || !self.untold.subjects.is_empty() {
            return;
        }
        let Some(place) = self.running_somewhere() else { return };
        self.know_thread(place);
        while self.out.now().next() < time
            && let Some(task) = self.untold.tasks.pop_first()
        {
            self.begin_task_again(place, task, tables);
        }
    }

    /// Begins a task that goes on, if that has not been told yet.
    pub(super) fn begin_task_in_time(&mut self, place: u32, task: TaskId, tables: &Tables) {
        if self.untold.tasks.remove(&task) {
            self.begin_task_again(place, task, tables);
        }
    }

    fn begin_task_again(&mut self, place: u32, task: TaskId, tables: &Tables) {
        if let Some((name, parent)) = self.model.tasks.get(&task).copied() {
            let (name, parent) = (self.out.string(name, tables), parent_number(parent));
            self.out.put(place, SOON, id::USER_TASK_BEGIN, [task.0, parent, name, 0]);
        }
    }

    /// Whether a reader of the output knows of what was told last in this generation.
    #[inline]
    fn is_known(&self, told: u32) -> bool {
        told >= self.fresh
    }

    /// Sees to it that a reader knows what a thread has.
    #[inline]
    pub(super) fn know_thread(&mut self, place: u32) {
        if self.model.thread(place).told < self.fresh {
            self.know_new_thread(place);
        }
    }

    #[cold]
    fn know_new_thread(&mut self, place: u32) {
        let thread = *self.model.thread(place);
        self.know_proc(thread.proc);
        self.know_go(thread.goroutine);
        self.model.thread(place).told = self.generation;
    }

    /// Sees to it that a reader knows a goroutine.
    #[inline]
    pub(super) fn know_go(&mut self, goroutine: Bound<GoId>) {
        if let Some(go) = self.model.goroutines.get(goroutine)
            && go.told < self.fresh
        {
            self.tell_go(goroutine);
        }
    }

    /// Sees to it that a reader knows a proc.
    #[inline]
    pub(super) fn know_proc(&mut self, proc: Bound<ProcId>) {
        if let Some(known) = self.model.procs.get(proc)
            && known.told < self.fresh
        {
            self.tell_proc(proc);
        }
    }

    /// Sees to it that a goroutine has a number in this generation.
    #[inline]
    pub(super) fn number_go(&mut self, goroutine: Bound<GoId>) -> u64 {
        match self.model.goroutines.get(goroutine) {
            Some(go) if go.told == self.generation => go.next(),
            _ => {
                self.tell_go(goroutine);
                self.model.goroutines.get(goroutine).map_or(0, Go::next)
            }
        }
    }

    /// Sees to it that a proc has a number in this generation.
    #[inline]
    pub(super) fn number_proc(&mut self, proc: Bound<ProcId>) -> u64 {
        if self.model.procs.get(proc).is_some_and(|proc| proc.told != self.generation) {
            self.tell_proc(proc);
        }
        self.model.procs.get(proc).map_or(0, Proc::next)
    }

    /// Tells the status of a goroutine, and what goes on there.
    #[cold]
    fn tell_go(&mut self, goroutine: Bound<GoId>) {
        let Some(go) = self.model.goroutines.get(goroutine) else { return };
        let (status, place, was, stack) = (go.status, go.thread, go.told, go.stack);
        (go.told, go.sequence) = (self.generation, 0);
        if place != NOWHERE {
            let proc = self.model.thread(place).proc;
            self.know_proc(proc);
        }
        let thread = if place == NOWHERE { NO_THREAD } else { self.model.thread(place).id.0 };
        let (number, status_number) = (goroutine.id.0, status as u64);
        // Who sits in a call and has told nothing is told of from nowhere.
        let sits = status == GoStatus::Syscall && !self.model.thread(place).has_proc();
        let place = if sits && !self.out.has_told(place) { NOWHERE } else { place };
        if self.is_known(was) {
            return self.out.put(place, SOON, id::GO_STATUS, [number, thread, status_number]);
        }
        match self.out.numbering.stack(stack) {
            None => self.out.put(place, SOON, id::GO_STATUS, [number, thread, status_number]),
            Some(stack) => {
                self.out.put(place, SOON, id::GO_STATUS_STACK, [number, thread, status_number, stack]);
            }
        }
        self.tell_ranges(goroutine, place, status);
    }

    /// Tells what goes on with a goroutine that a reader has not known.
    pub(super) fn tell_ranges(&mut self, goroutine: Bound<GoId>, place: u32, status: GoStatus) {
        let Some(more) = self.model.goroutines.get(goroutine).and_then(|go| go.more.as_ref()) else { return };
        let ranges: Vec<_> = more.ranges.iter().copied().collect();
        let runs = status == GoStatus::Running && self.model.thread(place).has_proc();
        let can_stop = runs && self.generation <= self.first;
        for range in ranges {
            match range {
                RangeKind::MarkAssist => {
                    self.out.put(place, SOON, id::GC_MARK_ASSIST_ACTIVE, [goroutine.id.0]);
                }
                // A stop of the world can't be told to go on: it begins again, where it can.
                RangeKind::StopTheWorld(reason) if can_stop && self.is_numbered(reason) => {
                    let reason = self.out.numbering.reason(reason).unwrap_or_default();
                    self.out.put(place, SOON, id::STW_BEGIN, [reason, 0]);
                }
                _ => self.forget_range(goroutine, range),
            }
        }
        if runs {
            self.begin_regions_again(goroutine, place, None);
        }
    }

    /// Whether a stop can be told for this reason.
    fn is_numbered(&self, reason: StringId) -> bool {
        reason == StringId::EMPTY || self.out.numbering.reason(reason).is_some()
    }

    /// A range that can't be told is as good as over.
    fn forget_range(&mut self, goroutine: Bound<GoId>, range: RangeKind) {
        if let Some(go) = self.model.goroutines.get(goroutine) {
            // It is there: it was found there.
            let _ = go.more().ranges.end(range);
        }
    }

    /// Begins the regions that a goroutine is in, now that it runs: a region can't be told to go on. Without tables, their
    /// names have numbers already: see [`Self::number_names`].
    #[inline]
    pub(super) fn begin_regions_again(
        &mut self,
        goroutine: Bound<GoId>,
        place: u32,
        tables: Option<&Tables>,
    ) {
        if !self.untold.regions.is_empty() && self.untold.regions.remove(&goroutine.id) {
            self.begin_untold_regions(goroutine, place, tables);
        }
    }

    #[cold]
    fn begin_untold_regions(&mut self, goroutine: Bound<GoId>, place: u32, tables: Option<&Tables>) {
        let more = self.model.goroutines.get(goroutine).and_then(|go| go.more.as_ref());
        let regions = more.map(|more| more.regions.clone()).unwrap_or_default();
        for Region { task, name } in regions {
            let name = match tables {
                Some(tables) => self.out.string(name, tables),
                None => self.out.numbering.string(name).unwrap_or_default(),
            };
            self.out.put(place, SOON, id::USER_REGION_BEGIN, [task.0, name, 0]);
        }
    }

    /// Tells the status of a proc, and whether it sweeps.
    #[cold]
    fn tell_proc(&mut self, proc: Bound<ProcId>) {
        let Some(known) = self.model.procs.get(proc) else { return };
        let (place, was) = (known.thread, known.told);
        (known.told, known.sequence) = (self.generation, 0);
        let sweeps = known.sweeps && was < self.fresh;
        let status = known.status;
        self.model.forget_told(place);
        self.out.put(place, SOON, id::PROC_STATUS, [proc.id.0, status as u64]);
        if sweeps {
            self.out.put(place, SOON, id::GC_SWEEP_ACTIVE, [proc.id.0]);
        }
    }
}

/// The number of a task's parent: here 0 is none.
pub(super) fn parent_number(parent: TaskId) -> u64 {
    if parent == TaskId::NONE { 0 } else { parent.0 }
}
