//! Loaded events to sorted ones, with times in nanoseconds since the first.
//!
//! The order is the one that the scheduler allows ([`Merge`]), which the times must not contradict; in header 1.5
//! it is written.
//!
//! Source: Go 1.21.13 `internal/trace/order.go` (`order1007`, `order1005`), `parser.go` (`parseEvents`).

use goscope_wire::FormatVersion;

use super::{
    Result, V1Event, kind,
    load::{Loaded, fake},
    merge::Merge,
    sequence::{self, Listed},
};
use crate::{
    error::{ErrorKind, GenerationError},
    tables::Tables,
};

/// The events of a trace in order, one after the other.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) order: Order,
    /// The time of the first event, in ticks.
    start: Option<i64>,
    /// The length of a tick, in nanoseconds.
    tick: f64,
    /// The latest time: in salvage one that leaves room behind it, whatever times there are.
    latest: i64,
    /// By dense number, whether a goroutine runs timers.
    is_timer: Vec<bool>,
}

/// The next event.
pub(super) struct Next<'a> {
    pub(super) event: &'a mut V1Event,
    /// Whether it, or one before it, has no place in an order.
    pub(super) is_forced: bool,
}

#[derive(Debug)]
pub(super) enum Order {
    Merged(Box<Merge>),
    Listed(Listed),
}

/// The latest time in a damaged trace, which leaves room after it.
const ROOMY: i64 = i64::MAX / 2;

/// From ticks to nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: i64,
    tick: f64,
    latest: i64,
}

impl Clock {
    /// The floating-point steps are those of Go's readers, to the last bit.
    #[inline(always)]
    pub(super) fn time(self, ticks: i64) -> i64 {
        ((ticks.wrapping_sub(self.start) as f64 * self.tick) as i64).min(self.latest)
    }
}

impl Sorted {
    pub(super) fn new(loaded: &mut Loaded, tables: &mut Tables) -> Result<Self> {
        if loaded.frequency == 0 {
            return Err(GenerationError::NoFrequency.into());
        }
        let order = if loaded.version == FormatVersion::V1_5 {
            Order::Listed(sequence::by_sequence(loaded, tables)?)
        } else {
            Order::Merged(Box::new(Merge::new(loaded, tables)))
        };
        let mut is_timer = vec![false; loaded.timers.iter().max().map_or(0, |most| *most as usize + 1)];
        for timer in &loaded.timers {
            is_timer[*timer as usize] = true;
        }
        let latest = if loaded.is_damaged { ROOMY } else { i64::MAX };
        Ok(Self { order, start: None, tick: 1e9 / loaded.frequency as f64, latest, is_timer })
    }

    /// The clock, once there was an event.
    pub(super) fn clock(&self) -> Option<Clock> {
        self.start.map(|start| Clock { start, tick: self.tick, latest: self.latest })
    }

    /// Whether no goroutine runs timers.
    pub(super) fn has_no_timers(&self) -> bool {
        self.is_timer.is_empty()
    }

    /// How often events did not wait for what was lost: for calls from C, and for others; and how many times were not
    /// later than the one before.
    pub(super) fn forced(&self) -> (u64, u64, u64) {
        match &self.order {
            Order::Merged(merge) => merge
                .forced()
                .map_or((0, 0, 0), |forced| (forced.calls_from_c, forced.supplied, forced.untimely)),
            Order::Listed(listed) => (0, 0, listed.untimely),
        }
    }

    /// Continues as in a damaged trace.
    pub(super) fn force(&mut self) {
        self.latest = ROOMY;
        if let Order::Merged(merge) = &mut self.order {
            // Only a reader that salvages asks for it, and that gets no error.
            _ = merge.means.after(ErrorKind::Unordered);
        }
    }

    /// Whether there are no events at all.
    pub(super) fn is_empty(&self) -> bool {
        match &self.order {
            Order::Merged(merge) => merge.is_empty(),
            Order::Listed(listed) => listed.events.is_empty(),
        }
    }

    /// The next event, or `None` at the end, with its time in nanoseconds. What timers and system calls did is
    /// moved to fake procs.
    #[inline(always)]
    pub(super) fn next(&mut self, loaded: &mut Loaded, tables: &mut Tables) -> Result<Option<Next<'_>>> {
        let (event, is_forced) = match &mut self.order {
            Order::Merged(merge) => merge.next(loaded, tables)?,
            Order::Listed(listed) => {
                listed.taken += 1;
                (listed.events.get_mut(listed.taken - 1), false)
            }
        };
        if loaded.is_untimely && !loaded.salvages {
            return Err(ErrorKind::Unordered);
        }
        let Some(event) = event else { return Ok(None) };
        let start = *self.start.get_or_insert(event.time);
        event.time = Clock { start, tick: self.tick, latest: self.latest }.time(event.time);
        match event.kind {
            kind::SYS_EXIT => event.proc = fake::SYSCALL,
            kind::GO_UNBLOCK if self.is_timer.get(event.g as usize) == Some(&true) => {
                event.proc = fake::TIMER;
            }
            _ => {}
        }
        Ok(Some(Next { event, is_forced: is_forced || loaded.is_untimely }))
    }
}
