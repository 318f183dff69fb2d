//! How long each goroutine ran in the window, in two sums: of the period that goes on, and of the one before.
//!
//! Periods are as long as windows, or longer. What ran in one is taken to be spread evenly where only a part of that
//! lies in the window.

use goscope_trace::{GoState, Ticks};

use super::{
    Span,
    go::{Go, Last},
};

#[derive(Debug)]
pub(super) struct Periods {
    /// A period is two to this power of ticks long.
    shift: u32,
}

impl Default for Periods {
    fn default() -> Self {
        Self { shift: u64::BITS - 1 }
    }
}

impl Periods {
    pub(super) fn set(&mut self, shift: u32) {
        self.shift = shift.min(u64::BITS - 1);
    }

    /// Whether periods are shorter than that.
    pub(super) fn are_shorter(&self, shift: u32) -> bool {
        self.shift < shift.min(u64::BITS - 1)
    }

    fn period(&self, moment: Ticks) -> u16 {
        (moment.0 >> self.shift) as u16
    }

    /// How much of a period has passed.
    fn passed(&self, moment: Ticks) -> u64 {
        moment.0 & ((1 << self.shift) - 1)
    }

    /// The interval of a goroutine from its last step to the next one, which counts for its sums if it ran.
    #[inline]
    pub(super) fn span(&self, go: &mut Go, last: &Last, end: Ticks, next: GoState) -> Span {
        let Last { at: start, state, spot, is_cut, .. } = *last;
        let span = Span { state, next, start, end, func: go.func, spot, is_cut };
        if state == GoState::Running {
            self.add(go, &span);
        }
        span
    }

    fn add(&self, go: &mut Go, span: &Span) {
        let (period, ticks) = (self.period(span.end), span.ticks());
        match period.wrapping_sub(go.period) {
            0 => {}
            1 => go.ran = [0, go.ran[0]],
            // What comes so late counts for the period before.
            u16::MAX => {
                go.ran[1] = go.ran[1].saturating_add(ticks);
                return;
            }
            _ => go.ran = [0; 2],
        }
        go.period = period;
        let of_this = ticks.min(self.passed(span.end));
        go.ran[0] = go.ran[0].saturating_add(of_this);
        go.ran[1] = go.ran[1].saturating_add(ticks - of_this);
    }

    /// How long a goroutine ran in a window that ends now, that which goes on included.
    pub(super) fn ran(&self, go: &Go, now: Ticks, window: u64) -> u64 {
        let passed = self.passed(now);
        let [this, before] = match self.period(now).wrapping_sub(go.period) {
            0 => go.ran,
            1 => [0, go.ran[0]],
            _ => [0; 2],
        };
        let of_this = part(this, window, passed);
        let of_before = part(before, window.saturating_sub(passed), 1 << self.shift);
        let goes_on = match go.last.state {
            GoState::Running => now.0.saturating_sub(go.last.at.0),
            _ => 0,
        };
        of_this.saturating_add(of_before).saturating_add(goes_on).min(window)
    }
}

/// What of a sum over a period lies in a part of it.
fn part(sum: u64, part: u64, period: u64) -> u64 {
    if part >= period { sum } else { (sum as f64 * (part as f64 / period as f64)) as u64 }
}

#[cfg(test)]
mod tests {
    use goscope_trace::GoId;

    use super::*;

    fn running(periods: &Periods, go: &mut Go, from: u64, to: u64) {
        let last = Last { at: Ticks(from), state: GoState::Running, ..Last::NOTHING };
        _ = periods.span(go, &last, Ticks(to), GoState::Waiting);
    }

    #[test]
    fn what_ran_in_the_window_counts() {
        let (mut periods, mut go) = (Periods::default(), Go::new(GoId(1)));
        periods.set(10);
        running(&periods, &mut go, 5000, 5100);
        running(&periods, &mut go, 5200, 5220);
        // A period begins at 5120: of the one before, 444 ticks of 1024 are in the window.
        assert_eq!((go.ran, periods.ran(&go, Ticks(5700), 1024)), ([20, 100], 20 + 43));
        running(&periods, &mut go, 4900, 4910);
        assert_eq!(go.ran, [20, 110]);
        assert_eq!(periods.ran(&go, Ticks(6144 + 512), 1024), 10);
        assert_eq!(periods.ran(&go, Ticks(8000), 1024), 0);
    }

    #[test]
    fn of_a_period_that_is_longer_than_the_window_a_part_counts() {
        let (mut periods, mut go) = (Periods::default(), Go::new(GoId(1)));
        periods.set(10);
        running(&periods, &mut go, 5120, 5520);
        assert_eq!(periods.ran(&go, Ticks(5120 + 400), 100), 100);
        assert_eq!(periods.ran(&go, Ticks(5120 + 800), 100), 50);
        assert_eq!(periods.ran(&go, Ticks(6144 + 50), 100), 19);
    }
}
