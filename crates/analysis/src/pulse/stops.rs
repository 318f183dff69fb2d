//! Stops of the world: each begins and ends on one thread, whose events come in order.

use goscope_trace::{GoId, GoState, Ticks};

/// The stops that go on, as far as threads have told: of a program one, of nonsense a few.
const OPEN: usize = 64;

#[derive(Default, Debug)]
pub(super) struct Stops(Vec<Stop>);

/// A stop of which no end has come.
#[derive(Debug)]
struct Stop {
    by: GoId,
    start: Ticks,
    /// From here on it may have been over: its thread has not told, but other ones have told of later.
    sure: Option<Ticks>,
}

impl Stops {
    /// A goroutine stops the world. Before Go 1.10, threads that helped to mark told of the stop too, without one.
    pub(super) fn begin(&mut self, by: GoId, start: Ticks, now: Ticks) {
        self.0.retain(|stop| stop.by != by);
        if by.is_some() && self.0.len() < OPEN {
            self.0.push(Stop { by, start, sure: (now > start).then_some(start) });
        }
    }

    /// The goroutine starts it again. Returns how long it was stopped.
    pub(super) fn end(&mut self, by: GoId, end: Ticks) -> Option<u64> {
        let place = self.0.iter().position(|stop| stop.by == by)?;
        let stop = self.0.swap_remove(place);
        Some(end.0.saturating_sub(stop.start.0))
    }

    /// Who starts to run while the world is to stand still tells that it does not any more.
    #[inline]
    pub(super) fn see(&mut self, to: GoState, at: Ticks) {
        if to == GoState::Running && !self.0.is_empty() {
            self.limit(at);
        }
    }

    #[cold]
    fn limit(&mut self, at: Ticks) {
        for stop in self.0.iter_mut().filter(|stop| stop.start < at) {
            let sure = stop.sure.get_or_insert(at);
            *sure = at.min(*sure);
        }
    }

    /// How long the longest stop that goes on has been, as far as that is sure.
    pub(super) fn longest(&self, now: Ticks) -> Option<u64> {
        let lengths = self.0.iter().map(|stop| stop.sure.unwrap_or(now).0.saturating_sub(stop.start.0));
        lengths.max().filter(|ticks| *ticks > 0)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_where_its_goroutine_ends_it() {
        let mut stops = Stops::default();
        stops.begin(GoId(1), Ticks(10), Ticks(10));
        stops.begin(GoId::NONE, Ticks(11), Ticks(11));
        assert_eq!((stops.end(GoId::NONE, Ticks(12)), stops.end(GoId(1), Ticks(15))), (None, Some(5)));
        assert_eq!(stops.longest(Ticks(99)), None);
    }

    #[test]
    fn a_stop_goes_on_until_somebody_tells_otherwise() {
        let mut stops = Stops::default();
        stops.begin(GoId(1), Ticks(10), Ticks(10));
        stops.see(GoState::Running, Ticks(9));
        stops.see(GoState::Waiting, Ticks(12));
        assert_eq!(stops.longest(Ticks(30)), Some(20));
        stops.see(GoState::Running, Ticks(25));
        stops.see(GoState::Running, Ticks(28));
        assert_eq!(stops.longest(Ticks(30)), Some(15));
        // Others have told of later already: nobody knows.
        stops.begin(GoId(2), Ticks(20), Ticks(30));
        stops.clear();
        stops.begin(GoId(2), Ticks(20), Ticks(30));
        assert_eq!(stops.longest(Ticks(30)), None);
    }
}
