//! How large the heap was as a cycle began, went on and ended.

use goscope_trace::{Metric, MetricName};

use crate::heap::is_no_goal;

/// Sizes in bytes. `None` is what the trace has not told by then.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct HeapSizes {
    /// Objects as the cycle began: live ones, and garbage that was not swept yet.
    pub before: Option<u64>,
    /// The most of them while it marked.
    pub peak: Option<u64>,
    /// What was found to be live as marking ended.
    pub after: Option<u64>,
    /// The size at which the cycle wanted to have ended.
    pub goal: Option<u64>,
    /// The goal of the next one.
    pub next_goal: Option<u64>,
}

/// The last sizes that were told.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Memory {
    objects: Option<u64>,
    goal: Option<u64>,
    gomaxprocs: u64,
}

impl Memory {
    /// A measure has a new value.
    pub(super) fn set(&mut self, metric: Metric) {
        match metric.name {
            MetricName::HeapObjects => self.objects = Some(metric.value),
            MetricName::HeapGoal => self.goal = (!is_no_goal(metric)).then_some(metric.value),
            MetricName::Gomaxprocs => self.gomaxprocs = metric.value,
        }
    }

    pub(super) fn gomaxprocs(&self) -> u64 {
        self.gomaxprocs
    }

    /// The sizes as a cycle begins.
    pub(super) fn begin(&self) -> HeapSizes {
        HeapSizes { before: self.objects, peak: self.objects, goal: self.goal, ..HeapSizes::default() }
    }

    /// Marking goes on: a measure has a new value.
    pub(super) fn go_on(&self, sizes: &mut HeapSizes) {
        sizes.peak = sizes.peak.max(self.objects);
        sizes.goal = sizes.goal.or(self.goal);
    }

    /// Marking ends: the last thing that was told before is what it left.
    pub(super) fn end_mark(&self, sizes: &mut HeapSizes) {
        sizes.after = self.objects;
    }

    /// The world goes on after that.
    pub(super) fn end(&self, sizes: &mut HeapSizes) {
        sizes.next_goal = self.goal;
    }
}
