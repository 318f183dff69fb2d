//! How durations in ticks are spread: exact counts, sums and maxima, and quantiles to within a hundredth.

use hdrhistogram::Histogram;

use super::{Quantiles, clock::Clock};

/// The digits to which quantiles are right.
const DIGITS: u8 = 2;
/// The longest duration that has a place of its own: 200 days, where a tick is 64 ns. It bounds the histogram to 22 KiB.
const LONGEST: u64 = 1 << 48;

/// How many durations there are, and how long they are together and at most.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) total: u64,
    pub(super) max: u64,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, ticks: u64) {
        self.absorb(&Self { count: 1, total: ticks, max: ticks });
    }

    #[inline]
    pub(super) fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.max = self.max.max(other.max);
    }
}

/// Durations.
#[derive(Default, Debug)]
pub(super) struct Spread {
    sums: Sums,
    /// Made when it is needed.
    histogram: Option<Histogram<u32>>,
}

fn histogram() -> Option<Histogram<u32>> {
    let mut histogram = Histogram::new(DIGITS).ok()?;
    histogram.auto(true);
    Some(histogram)
}

impl Spread {
    #[inline]
    pub(super) fn add(&mut self, ticks: u64) {
        self.sums.add(ticks);
        if self.histogram.is_none() {
            self.histogram = histogram();
        }
        if let Some(histogram) = &mut self.histogram {
            // It grows where it has to: there is no error.
            _ = histogram.record(ticks.min(LONGEST));
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// All together.
    pub(super) fn quantiles<'a>(parts: impl Iterator<Item = &'a Self>, clock: &Clock) -> Quantiles {
        let (mut sums, mut all) = (Sums::default(), histogram());
        for part in parts.filter(|part| part.sums.count > 0) {
            sums.absorb(&part.sums);
            if let (Some(all), Some(part)) = (&mut all, &part.histogram) {
                _ = all.add(part);
            }
        }
        quantiles(sums, clock, |quantile| all.as_ref().map_or(0, |all| all.value_at_quantile(quantile)))
    }
}

/// As they are told.
pub(super) fn quantiles(sums: Sums, clock: &Clock, quantile: impl Fn(f64) -> u64) -> Quantiles {
    let of = |part| clock.nanoseconds(quantile(part).min(sums.max));
    let [total, max] = [sums.total, sums.max].map(|ticks| clock.nanoseconds(ticks));
    Quantiles { count: sums.count, total, p50: of(0.5), p90: of(0.9), p99: of(0.99), max }
}
