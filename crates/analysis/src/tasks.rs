//! Tasks and regions: what the program says it is doing, and where the time of that went.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`UserTaskSummary`, `UserRegionSummary`).

use goscope_trace::{GoId, StackId, StringId, TaskId, TraceTime, places::Named};
use thin_vec::ThinVec;

use crate::times::Times;

/// A region: a part of a goroutine's life, in most cases for a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// What the program calls it.
    pub name: StringId,
    /// The task that it is for, or [`TaskId::BACKGROUND`].
    pub task: TaskId,
    /// Whose part it is.
    pub goroutine: GoId,
    /// What its goroutine was executing where it began or, if nobody saw that, where it ended.
    pub stack: StackId,
    /// When it began, if the trace shows that.
    pub start: Option<TraceTime>,
    /// When it ended, be it with its goroutine.
    pub end: Option<TraceTime>,
    /// Where the time of its goroutine went in between. Of a region whose begin nobody saw, since the beginning of the
    /// goroutine.
    pub times: Times,
}

impl Region {
    /// How long it took, in nanoseconds; `None` if the trace does not show its begin or its end.
    #[must_use]
    pub fn duration(&self) -> Option<i64> {
        Some(self.end?.since(self.start?))
    }
}

/// A region that has not ended.
#[derive(Debug)]
pub(crate) struct OpenRegion {
    /// The place of the region among those of the trace. A goroutine that is created in a region inherits its task, in a
    /// region that has no place.
    pub(crate) place: Option<usize>,
    pub(crate) task: TaskId,
    /// The times of its goroutine as it began.
    pub(crate) before: Times,
}

/// A task: work that may be spread over goroutines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// Which one.
    pub id: TaskId,
    /// What the program calls it; empty if the trace does not tell.
    pub name: StringId,
    /// The task that it is a part of, if the trace shows that.
    pub parent: Option<TaskId>,
    /// When it began.
    pub start: Option<TraceTime>,
    /// When it ended.
    pub end: Option<TraceTime>,
    /// How many messages were logged for it.
    pub logs: u64,
    /// Who began or ended it, had a region for it or logged for it, in the order of their ids.
    pub goroutines: ThinVec<GoId>,
    /// Who began it, if the trace shows that.
    pub owner: Option<GoId>,
    /// Where the time of that goroutine went from its begin to its end or, if the goroutine ended before, until then.
    pub times: Times,
    /// Its regions, as places in [`Summary::regions`](crate::Summary::regions), in the order in which they were told of.
    pub regions: ThinVec<usize>,
}

impl Named for Task {
    fn id(&self) -> u64 {
        self.id.0
    }
}

impl Task {
    pub(crate) fn new(id: TaskId) -> Self {
        Self {
            id,
            name: StringId::EMPTY,
            parent: None,
            start: None,
            end: None,
            logs: 0,
            goroutines: ThinVec::new(),
            owner: None,
            times: Times::default(),
            regions: ThinVec::new(),
        }
    }

    /// How long it took, in nanoseconds; `None` if the trace does not show its begin or its end.
    #[must_use]
    pub fn duration(&self) -> Option<i64> {
        Some(self.end?.since(self.start?))
    }

    /// The goroutine that began it no longer works for it, and has these times by now.
    pub(crate) fn end_times(&mut self, now: Times) {
        let before = std::mem::take(&mut self.times);
        self.times = now.since(&before);
    }

    /// Notes that a goroutine works for it.
    pub(crate) fn add_goroutine(&mut self, goroutine: GoId) {
        if let Err(place) = self.goroutines.binary_search(&goroutine) {
            self.goroutines.reserve_exact(1); // mostly, it stays the only one
            self.goroutines.insert(place, goroutine);
        }
    }
}
