//! The lives of all goroutines, with their tasks and regions: the fold behind `goscope goroutines`.
//!
//! The moments and what they count for are those of Go's summary, so that times are equal to the nanosecond, but for one
//! thing: a system call that has lost its proc and does not end in the trace is blocked until the end, not runnable.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`Summarizer`).

mod annotations;

use foldhash::{HashMap, HashSet};
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, ProcId, ProcState, ProcTransition, Range, RangeKind,
    Scope, StackId, StringId, Tables, TaskId, TraceTime, places::ById,
};

use crate::{
    life::{Goroutine, Life, Origin},
    tasks::{self, OpenRegion, Task},
    times::Times,
};

/// Follows goroutines, tasks and regions through a trace. [`crate`] has an example.
///
/// Memory grows with the goroutines, tasks and regions of the trace.
#[derive(Debug)]
pub struct Lives {
    /// Those that have not ended. There are few, however many there ever were.
    alive: ById<Life>,
    ended: Vec<Goroutine>,
    /// Those of which nothing has told what they started with.
    nameless: HashSet<GoId>,
    tasks: ById<Task>,
    regions: Option<Vec<tasks::Region>>,
    /// The tasks that a goroutine began and that have not ended.
    open_tasks: HashMap<GoId, HashSet<TaskId>>,
    /// Which goroutine is in a system call with the proc.
    syscalls: HashMap<ProcId, GoId>,
    /// On which goroutine a range of a proc began.
    ranges: HashMap<(ProcId, RangeKind), GoId>,
    /// The time of the last sync, or of the first event.
    sync: Option<TraceTime>,
    /// When the part of the trace began that counts, if that is not all of it.
    begun: Option<TraceTime>,
    now: TraceTime,
}

impl Default for Lives {
    fn default() -> Self {
        Self {
            alive: ById::default(),
            ended: Vec::new(),
            nameless: HashSet::default(),
            tasks: ById::default(),
            regions: Some(Vec::new()),
            open_tasks: HashMap::default(),
            syscalls: HashMap::default(),
            ranges: HashMap::default(),
            sync: None,
            begun: None,
            now: TraceTime::default(),
        }
    }
}

/// Who lived, and what for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// In the order of their ids. A thread of C that calls Go several times has a goroutine each time, all of which may
    /// have the same id: then they come in the order of time.
    pub goroutines: Vec<Goroutine>,
    /// In the order of their ids.
    pub tasks: Vec<Task>,
    /// In the order in which they were told of.
    pub regions: Vec<tasks::Region>,
}

impl Lives {
    /// Follows goroutines and tasks only: regions are counted, and that is all.
    #[must_use]
    pub fn without_regions() -> Self {
        Self { regions: None, ..Self::default() }
    }

    /// Forgets what goroutines have done up to a moment, and those that have ended. Tasks and regions stay as they are.
    pub fn restart(&mut self, now: TraceTime) {
        self.ended.clear();
        self.begun = Some(now);
        self.alive.iter_mut().for_each(|life| life.restart(now));
    }

