//! A value that is told now and then, and holds in between.

use goscope_trace::TraceTime;

use super::{
    course::{Course, Point},
    series::Series,
};

/// Follows a value.
#[derive(Default, Debug)]
pub(crate) struct Gauge {
    seen: Option<Seen>,
    series: Series,
}

/// What has been told so far.
#[derive(Debug)]
struct Seen {
    first: TraceTime,
    /// When the last value was told.
    time: TraceTime,
    /// All values, each as often as the nanoseconds that it held.
    sum: u128,
    peak_time: TraceTime,
    all: Point,
}

impl Gauge {
    /// The value is this, from now on.
    pub(crate) fn set(&mut self, time: TraceTime, value: u64) {
        self.series.push(time, value);
        match &mut self.seen {
            Some(seen) => seen.add(time, value),
            None => self.seen = Some(Seen::new(time, value)),
        }
    }

    /// Forgets all but the value that holds now, which is told anew.
    pub(crate) fn begin(&mut self, time: TraceTime) {
        let last = std::mem::take(self).seen.map(|seen| seen.all.last);
        last.into_iter().for_each(|value| self.set(time, value));
    }

    /// The trace has ended. `None` if no value was told.
    pub(crate) fn finish(self, now: TraceTime) -> Option<Course> {
        let mut seen = self.seen?;
        seen.hold(now);
        let Seen { all: Point { least, peak, last, .. }, peak_time, .. } = seen;
        let points = self.series.into_points();
        Some(Course { least, peak, peak_time, mean: seen.mean(), last, points })
    }
}

impl Seen {
    fn new(time: TraceTime, value: u64) -> Self {
        Self { first: time, time, sum: 0, peak_time: time, all: Point::of(time, value) }
    }

    fn add(&mut self, time: TraceTime, value: u64) {
        self.hold(time);
        if value > self.all.peak {
            self.peak_time = time;
        }
        self.all.absorb(&Point::of(time, value));
    }

    /// The last value has held until now.
    fn hold(&mut self, now: TraceTime) {
        let span = now.since(self.time).max(0) as u128;
        self.sum = self.sum.saturating_add(span.saturating_mul(self.all.last.into()));
        self.time = self.time.max(now);
    }

    fn mean(&self) -> u64 {
        let span = self.time.since(self.first).max(0) as u128;
        let mean = self.sum.checked_div(span).unwrap_or(self.all.last.into());
        u64::try_from(mean).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(values: &[(i64, u64)], now: i64) -> Option<Course> {
        let mut gauge = Gauge::default();
        values.iter().for_each(|(time, value)| gauge.set(TraceTime(*time), *value));
        gauge.finish(TraceTime(now))
    }

    #[test]
    fn a_value_counts_as_long_as_it_holds() {
        let course = course(&[(10, 4), (20, 100), (21, 0), (30, 7)], 50).unwrap();
        let Course { least, peak, peak_time, mean, last, points } = course;
        assert_eq!((least, peak, peak_time, last, points.len()), (0, 100, TraceTime(20), 7, 4));
        assert_eq!(mean, (10 * 4 + 100 + 20 * 7) / 40);
    }

    #[test]
    fn what_was_before_is_forgotten_but_for_what_holds() {
        let mut gauge = Gauge::default();
        gauge.begin(TraceTime(0));
        gauge.set(TraceTime(10), 400);
        gauge.set(TraceTime(20), 6);
        gauge.begin(TraceTime(30));
        gauge.set(TraceTime(40), 8);
        let Course { least, peak, mean, points, .. } = gauge.finish(TraceTime(50)).unwrap();
        assert_eq!((least, peak, mean, points[0]), (6, 8, 7, Point::of(TraceTime(30), 6)));
    }

    #[test]
    fn a_moment_has_a_mean_and_nothing_has_none() {
        assert_eq!(course(&[(10, 4)], 10).unwrap().mean, 4);
        assert_eq!(course(&[(i64::MIN, u64::MAX), (i64::MAX, u64::MAX)], i64::MAX).unwrap().mean, u64::MAX);
        assert_eq!(course(&[], 10), None);
    }
}
