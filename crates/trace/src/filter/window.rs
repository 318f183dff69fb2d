//! When: from one moment up to, but without, another one.

use std::time::Duration;

use crate::{clock::Clock, event::WallTime, time::TraceTime};

/// A moment, as people name it. [`Filter::from`](crate::Filter::from) has an example of a loop over a trace.
///
/// ```
/// use std::time::Duration;
/// use goscope_trace::{Filter, Moment, WallTime};
///
/// let half_a_second = Moment::SinceStart(Duration::from_millis(500));
/// let tenth = Moment::Wall(WallTime { seconds: 1_700_000_000, nanoseconds: 100_000_000 });
/// let filter = Filter::new().from(half_a_second).to(tenth);
/// assert!(filter.needs_wall());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// So long after the first event of the trace.
    SinceStart(Duration),
    /// When the wall clock showed this.
    Wall(WallTime),
}

/// The moments between which events are kept.
#[derive(Default)]
pub(super) struct Window {
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
}

/// Where an event is, seen from a window.
pub(super) enum Place {
    Before,
    Within,
    Behind,
}

impl Window {
    pub(super) fn place(&self, time: TraceTime, clock: &Clock) -> Place {
        if self.to.is_some_and(|to| to.has_come(time, clock)) {
            Place::Behind
        } else if self.from.is_none_or(|from| from.has_come(time, clock)) {
            Place::Within
        } else {
            Place::Before
        }
    }

    pub(super) fn needs_wall(&self) -> bool {
        [self.from, self.to].iter().any(|moment| matches!(moment, Some(Moment::Wall(_))))
    }
}

impl Moment {
    fn has_come(self, time: TraceTime, clock: &Clock) -> bool {
        match self {
            Self::SinceStart(duration) => clock.elapsed(time) >= duration,
            Self::Wall(wall) => clock.wall(time).is_some_and(|now| now >= wall),
        }
    }
}
