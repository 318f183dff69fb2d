//! The life of one goroutine: what it is doing, since when, and the time of all it did before.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`GoroutineSummary`).

use goscope_trace::{GoId, GoState, ProcId, RangeKind, StackId, StringId, Tables, TraceTime, places::Named};

use crate::{
    tasks::OpenRegion,
    times::{Times, add_range, add_wait},
};

/// A goroutine of the trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goroutine {
    /// Which one.
    pub id: GoId,
    /// The function that it started with; empty if the trace does not tell.
    pub func: StringId,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was created or, if it was there before, when the trace began to tell of it.
    pub created: TraceTime,
    /// When it first ran.
    pub started: Option<TraceTime>,
    /// When it ended.
    pub ended: Option<TraceTime>,
    /// What it was doing when the trace ended, or [`GoState::NotExist`].
    pub state: GoState,
    /// What the runtime labelled it last; empty if it did not.
    pub label: StringId,
    /// Its regions that have ended, or were still open at its end.
    pub regions: u64,
    /// Where its time went.
    pub times: Times,
}

/// Where a goroutine comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Origin {
    /// It was there before the trace.
    #[default]
    Before,
    /// A timer of `time.AfterFunc` started it: the scheduler did, and no goroutine ran there.
    Timer,
    /// A thread of C called Go.
    C,
    /// This goroutine created it.
    Goroutine(GoId),
}

impl Origin {
    /// Returns where a goroutine comes from that begins to exist: in this state, created by the goroutine that runs there.
    pub(crate) const fn of(creator: GoId, state: GoState) -> Self {
        match (creator, state) {
            (GoId::NONE, GoState::Runnable) => Self::Timer,
            (GoId::NONE, _) => Self::C,
            (creator, _) => Self::Goroutine(creator),
        }
    }

    /// Returns the goroutine that created it.
    #[must_use]
    pub const fn creator(self) -> Option<GoId> {
        match self {
            Self::Goroutine(id) => Some(id),
            Self::Before | Self::Timer | Self::C => None,
        }
    }
}

/// A goroutine that may still do something.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) goroutine: Goroutine,
    doing: Doing,
    /// The function that it started with, by what Go's summary does not look at; empty if nothing tells.
    hint: StringId,
    /// What few goroutines have.
    more: Option<Box<More>>,
}

/// What few goroutines have: there may be a million of them.
#[derive(Default, Debug)]
struct More {
    /// When its proc was taken from it in the system call that it is in.
    lost_proc: Option<TraceTime>,
    /// The ranges that go on.
    ranges: Vec<(RangeKind, TraceTime)>,
    /// The regions that it is in, the innermost last.
    regions: Vec<OpenRegion>,
    /// Its times as the part of the trace began that counts, if that is not all of it.
    before: Option<Times>,
}

/// What a goroutine does, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Nothing,
    Running(TraceTime),
    Runnable(TraceTime),
    Waiting(TraceTime, StringId),
    Syscall(TraceTime, ProcId),
}

impl Life {
    /// Of a goroutine that begins to exist, or to be known.
    pub(crate) fn new(id: GoId, origin: Origin, created: TraceTime) -> Self {
        let goroutine = Goroutine {
            id,
            func: StringId::EMPTY,
            origin,
            created,
            started: None,
            ended: None,
            state: GoState::Undetermined,
            label: StringId::EMPTY,
            regions: 0,
            times: Times::default(),
        };
        Self { goroutine, doing: Doing::Nothing, hint: StringId::EMPTY, more: None }
    }

    /// Whether nothing has told yet what it started with.
    pub(crate) fn is_nameless(&self) -> bool {
        self.goroutine.func == StringId::EMPTY && self.hint == StringId::EMPTY
    }

