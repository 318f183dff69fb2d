//! Loaded events to sorted ones, with times in nanoseconds since the first.
//!
//! The order is the one that the scheduler allows ([`merge`]), which the times must not contradict, with the
//! returns from system calls at their real times.
//!
//! Source: Go 1.21.13 `internal/trace/order.go` (`order1007`, `order1005`), `parser.go` (`parseEvents`).

use goscope_wire::FormatVersion;

use super::{
    Result, V1Event, kind,
    load::{Loaded, fake},
    merge::{self, Exit, Merged},
    stored::Stored,
};
use crate::error::{ErrorKind, GenerationError};

/// A trace with its events in order.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) loaded: Loaded,
    /// The numbers of the events.
    pub(super) order: Vec<u32>,
    /// The time of the first event, in ticks.
    start: i64,
    /// The length of a tick, in nanoseconds.
    tick: f64,
    /// By dense number, whether a goroutine runs timers.
    is_timer: Vec<bool>,
}

impl Sorted {
    /// Puts the events in order.
    pub(super) fn new(mut loaded: Loaded) -> Result<Self> {
        let order = if loaded.version == FormatVersion::V1_5 {
            by_sequence(&mut loaded)?
        } else {
            let merged = merge::by_state(&mut loaded)?;
            insert_exits(&loaded.events, merged)
        };
        if loaded.frequency == 0 {
            return Err(GenerationError::NoFrequency.into());
        }
        let start = order.first().map_or(0, |first| loaded.events[*first as usize].time);
        let tick = 1e9 / loaded.frequency as f64;
        let mut is_timer = vec![false; loaded.goroutines.len()];
        for timer in &loaded.timers {
            is_timer[*timer as usize] = true;
        }
        Ok(Self { loaded, order, start, tick, is_timer })
    }

    /// The event at a place in the order.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<V1Event> {
        self.order.get(place).map(|number| self.event(*number))
    }

    /// The events in order.
    pub(super) fn events(&self) -> impl Iterator<Item = V1Event> {
        self.order.iter().map(|number| self.event(*number))
    }

    /// The event with a number, with its time in nanoseconds. The floating-point steps are those of Go's
    /// readers, to the last bit. What timers and system calls did is moved to fake procs.
    #[inline]
    fn event(&self, number: u32) -> V1Event {
        let mut event = self.loaded.events[number as usize].unpack(&self.loaded.wide);
        event.time = (event.time.wrapping_sub(self.start) as f64 * self.tick) as i64;
        match event.kind {
            kind::SYS_EXIT => event.proc = fake::SYSCALL,
            kind::GO_UNBLOCK if self.is_timer[event.g as usize] => event.proc = fake::TIMER,
            _ => {}
        }
        event
    }
}

fn by_sequence(loaded: &mut Loaded) -> Result<Vec<u32>> {
    let order = merge::by_sequence(loaded);
    let time = |number: &u32| loaded.events[*number as usize].time;
    if order.is_sorted_by_key(time) { Ok(order) } else { Err(ErrorKind::Unordered) }
}

/// Merges the returns from system calls into the other events. Where times are equal, the time of writing
/// decides.
fn insert_exits(events: &[Stored], merged: Merged) -> Vec<u32> {
    let Merged { order, mut exits } = merged;
    if exits.is_empty() {
        return order;
    }
    exits.sort_by_key(|exit| (exit.time, exit.place));
    let mut sorted = Vec::with_capacity(order.len() + exits.len());
    let mut done = 0;
    for exit in exits {
        let place = place(events, &order, &exit).max(done);
        sorted.extend_from_slice(&order[done..place]);
        sorted.push(exit.number);
        done = place;
    }
    sorted.extend_from_slice(&order[done..]);
    sorted
}

/// Before which of the others a return from a system call comes. Most are written soon, and so the place is
/// looked for backwards in steps that grow.
fn place(events: &[Stored], order: &[u32], exit: &Exit) -> usize {
    let precedes = |place: usize| (events[order[place] as usize].time, place) < (exit.time, exit.place);
    let (mut low, mut step) = (exit.place, 1);
    while low > 0 && !precedes(low - 1) {
        low = low.saturating_sub(step);
        step *= 2;
    }
    if low == exit.place && (low == order.len() || !precedes(low)) {
        return low;
    }
    let mut high = if low < exit.place { exit.place } else { order.len() };
    while low < high {
        let middle = low + (high - low) / 2;
        if precedes(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