    /// Says that nothing happens up to a moment, behind the last event.
    pub fn wait(&mut self, now: TraceTime) {
        self.now = self.now.max(now);
    }

    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        self.sync.get_or_insert(event.time);
        self.now = event.time;
        if !self.nameless.is_empty() && event.stack != StackId::NONE {
            self.learn(event, tables);
        }
        // What is not copied is not moved through memory: that would take long.
        match &event.kind {
            EventKind::Sync(_) => self.sync = Some(event.time),
            EventKind::GoTransition(transition) if transition.from != transition.to => {
                self.go(event, transition, tables);
            }
            EventKind::ProcTransition(transition) => self.proc(*transition),
            EventKind::RangeBegin(range) => self.begin_range(event, *range),
            EventKind::RangeActive(range) => self.tell_range(event, *range),
            EventKind::RangeEnd(range, _) => self.end_range(event, *range),
            EventKind::RegionBegin(region) => self.begin_region(event, *region),
            EventKind::RegionEnd(region) => self.end_region(event, *region),
            EventKind::Label(label) => {
                if let Some(life) = self.alive.get_mut(label.goroutine.0) {
                    life.goroutine.label = label.label;
                }
            }
            EventKind::TaskBegin(task) => self.begin_task(event, *task),
            EventKind::TaskEnd(task) => self.end_task(event, *task),
            EventKind::Log(log) => {
                let task = self.known_task(log.task);
                task.logs += 1;
                task.add_goroutine(event.goroutine);
            }
            _ => {}
        }
    }

    /// A goroutine has another state.
    #[inline(always)]
    fn go(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        let GoTransition { goroutine: id, from, to, reason, stack } = *transition;
        let now = event.time;
        let proc = match from {
            GoState::Undetermined => self.own_proc(event, transition),
            _ => event.proc,
        };
        match from {
            // A thread of C, in family v1: its goroutine was created right before.
            GoState::Undetermined if to == GoState::Syscall && self.alive.get(id.0).is_some() => {}
            GoState::Undetermined => self.find(event, transition, proc, tables),
            GoState::NotExist => self.create(event, id, to),
            GoState::Running | GoState::Runnable | GoState::Waiting | GoState::Syscall => {}
        }
        // Of a damaged trace, the beginning may be missing.
        let life = self.alive.get_or_insert_with(id.0, || Life::new(id, Origin::Before, now));
        if let Some(proc) = life.leave(now) {
            self.syscalls.remove(&proc);
        }
        if life.goroutine.func == StringId::EMPTY
            && let Some(root) = tables.stack(stack).last()
        {
            life.goroutine.func = root.func;
        }
        life.enter(to, reason, proc, now);
        match to {
            GoState::NotExist => self.end(id, tables),
            // It will never go on, and so is as good as ended.
            GoState::Waiting if tables.string(reason) == b"forever" => {
                finish(life, &mut self.regions, now, Some(now), tables);
            }
            GoState::Syscall if proc.is_some() => _ = self.syscalls.insert(proc, id),
            _ => {}
        }
    }

    /// The proc that a goroutine has whose state is reported, not changed. Family v1 has others report system calls: at
    /// the start of the trace, where the thread is not known yet, and where a thread of C gets a goroutine, which has just
    /// been created. The goroutine has no proc there.
    #[cold]
    fn own_proc(&self, event: &Event, transition: &GoTransition) -> ProcId {
        let is_known = self.alive.get(transition.goroutine.0).is_some();
        let is_reported_by_others = !event.thread.is_some() || is_known;
        if transition.to == GoState::Syscall && is_reported_by_others { ProcId::NONE } else { event.proc }
    }

    /// A goroutine is told of that was there already: at the last sync, it did what it does.
    fn find(&mut self, event: &Event, transition: &GoTransition, proc: ProcId, tables: &Tables) {
        let GoTransition { goroutine: id, to, reason, stack, .. } = *transition;
        let start = self.sync.unwrap_or(event.time).max(self.begun.unwrap_or(TraceTime(i64::MIN)));
        let mut life = Life::new(id, Origin::Before, start);
        life.was(to, reason, proc.is_some(), event.time.since(start));
        if stack == StackId::NONE {
            life.learn(tables.start(id), tables);
            if life.is_nameless() {
                self.nameless.insert(id);
            }
        }
        self.alive.insert(life);
    }

    /// A goroutine without a name tells what it is executing. Samples do not count: they may be cut, or end in a frame that
    /// stands for the runtime.
    #[cold]
    fn learn(&mut self, event: &Event, tables: &Tables) {
        if event.kind != EventKind::StackSample
            && self.nameless.remove(&event.goroutine)
            && let Some(life) = self.alive.get_mut(event.goroutine.0)
        {
            life.learn(event.stack, tables);
        }
    }

    /// A goroutine begins to exist. It inherits the task of the region that its creator is in.
    fn create(&mut self, event: &Event, id: GoId, to: GoState) {
        let mut life = Life::new(id, Origin::of(event.goroutine, to), event.time);
        if let Some(region) = self.alive.get(event.goroutine.0).and_then(|creator| creator.regions().last()) {
            let (place, task, before) = (None, region.task, Times::default());
            life.enter_region(OpenRegion { place, task, before });
        }
        self.alive.insert(life);
    }

    /// A goroutine ends, and its regions with it.
    fn end(&mut self, id: GoId, tables: &Tables) {
        let now = self.now;
        let Some(mut life) = self.alive.remove(id.0) else { return };
        self.nameless.remove(&id);
        finish(&mut life, &mut self.regions, now, Some(now), tables);
        if !self.open_tasks.is_empty() {
            self.leave_tasks(id, &life.goroutine.times);
        }
        self.ended.push(life.named());
    }

    /// A proc that becomes idle was taken from whoever is in a system call with it.
    fn proc(&mut self, ProcTransition { proc, from, to }: ProcTransition) {
        if from != to
            && to == ProcState::Idle
            && let Some(id) = self.syscalls.remove(&proc)
            && let Some(life) = self.alive.get_mut(id.0)
        {
            life.lose_proc(self.now);
        }
    }

    /// The goroutine for which a range begins: the one that it is about, or the one that is on its proc.
    fn owner(&mut self, event: &Event, range: Range) -> Option<&mut Life> {
        match range.scope {
            Scope::Goroutine(id) => self.alive.get_mut(id.0),
            Scope::Proc(proc) => {
                let life = self.alive.get_mut(event.goroutine.0)?;
                self.ranges.insert((proc, range.kind), event.goroutine);
                Some(life)
            }
            Scope::Global => None,
        }
    }

    fn begin_range(&mut self, event: &Event, range: Range) {
        if let Some(life) = self.owner(event, range) {
            life.begin_range(range.kind, event.time);
        }
    }

    fn tell_range(&mut self, event: &Event, range: Range) {
        let since = self.sync.unwrap_or(event.time);
        if let Some(life) = self.owner(event, range) {
            life.tell_range(range.kind, since);
        }
    }

    fn end_range(&mut self, event: &Event, range: Range) {
        let id = match range.scope {
            Scope::Goroutine(id) => Some(id),
            // It counts only if the same goroutine was there all the while, as far as can be told.
            Scope::Proc(proc) => self.ranges.remove(&(proc, range.kind)).filter(|id| *id == event.goroutine),
            Scope::Global => None,
        };
        if let Some(life) = id.and_then(|id| self.alive.get_mut(id.0)) {
            life.end_range(range.kind, event.time);
        }
    }

    /// The trace has ended.
    #[must_use]
    pub fn finish(mut self, tables: &Tables) -> Summary {
        let now = self.now;
        let mut alive = std::mem::take(&mut self.alive).into_list();
        for life in &mut alive {
            finish(life, &mut self.regions, now, None, tables);
            self.leave_tasks(life.goroutine.id, &life.goroutine.times);
        }
        // There may be a million of them: they are taken out where they are, and not copied.
        let alive: Vec<_> = alive.into_iter().map(Life::named).collect();
        let Self { ended, tasks, regions, .. } = self;
        let mut goroutines =
            if ended.is_empty() { alive } else { [ended, alive].into_iter().flatten().collect() };
        goroutines.sort_unstable_by_key(|goroutine| (goroutine.id, goroutine.created));
        let mut tasks = tasks.into_list();
        tasks.sort_unstable_by_key(|task| task.id);
        Summary { goroutines, tasks, regions: regions.unwrap_or_default() }
    }
}

/// Ends the life of a goroutine, and the regions that are open, unless the runtime started it for itself: such a
/// goroutine has a region only because who caused it to be started was in one.
fn finish(
    life: &mut Life,
    regions: &mut Option<Vec<tasks::Region>>,
    now: TraceTime,
    end: Option<TraceTime>,
    tables: &Tables,
) {
    life.finish(now, end);
    let open = life.leave_regions();
    if is_of_runtime(tables.string(life.goroutine.func)) {
        return;
    }
    life.goroutine.regions += open.len() as u64;
    let regions = regions.as_deref_mut().unwrap_or_default();
    for OpenRegion { place, before, .. } in open {
        if let Some(region) = place.and_then(|place| regions.get_mut(place)) {
            (region.end, region.times) = (end, life.goroutine.times.clone().since(&before));
        }
    }
}

/// Whether a goroutine that starts with this function is one of the runtime's.
fn is_of_runtime(func: &[u8]) -> bool {
    func.is_empty() || (func != b"runtime.main" && func.starts_with(b"runtime."))
}
