//! The clock of a pulse. Moments are ticks, which go on from one trace to the next one; how long a tick is may be
//! known much later, and so nothing but what is told to the outside is in nanoseconds.

use goscope_trace::{TickLength, Ticks, TraceTime};

/// How long a tick is since Go 1.22, but on Windows: the clock counts so.
const USUAL: f64 = 64.0;
/// How long a tick of family v1 is on a processor that counts three thousand millions of cycles a second: on most, as
/// many are 64 cycles.
const USUAL_V1: f64 = 64.0 / 3.0;
/// Nothing happens for so many ticks on end, but where a trace is damaged: most often 19 hours.
const FAR: u64 = 1 << 40;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Length {
    /// Nobody has said anything.
    Unknown,
    /// The caller has.
    Assumed(TickLength),
    /// The trace has.
    Told(TickLength),
}

#[derive(Debug)]
pub(super) struct Clock {
    length: Length,
    /// So many ticks are the moments of this trace behind those of its file.
    ahead: u64,
    /// Whether another trace has begun, of which no event has come yet.
    is_new: bool,
    is_v1: bool,
    now: Ticks,
    first: Ticks,
    /// In this generation, so many moments were far from all others, and so many were not.
    strays: u64,
    others: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            length: Length::Unknown,
            ahead: 0,
            is_new: true,
            is_v1: false,
            now: Ticks(0),
            first: Ticks(u64::MAX),
            strays: 0,
            others: 0,
        }
    }
}

impl Clock {
    /// Whether the trace that begins is of family v1.
    pub(super) fn set_family(&mut self, is_v1: bool) {
        self.is_v1 = is_v1;
    }

    pub(super) fn is_v1(&self) -> bool {
        self.is_v1
    }

    pub(super) fn assume(&mut self, length: TickLength) {
        if !matches!(self.length, Length::Told(_)) {
            self.length = Length::Assumed(length);
        }
    }

    pub(super) fn tell(&mut self, length: TickLength) {
        self.length = Length::Told(length);
    }

    pub(super) fn is_told(&self) -> bool {
        matches!(self.length, Length::Told(_))
    }

    fn tick(&self) -> f64 {
        match self.length {
            Length::Unknown if self.is_v1 => USUAL_V1,
            Length::Unknown => USUAL,
            Length::Assumed(length) | Length::Told(length) => length.in_nanoseconds(),
        }
    }

    /// So many ticks in nanoseconds.
    pub(super) fn nanoseconds(&self, ticks: u64) -> i64 {
        (ticks as f64 * self.tick()) as i64
    }

    /// So many nanoseconds in ticks. What has no end has none in ticks.
    pub(super) fn ticks(&self, nanoseconds: i64) -> u64 {
        if nanoseconds == i64::MAX { u64::MAX } else { (nanoseconds.max(0) as f64 / self.tick()) as u64 }
    }

    pub(super) fn time(&self, moment: Ticks) -> TraceTime {
        TraceTime(self.nanoseconds(moment.0))
    }

    /// The latest moment.
    pub(super) fn now(&self) -> Ticks {
        self.now
    }

    /// The latest moment by the clock of the file.
    pub(super) fn latest_in_file(&self) -> Ticks {
        Ticks(self.now.0.wrapping_sub(self.ahead))
    }

    /// The earliest moment.
    pub(super) fn first(&self) -> Ticks {
        self.first.min(self.now)
    }

    /// Another trace begins, whose clock may begin anew.
    pub(super) fn restart(&mut self) {
        self.is_new = true;
    }

    /// The moment of an event.
    #[inline]
    pub(super) fn moment(&mut self, ticks: Ticks, slack: u64) -> Ticks {
        if self.is_new {
            self.begin(ticks, slack);
        }
        let moment = Ticks(ticks.0.wrapping_add(self.ahead));
        if moment.0.abs_diff(self.now.0) > FAR {
            return self.stray(moment);
        }
        self.others += 1;
        (self.first, self.now) = (self.first.min(moment), self.now.max(moment));
        moment
    }

    /// A clock that goes on is not much behind what it was; one that was set back goes on where the last one ended.
    #[cold]
    fn begin(&mut self, ticks: Ticks, slack: u64) {
        self.is_new = false;
        let goes_on = ticks.0.saturating_add(slack) >= self.now.0;
        self.ahead = if goes_on { 0 } else { self.now.0.wrapping_sub(ticks.0) };
        self.now = self.now.max(Ticks(ticks.0.wrapping_add(self.ahead)));
    }

    /// A damaged moment must not make all others too old: none is later than now.
    #[cold]
    fn stray(&mut self, moment: Ticks) -> Ticks {
        self.strays += 1;
        moment.min(self.now)
    }

    /// If most moments of the generation were far away, those are right, and this clock goes on from there.
    pub(super) fn end_generation(&mut self) {
        self.is_new |= self.strays > self.others;
        (self.strays, self.others) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_is_far_ahead_does_not_make_the_others_too_old() {
        let mut clock = Clock::default();
        let mut moment = |ticks| clock.moment(Ticks(ticks), 100);
        assert_eq!([5 << 41, (5 << 41) + 7].map(&mut moment), [Ticks(5 << 41), Ticks((5 << 41) + 7)]);
        assert_eq!(moment(7 << 41), Ticks((5 << 41) + 7));
        assert_eq!(moment((5 << 41) + 9), Ticks((5 << 41) + 9));
        clock.end_generation();
        assert_eq!((clock.now(), clock.first()), (Ticks((5 << 41) + 9), Ticks(5 << 41)));
    }

    #[test]
    fn what_most_moments_say_counts_in_the_next_generation() {
        for wild in [0, 9 << 41] {
            let mut clock = Clock::default();
            _ = clock.moment(Ticks(wild), 100);
            (0..5).for_each(|tick| _ = clock.moment(Ticks((5 << 41) + tick), 100));
            clock.end_generation();
            let before = clock.now();
            let moments = [10, 17].map(|tick| clock.moment(Ticks((5 << 41) + tick), 100).0);
            assert_eq!((moments[1] - moments[0], clock.now()), (7, Ticks(moments[1])));
            assert!(moments[0] >= before.0);
        }
    }
}
