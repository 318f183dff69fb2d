//! Values over time, column by column.

use goscope_analysis::heap::Point;

/// The columns of a picture.
pub(super) const WIDTH: usize = 60;

/// The values of a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) least: u64,
    pub(super) peak: u64,
}

impl Part {
    fn with(self, other: Option<Self>) -> Self {
        other.map_or(self, |other| Self {
            least: self.least.min(other.least),
            peak: self.peak.max(other.peak),
        })
    }
}

/// The values in each column of a time. There are none before the first one.
pub(super) fn columns(points: &[Point], from: i64, to: i64) -> [Option<Part>; WIDTH] {
    let (mut parts, mut last) = ([None; WIDTH], [None; WIDTH]);
    for point in points {
        let (column, told) = (column(point.time.0, from, to), Part { least: point.least, peak: point.peak });
        parts[column] = Some(told.with(parts[column]));
        last[column] = Some(point.last);
    }
    hold(&mut parts, &last);
    parts
}

/// Where nothing new is told, what was last told holds on; and it does so until the first moment of something new.
fn hold(parts: &mut [Option<Part>; WIDTH], last: &[Option<u64>; WIDTH]) {
    let mut held = None;
    for (part, last) in parts.iter_mut().zip(last) {
        let before = held.map(|value| Part { least: value, peak: value });
        *part = part.map_or(before, |told| Some(told.with(before)));
        held = last.or(held);
    }
}

/// The column of a moment: those outside of the time are in the first or the last one.
fn column(time: i64, from: i64, to: i64) -> usize {
    let [since, whole] = [time, to].map(|time| u128::from(time.max(from).abs_diff(from)));
    let place = (since * WIDTH as u128).checked_div(whole).unwrap_or_default();
    usize::try_from(place).map_or(WIDTH - 1, |place| place.min(WIDTH - 1))
}

#[cfg(test)]
mod tests {
    use goscope_trace::TraceTime;

    use super::*;

    #[test]
    fn a_value_holds_until_the_next_one() {
        let point = |time, least, peak, last| Point { time: TraceTime(time), least, peak, last };
        let parts = columns(&[point(10, 5, 9, 6), point(35, 1, 1, 1)], 0, WIDTH as i64);
        let part = |least, peak| Some(Part { least, peak });
        assert_eq!((parts[9], parts[10], parts[11], parts[34]), (None, part(5, 9), part(6, 6), part(6, 6)));
        assert_eq!((parts[35], parts[36], parts[59]), (part(1, 6), part(1, 1), part(1, 1)));
    }

    #[test]
    fn no_moment_is_outside() {
        assert_eq!(column(i64::MIN, 0, 60), 0);
        assert_eq!(column(60, 0, 60), WIDTH - 1);
        assert_eq!(column(i64::MAX, i64::MIN, i64::MAX), WIDTH - 1);
        assert_eq!(column(5, 5, 5), 0);
    }
}
