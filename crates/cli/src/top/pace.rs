//! When a replayed event is due: the trace's clock against ours.

use std::time::Instant;

use goscope_trace::TraceTime;

use super::speed::Speed;

/// The pace of a replay.
pub struct Pace {
    speed: Speed,
    is_paused: bool,
    /// A moment of ours, and that of the trace which belongs to it: the first one that was asked about, or the latest one when
    /// the speed changed.
    anchor: Option<(Instant, TraceTime)>,
    /// The latest moment that is known to be due.
    due: TraceTime,
    /// The first moment that was let pass, and the latest one.
    first: Option<TraceTime>,
    latest: TraceTime,
}

impl Pace {
    pub fn new(speed: Speed) -> Self {
        let (due, latest) = (TraceTime(i64::MIN), TraceTime(i64::MIN));
        Self { speed, is_paused: false, anchor: None, due, first: None, latest }
    }

    /// How much of the trace was let pass, in nanoseconds.
    pub fn elapsed(&self) -> i64 {
        self.first.map_or(0, |first| self.latest.since(first))
    }

    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Whether something may be shown by now. The clock is asked only if need be.
    #[inline]
    pub fn admits(&mut self, time: TraceTime, clock: impl Fn() -> Instant) -> bool {
        let is_due = !self.is_paused && (time <= self.due || self.is_due(time, clock()));
        if is_due {
            self.first.get_or_insert(time);
            self.latest = self.latest.max(time);
        }
        is_due
    }

    fn is_due(&mut self, time: TraceTime, now: Instant) -> bool {
        let Speed::Times(times) = self.speed else { return true };
        let (then, begin) = *self.anchor.get_or_insert((now, time));
        // A cast of what is too large gives the largest.
        let passed = (now.duration_since(then).as_nanos() as f64 * times) as i64;
        self.due = TraceTime(begin.0.saturating_add(passed));
        time <= self.due
    }

    /// Goes on from here at another speed, or not at all for now.
    pub fn change(&mut self, speed: Speed, is_paused: bool, now: Instant) {
        if (speed, is_paused) == (self.speed, self.is_paused) {
            return;
        }
        (self.speed, self.is_paused) = (speed, is_paused);
        self.anchor = (self.latest > TraceTime(i64::MIN)).then_some((now, self.latest));
        self.due = self.latest;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn events_wait_until_they_are_due() {
        let (mut pace, start) = (Pace::new(Speed::Times(2.0)), Instant::now());
        let after = |milliseconds| move || start + Duration::from_millis(milliseconds);
        let at = |milliseconds: i64| TraceTime(7 + milliseconds * 1_000_000);
        assert!(pace.admits(at(0), after(0)) && !pace.admits(at(10), after(4)));
        assert!(pace.admits(at(10), after(5)));
        // What is late does not ask the clock.
        assert!(pace.admits(at(3), || unreachable!()));
        pace.change(Speed::Times(2.0), true, start);
        assert!(!pace.admits(at(1), after(1000)));
        pace.change(Speed::Times(1.0), false, after(1000)());
        assert!(!pace.admits(at(20), after(1009)) && pace.admits(at(20), after(1010)));
        assert_eq!(pace.elapsed(), 20_000_000);
        pace.change(Speed::Max, false, after(1010)());
        assert!(pace.admits(at(1_000_000), after(1010)));
    }
}
