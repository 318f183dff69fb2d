//! The life of one goroutine: what it is doing, since when, and the time of all it did before.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`GoroutineSummary`).

use goscope_trace::{GoId, GoState, ProcId, RangeKind, StringId, TraceTime};

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
    /// Who created it, if the trace shows that.
    pub creator: Option<GoId>,
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

/// A goroutine that may still do something.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) goroutine: Goroutine,
    doing: Doing,
    /// When its proc was taken from it in the system call that it is in.
    lost_proc: Option<TraceTime>,
    /// The ranges that go on.
    ranges: Vec<(RangeKind, TraceTime)>,
    /// The regions that it is in, the innermost last.
    pub(crate) regions: Vec<OpenRegion>,
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
    pub(crate) fn new(id: GoId, creator: Option<GoId>, created: TraceTime) -> Box<Self> {
        let goroutine = Goroutine {
            id,
            func: StringId::EMPTY,
            creator,
            created,
            started: None,
            ended: None,
            state: GoState::Undetermined,
            label: StringId::EMPTY,
            regions: 0,
            times: Times::default(),
        };
        let (doing, ranges, regions) = (Doing::Nothing, Vec::new(), Vec::new());
        Box::new(Self { goroutine, doing, lost_proc: None, ranges, regions, before: None })
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
        book(&mut self.goroutine.times, self.doing, self.lost_proc, now);
        let doing = std::mem::replace(&mut self.doing, Doing::Nothing);
        self.lost_proc = None;
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
        if state == GoState::Running {
            self.goroutine.started.get_or_insert(now);
        }
    }

    /// Its proc is taken from it, if it is in a system call.
    pub(crate) fn lose_proc(&mut self, now: TraceTime) {
        if matches!(self.doing, Doing::Syscall(..)) {
            self.lost_proc = Some(now);
        }
    }

    /// A range begins.
    pub(crate) fn begin_range(&mut self, kind: RangeKind, now: TraceTime) {
        self.ranges.retain(|(known, _)| *known != kind);
        self.ranges.push((kind, now));
    }

    /// A range is told to go on since `since`.
    pub(crate) fn tell_range(&mut self, kind: RangeKind, since: TraceTime) {
        self.end_range(kind, since);
        self.begin_range(kind, since);
    }

    /// A range ends.
    pub(crate) fn end_range(&mut self, kind: RangeKind, now: TraceTime) {
        let Some(place) = self.ranges.iter().position(|(known, _)| *known == kind) else { return };
        let (kind, start) = self.ranges.swap_remove(place);
        add_range(&mut self.goroutine.times.ranges, kind, now.since(start));
    }

    /// Its times up to now.
    pub(crate) fn times(&self, now: TraceTime) -> Times {
        let mut times = self.goroutine.times.clone();
        if times.total == 0 {
            times.total = now.since(self.goroutine.created);
        }
        book(&mut times, self.doing, self.lost_proc, now);
        self.ranges.iter().for_each(|(kind, start)| add_range(&mut times.ranges, *kind, now.since(*start)));
        times
    }

    /// What it did before does not count.
    pub(crate) fn restart(&mut self, now: TraceTime) {
        self.before = Some(self.times(now));
    }

    /// Nothing more is told of it, perhaps because it ends.
    pub(crate) fn finish(&mut self, now: TraceTime, end: Option<TraceTime>) {
        self.goroutine.ended = self.goroutine.ended.or(end);
        self.goroutine.times = match self.before.take() {
            Some(before) => self.times(now).since(&before),
            None => self.times(now),
        };
        self.goroutine.times.waiting.shrink_to_fit();
        (self.doing, self.lost_proc) = (Doing::Nothing, None);
        self.ranges.clear();
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