    /// Takes the function that it started with from a stack of its own, if it is not known by then from a change of state.
    pub(crate) fn learn(&mut self, stack: StackId, tables: &Tables) {
        if let Some(root) = tables.stack(stack).last() {
            self.hint = root.func;
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn lost_proc(&self) -> Option<TraceTime> {
        self.more.as_ref().and_then(|more| more.lost_proc)
    }

    /// The regions that it is in, the innermost last.
    pub(crate) fn regions(&self) -> &[OpenRegion] {
        self.more.as_ref().map_or(&[], |more| &more.regions)
    }

    pub(crate) fn enter_region(&mut self, region: OpenRegion) {
        self.more().regions.push(region);
    }

    pub(crate) fn leave_region(&mut self) -> Option<OpenRegion> {
        self.more.as_mut()?.regions.pop()
    }

    pub(crate) fn leave_regions(&mut self) -> Vec<OpenRegion> {
        self.more.as_mut().map(|more| std::mem::take(&mut more.regions)).unwrap_or_default()
    }

    /// The goroutine has been in a state since `start`, which is told only now. In a system call it may have a proc.
    pub(crate) fn was(&mut self, state: GoState, reason: StringId, has_proc: bool, span: i64) {
        let times = &mut self.goroutine.times;
        match state {
            GoState::Running => times.running = times.running.saturating_add(span),
            GoState::Waiting => add_wait(&mut times.waiting, reason, span),
            GoState::Runnable => times.runnable = times.runnable.saturating_add(span),
            GoState::Syscall if has_proc => times.syscall = times.syscall.saturating_add(span),
            GoState::Syscall => times.syscall_blocked = times.syscall_blocked.saturating_add(span),
            GoState::Undetermined | GoState::NotExist => {}
        }
    }

    /// It stops doing what it does. Returns the proc with which it was in a system call.
    pub(crate) fn leave(&mut self, now: TraceTime) -> Option<ProcId> {
        let lost_proc = self.more.as_mut().and_then(|more| more.lost_proc.take());
        book(&mut self.goroutine.times, self.doing, lost_proc, now);
        let doing = std::mem::replace(&mut self.doing, Doing::Nothing);
        if let Doing::Syscall(_, proc) = doing { Some(proc) } else { None }
    }

    /// It begins to do something on a proc.
    pub(crate) fn enter(&mut self, state: GoState, reason: StringId, proc: ProcId, now: TraceTime) {
        self.goroutine.state = state;
        self.doing = match state {
            GoState::Running => Doing::Running(now),
            GoState::Runnable => Doing::Runnable(now),
            GoState::Waiting => Doing::Waiting(now, reason),
            GoState::Syscall => Doing::Syscall(now, proc),
            GoState::Undetermined | GoState::NotExist => Doing::Nothing,
        };
        if !proc.is_some() {
            self.lose_proc(now);
        }
        if state == GoState::Running {
            self.goroutine.started.get_or_insert(now);
        }
    }

    /// Its proc is taken from it, if it is in a system call.
    pub(crate) fn lose_proc(&mut self, now: TraceTime) {
        if matches!(self.doing, Doing::Syscall(..)) {
            self.more().lost_proc = Some(now);
        }
    }

    /// A range begins.
    pub(crate) fn begin_range(&mut self, kind: RangeKind, now: TraceTime) {
        let ranges = &mut self.more().ranges;
        ranges.retain(|(known, _)| *known != kind);
        ranges.push((kind, now));
    }

    /// A range is told to go on since `since`.
    pub(crate) fn tell_range(&mut self, kind: RangeKind, since: TraceTime) {
        self.end_range(kind, since);
        self.begin_range(kind, since);
    }

    /// A range ends.
    pub(crate) fn end_range(&mut self, kind: RangeKind, now: TraceTime) {
        let Some(more) = &mut self.more else { return };
        let Some(place) = more.ranges.iter().position(|(known, _)| *known == kind) else { return };
        let (kind, start) = more.ranges.swap_remove(place);
        add_range(&mut self.goroutine.times.ranges, kind, now.since(start));
    }

    /// Its times up to now.
    pub(crate) fn times(&self, now: TraceTime) -> Times {
        let mut times = self.goroutine.times.clone();
        if times.total == 0 {
            times.total = now.since(self.goroutine.created);
        }
        book(&mut times, self.doing, self.lost_proc(), now);
        let ranges = self.more.iter().flat_map(|more| &more.ranges);
        ranges.for_each(|(kind, start)| add_range(&mut times.ranges, *kind, now.since(*start)));
        times
    }

    /// What it did before does not count.
    pub(crate) fn restart(&mut self, now: TraceTime) {
        let before = self.times(now);
        self.more().before = Some(before);
    }

    /// Nothing more is told of it, perhaps because it ends.
    pub(crate) fn finish(&mut self, now: TraceTime, end: Option<TraceTime>) {
        self.goroutine.ended = self.goroutine.ended.or(end);
        self.goroutine.times = match self.more.as_mut().and_then(|more| more.before.take()) {
            Some(before) => self.times(now).since(&before),
            None => self.times(now),
        };
        self.goroutine.times.waiting.shrink_to_fit();
        self.doing = Doing::Nothing;
        if let Some(more) = &mut self.more {
            more.lost_proc = None;
            more.ranges.clear();
        }
    }

    /// The goroutine, with the best name that there is.
    pub(crate) fn named(self) -> Goroutine {
        let Self { mut goroutine, hint, .. } = self;
        if goroutine.func == StringId::EMPTY {
            goroutine.func = hint;
        }
        goroutine
    }
}

/// Adds the time of what was done up to now.
fn book(times: &mut Times, doing: Doing, lost_proc: Option<TraceTime>, now: TraceTime) {
    match doing {
        Doing::Nothing => {}
        Doing::Running(start) => times.running = times.running.saturating_add(now.since(start)),
        Doing::Runnable(start) => times.runnable = times.runnable.saturating_add(now.since(start)),
        Doing::Waiting(start, reason) => add_wait(&mut times.waiting, reason, now.since(start)),
        Doing::Syscall(start, _) => {
            let lost = lost_proc.unwrap_or(now);
            times.syscall = times.syscall.saturating_add(lost.since(start));
            times.syscall_blocked = times.syscall_blocked.saturating_add(now.since(lost));
        }
    }
}

impl Named for Life {
    fn id(&self) -> u64 {
        self.goroutine.id.0
    }
}
