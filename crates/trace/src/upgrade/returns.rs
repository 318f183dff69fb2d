//! Returns from system calls are written only once the thread has a proc again, and carry their real time. They
//! are merged by the time of writing, because otherwise clocks that are off would look like a scheduler that errs,
//! and then come at their real time, among the events of that time in the order of writing.
//!
//! The real times of all returns are known beforehand, so that an event has to be held only if a return is still
//! to come that was earlier.
//!
//! Source: Go 1.21.13 `internal/trace/order.go` (`order1007`), `parser.go` (`parseEvents`).

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::V1Event;

/// Events that are held until all that were earlier have come.
#[derive(Debug)]
pub(super) struct Returns {
    /// The real times of all returns, in order.
    times: Vec<i64>,
    /// How many of them have come in their turn, as a count of `times`.
    passed: usize,
    /// The times of those that have come before their turn.
    early: BinaryHeap<Reverse<i64>>,
    held: BinaryHeap<Held>,
    /// How many were held ever.
    count: u64,
    /// Up to this time nothing has to be held.
    until: i64,
}

/// An event that is held: the earliest is the greatest.
#[derive(Debug)]
struct Held {
    event: V1Event,
    number: u64,
}

impl Held {
    fn key(&self) -> Reverse<(i64, u64)> {
        Reverse((self.event.time, self.number))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Returns {
    /// Of a trace in which returns have these real times.
    pub(super) fn new(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        let mut returns = Self {
            times,
            passed: 0,
            early: BinaryHeap::new(),
            held: BinaryHeap::new(),
            count: 0,
            until: i64::MAX,
        };
        returns.look();
        returns
    }

    /// Whether an event of this time can go on at once.
    #[inline(always)]
    pub(super) fn lets_pass(&self, time: i64) -> bool {
        time <= self.until && self.held.is_empty()
    }

    /// Before this time events can go on at once.
    pub(super) fn until(&self) -> i64 {
        if self.held.is_empty() { self.until.saturating_add(1) } else { i64::MIN }
    }

    /// Holds an event.
    pub(super) fn hold(&mut self, event: V1Event) {
        self.held.push(Held { event, number: self.count });
        self.count += 1;
    }

    /// A return has come, with its real time.
    pub(super) fn come(&mut self, event: V1Event) {
        self.early.push(Reverse(event.time));
        self.look();
        self.hold(event);
    }

    /// The next event that needs not be held any longer.
    #[inline(always)]
    pub(super) fn release(&mut self) -> Option<V1Event> {
        if self.held.is_empty() { None } else { self.release_earliest() }
    }

    fn release_earliest(&mut self) -> Option<V1Event> {
        let is_due = self.held.peek()?.event.time <= self.until;
        if is_due { self.held.pop().map(|held| held.event) } else { None }
    }

    /// A return will not come, or not with its real time.
    pub(super) fn forget(&mut self, time: i64) {
        self.early.push(Reverse(time));
        self.look();
    }

    /// Does not wait any longer for returns that were earlier.
    pub(super) fn give_up(&mut self, earlier: i64) {
        if self.until < earlier {
            self.passed += 1;
            self.look();
        }
    }

    /// All events have come: none has to be held.
    pub(super) fn end(&mut self) {
        self.until = i64::MAX;
    }

    /// Looks which return is the earliest that has not come yet.
    fn look(&mut self) {
        while let Some(time) = self.times.get(self.passed) {
            // One that was given up has come after all.
            while self.early.peek().is_some_and(|Reverse(early)| early < time) {
                self.early.pop();
            }
            if self.early.peek() != Some(&Reverse(*time)) {
                self.until = *time;
                return;
            }
            self.early.pop();
            self.passed += 1;
        }
        self.until = i64::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: i64, g: u32) -> V1Event {
        V1Event { time, g, ..V1Event::default() }
    }

    #[test]
    fn returns_come_at_their_real_times() {
        let mut returns = Returns::new(vec![20, 40]);
        assert!(returns.lets_pass(10) && returns.lets_pass(20) && !returns.lets_pass(21));
        for (time, g) in [(30, 1), (40, 2), (40, 3)] {
            returns.hold(at(time, g));
        }
        assert_eq!(returns.release(), None);
        returns.come(at(40, 4));
        returns.come(at(20, 5));
        returns.hold(at(40, 6));
        let order: Vec<_> = std::iter::from_fn(|| returns.release()).map(|event| event.g).collect();
        assert_eq!(order, [5, 1, 2, 3, 4, 6]);
        assert!(returns.lets_pass(i64::MAX));
    }
}
