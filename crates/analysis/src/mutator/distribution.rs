//! How the utilisation in windows is distributed, over all times at which a window may begin.
//!
//! Between two places at which its mean bends, a window has each utilisation from one to the other for equally long:
//! a slope. Or it has the same one all the while: a flat. The time with a utilisation up to some value is the sum of
//! both, and a broken line, so that the value of a quantile can be told exactly.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MMUCurve.MUD`).

use super::sweep::{Place, Track, mean};

/// A value of utilisation, and what of the distribution changes there.
type Change = (f64, f64);

/// Times with a utilisation, in nanoseconds.
#[derive(Default)]
struct Distribution {
    /// From the value on, so much more time passes for each unit of utilisation; or less.
    slopes: Vec<Change>,
    /// The time that passes with just the value.
    flats: Vec<Change>,
    total: f64,
}

/// A value for each quantile; `None` if no series is longer than the window.
pub(super) fn quantiles(tracks: &[Track], window: u64, quantiles: &[f64]) -> Option<Vec<f64>> {
    let mut distribution = Distribution::default();
    for track in tracks.iter().filter(|track| track.span > window) {
        distribution.add(track, window);
    }
    distribution.sort();
    (distribution.total > 0.0)
        .then(|| quantiles.iter().map(|quantile| distribution.value(*quantile)).collect())
}

impl Distribution {
    fn add(&mut self, track: &Track, window: u64) {
        let mut places = track.sweep(window);
        let Some(mut before) = places.next() else { return };
        for place in places {
            self.add_piece(before, place, window);
            before = place;
        }
        self.total += (track.span - window) as f64;
    }

    /// The time from one place to the next.
    fn add_piece(&mut self, from: Place, to: Place, window: u64) {
        let time = (to.time - from.time) as f64;
        let (low, high) = (from.area.min(to.area), from.area.max(to.area));
        let value = mean(low, window);
        if low < high {
            let rate = time / mean(high - low, window);
            self.slopes.extend([(value, rate), (mean(high, window), -rate)]);
        } else if let Some((_, sum)) = self.flats.last_mut().filter(|(last, _)| *last == value) {
            *sum += time;
        } else {
            self.flats.push((value, time));
        }
    }

    fn sort(&mut self) {
        for changes in [&mut self.slopes, &mut self.flats] {
            changes.sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
        }
    }

    /// The value that is exceeded in no more than the rest of the time.
    fn value(&self, quantile: f64) -> f64 {
        let wanted = self.total * quantile;
        let mut line = Line::default();
        let (mut slopes, mut flats) = (self.slopes.iter().peekable(), self.flats.iter().peekable());
        loop {
            let next_slope = slopes.peek().map_or(f64::INFINITY, |change| change.0);
            let next_flat = flats.peek().map_or(f64::INFINITY, |change| change.0);
            let value = next_slope.min(next_flat);
            if value == f64::INFINITY {
                return line.value;
            }
            if let Some(between) = line.advance(value, wanted) {
                return between;
            }
            while let Some((_, rate)) = slopes.next_if(|change| change.0 == value) {
                line.bend(*rate);
            }
            while let Some((_, time)) = flats.next_if(|change| change.0 == value) {
                line.time += time;
            }
            if line.time >= wanted {
                return value;
            }
        }
    }
}

/// How much time has passed with a utilisation up to a value, and how that goes on.
#[derive(Default)]
struct Line {
    value: f64,
    time: f64,
    rate: f64,
    /// How many slopes go on.
    slopes: u64,
}

impl Line {
    /// Goes on to a value, unless the time that is wanted has passed before.
    fn advance(&mut self, value: f64, wanted: f64) -> Option<f64> {
        let time = self.time + (value - self.value) * self.rate;
        if time >= wanted && self.rate > 0.0 {
            return Some((self.value + (wanted - self.time) / self.rate).clamp(self.value, value));
        }
        (self.value, self.time) = (value, time);
        None
    }

    fn bend(&mut self, rate: f64) {
        self.slopes = if rate > 0.0 { self.slopes + 1 } else { self.slopes.saturating_sub(1) };
        // What rounding has left over is no slope.
        self.rate = if self.slopes == 0 { 0.0 } else { self.rate + rate };
    }
}
