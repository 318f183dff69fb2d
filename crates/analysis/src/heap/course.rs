//! The course of a value: what a [`Gauge`](super::gauge::Gauge) tells in the end.

use goscope_trace::TraceTime;

/// How a value went over time, in the unit of the value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Course {
    /// The least.
    pub least: u64,
    /// The greatest.
    pub peak: u64,
    /// When it was the greatest for the first time.
    pub peak_time: TraceTime,
    /// The mean over time, from when it was first known to the end of the trace, rounded down.
    pub mean: u64,
    /// The last.
    pub last: u64,
    /// The values over time, thinned to at most [`Course::MOST_POINTS`].
    pub points: Vec<Point>,
}

impl Course {
    /// However long the trace is, there are not more points.
    pub const MOST_POINTS: usize = 4096;
}

/// The values that were told in a short span of time. A value holds until the next one is told, so that what a point
/// begins with is the [`last`](Self::last) of the point before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// When the first of them was told.
    pub time: TraceTime,
    /// The least of them.
    pub least: u64,
    /// The greatest of them.
    pub peak: u64,
    /// The last of them.
    pub last: u64,
}

impl Point {
    pub(crate) fn of(time: TraceTime, value: u64) -> Self {
        Self { time, least: value, peak: value, last: value }
    }

    /// Takes in what was told right after.
    pub(crate) fn absorb(&mut self, next: &Self) {
        self.least = self.least.min(next.least);
        self.peak = self.peak.max(next.peak);
        self.last = next.last;
    }
}
