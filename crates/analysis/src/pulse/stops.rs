//! Stops of the world. Each begins and ends on one thread, whose events come in order; in family v1, where procs tell, it
//! may end on another proc, whose events may come first.

use goscope_trace::{GoId, GoState, Ticks};

/// The stops that go on, as far as threads have told: of a program one, of nonsense a few.
const OPEN: usize = 64;

#[derive(Default, Debug)]
pub(super) struct Stops {
    open: Vec<Stop>,
    /// The last ends of which no begin has come: who ended a stop, and when.
    ended: Vec<(GoId, Ticks)>,
}

/// A stop of which no end has come.
#[derive(Debug)]
struct Stop {
    by: GoId,
    start: Ticks,
    /// From here on it may have been over: its thread has not told, but other ones have told of later.
    sure: Option<Ticks>,
    /// Whether it goes on since an earlier generation.
    is_old: bool,
}

impl Stops {
    /// A goroutine stops the world. Returns when it starts it again, if that has come already. Before Go 1.10, threads that
    /// helped to mark told of the stop too, without a goroutine.
    pub(super) fn begin(&mut self, by: GoId, start: Ticks, now: Ticks) -> Option<Ticks> {
        let ends = self.ended.iter().enumerate();
        let ends = ends.filter(|(_, (other, end))| *other == by && *end >= start);
        if let Some((place, (_, end))) = ends.min_by_key(|(_, (_, end))| *end) {
            let end = *end;
            self.ended.remove(place);
            return Some(end);
        }
        if by.is_some() {
            let sure = (now > start).then_some(start);
            push(&mut self.open, Stop { by, start, sure, is_old: false });
        }
        None
    }

    /// The goroutine starts it again. Returns how long it was stopped.
    pub(super) fn end(&mut self, by: GoId, end: Ticks) -> Option<u64> {
        let begun = self.open.iter().enumerate().filter(|(_, stop)| stop.by == by && stop.start <= end);
        let Some((place, _)) = begun.max_by_key(|(_, stop)| stop.start) else {
            if by.is_some() {
                push(&mut self.ended, (by, end));
            }
            return None;
        };
        let stop = self.open.remove(place);
        Some(end.0.saturating_sub(stop.start.0))
    }

    /// Who starts to run while the world is to stand still tells that it does not any more.
    #[inline]
    pub(super) fn see(&mut self, to: GoState, at: Ticks) {
        if to == GoState::Running && !self.open.is_empty() {
            self.limit(at);
        }
    }

    #[cold]
    fn limit(&mut self, at: Ticks) {
        for stop in self.open.iter_mut().filter(|stop| stop.start < at) {
            let sure = stop.sure.get_or_insert(at);
            *sure = at.min(*sure);
        }
    }

    /// How long the longest stop that goes on has been, as far as that is sure.
    pub(super) fn longest(&self, now: Ticks) -> Option<u64> {
        let lengths = self.open.iter().map(|stop| stop.sure.unwrap_or(now).0.saturating_sub(stop.start.0));
        lengths.max().filter(|ticks| *ticks > 0)
    }

    /// A generation ends. What goes on for two of them does not: its end was lost, since nothing ends a generation while
    /// the world is stopped.
    pub(super) fn end_generation(&mut self) {
        self.open.retain_mut(|stop| !std::mem::replace(&mut stop.is_old, true));
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.ended.clear();
    }
}

/// Keeps the last ones.
fn push<T>(list: &mut Vec<T>, new: T) {
    if list.len() == OPEN {
        list.remove(0);
    }
    list.push(new);
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
    fn what_ends_a_stop_may_come_first() {
        let mut stops = Stops::default();
        assert_eq!((stops.end(GoId(1), Ticks(5)), stops.end(GoId(1), Ticks(20))), (None, None));
        assert_eq!(stops.begin(GoId(1), Ticks(12), Ticks(20)), Some(Ticks(20)));
        assert_eq!(stops.begin(GoId(1), Ticks(30), Ticks(30)), None);
    }

    #[test]
    fn a_stop_whose_end_was_lost_is_forgotten() {
        let mut stops = Stops::default();
        stops.begin(GoId(1), Ticks(10), Ticks(10));
        stops.end_generation();
        assert_eq!(stops.longest(Ticks(30)), Some(20));
        stops.begin(GoId(2), Ticks(20), Ticks(20));
        stops.end_generation();
        assert_eq!((stops.longest(Ticks(30)), stops.end(GoId(2), Ticks(30))), (Some(10), Some(10)));
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
