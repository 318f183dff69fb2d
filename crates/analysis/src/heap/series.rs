//! Values over time in bounded memory.
//!
//! Invariant: no two points are in the same step of time, and there are at most [`Course::MOST_POINTS`]. Where there
//! would be more the steps become twice as long, until a quarter is free: adding takes constant time in the long run.

use goscope_trace::TraceTime;

use super::course::{Course, Point};

#[derive(Default, Debug)]
pub(crate) struct Series {
    points: Vec<Point>,
    /// A step is 2 to the power of this, in nanoseconds.
    shift: u32,
}

impl Series {
    /// Adds a value. Times do not go back.
    pub(crate) fn push(&mut self, time: TraceTime, value: u64) {
        let (start, shift) = (self.start(time), self.shift);
        let point = Point::of(time, value);
        match self.points.last_mut() {
            Some(last) if step(start, shift, last.time) >= step(start, shift, time) => last.absorb(&point),
            _ => self.points.push(point),
        }
        if self.points.len() > Course::MOST_POINTS {
            self.thin();
        }
    }

    pub(crate) fn into_points(self) -> Vec<Point> {
        self.points
    }

    fn start(&self, time: TraceTime) -> TraceTime {
        self.points.first().map_or(time, |first| first.time)
    }

    fn thin(&mut self) {
        let start = self.start(TraceTime::default());
        while self.points.len() > Course::MOST_POINTS / 4 * 3 && self.shift < u64::BITS - 1 {
            self.shift += 1;
            let shift = self.shift;
            self.points.dedup_by(|next, point| {
                let is_same = step(start, shift, next.time) == step(start, shift, point.time);
                if is_same {
                    point.absorb(next);
                }
                is_same
            });
        }
    }
}

fn step(start: TraceTime, shift: u32, time: TraceTime) -> u64 {
    (time.since(start).max(0) as u64) >> shift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(times: impl IntoIterator<Item = i64>) -> Vec<Point> {
        let mut series = Series::default();
        for (value, time) in times.into_iter().enumerate() {
            series.push(TraceTime(time), value as u64);
            assert!(series.points.len() <= Course::MOST_POINTS);
        }
        series.into_points()
    }

    #[test]
    fn few_values_are_kept_as_they_are() {
        let points = series([5, 6, 1 << 50]);
        let expected = [(5, 0), (6, 1), (1 << 50, 2)].map(|(time, value)| Point::of(TraceTime(time), value));
        assert_eq!(points, expected);
    }

    #[test]
    fn many_values_become_few_points_without_a_gap() {
        let points = series((0..100_000).map(|time| time * 7 - 300));
        assert!(points.len() > Course::MOST_POINTS / 4, "{}", points.len());
        assert_eq!((points[0].least, points[points.len() - 1].last), (0, 99_999));
        for pair in points.windows(2) {
            assert!(pair[0].time < pair[1].time);
            assert_eq!(pair[0].last + 1, pair[1].least);
        }
    }

    #[test]
    fn no_times_are_too_far_apart() {
        let far = (0..5000).map(|time| if time < 2500 { i64::MIN + time } else { i64::MAX - 5000 + time });
        let points = series(far);
        assert_eq!((points[0].least, points[points.len() - 1].last), (0, 4999));
    }
}
