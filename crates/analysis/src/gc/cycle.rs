//! One cycle of garbage collection.

use goscope_trace::{GoId, StackId, StringId, TraceTime};

use super::{Costs, HeapSizes};

/// A cycle of garbage collection.
///
/// [`Collections`](super::Collections) has an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Which one it is of the cycles that the trace shows: they count from 1.
    pub number: u64,
    /// When marking began or, if that was before, when all that counts did.
    pub start: TraceTime,
    /// When the world went on after marking had ended.
    pub end: TraceTime,
    /// Who began it: the goroutine that ran there, or [`GoId::NONE`].
    pub goroutine: GoId,
    /// What that goroutine was executing, or [`StackId::NONE`].
    pub stack: StackId,
    /// How long the mark phase was, in nanoseconds.
    pub mark: i64,
    /// How the world was stopped, in order.
    pub pauses: Vec<Pause>,
    /// GOMAXPROCS; 0 if the trace has not told it.
    pub gomaxprocs: u64,
    /// What it cost.
    pub costs: Costs,
    /// How large the heap was.
    pub heap: HeapSizes,
    /// Whether its begin counts.
    pub has_start: bool,
    /// Whether its end does.
    pub has_end: bool,
}

/// A stop of the world in a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause {
    /// What for.
    pub reason: StringId,
    /// How long, in nanoseconds.
    pub time: i64,
}

impl Cycle {
    /// How long it took, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }

    /// How long the world was stopped, in nanoseconds.
    #[must_use]
    pub fn paused(&self) -> i64 {
        self.pauses.iter().fold(0, |sum, pause| sum.saturating_add(pause.time))
    }

    /// The part of all procs' time in the mark phase that was spent on marking, from 0 to 1. Go takes a quarter for
    /// workers, and more where goroutines allocate too fast or procs are idle. `None` if the trace does not tell.
    #[must_use]
    pub fn procs_share(&self) -> Option<f64> {
        let all = self.mark as f64 * self.gomaxprocs as f64;
        (all > 0.0).then(|| self.costs.marking() as f64 / all)
    }
}
