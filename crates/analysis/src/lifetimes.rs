//! How long things lived, in bounded memory: counted in buckets that are a thirty-second of their values wide.

use crate::spread::Spread;

/// The lifetimes of some things, in nanoseconds.
#[derive(Default, Debug)]
pub(crate) struct Lifetimes {
    sum: i64,
    least: u64,
    peak: u64,
    count: u64,
    /// How many are in each bucket, up to the last that has any: it is by their logarithm that lifetimes differ.
    counts: Vec<u64>,
}

/// There are as many buckets to a power of two as this power of two.
const BITS: u32 = 5;

impl Lifetimes {
    #[inline]
    pub(crate) fn add(&mut self, lifetime: u64) {
        self.least = if self.count == 0 { lifetime } else { self.least.min(lifetime) };
        self.count += 1;
        self.peak = self.peak.max(lifetime);
        self.sum = self.sum.saturating_add_unsigned(lifetime);
        let bucket = bucket(lifetime) as usize;
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
    }

    /// Quantiles may be too great by a thirty-second, all else is exact.
    pub(crate) fn spread(&self) -> Spread {
        let count = self.count;
        let quantile = |percent: u64| signed(self.quantile(count, percent));
        Spread {
            count,
            sum: self.sum,
            min: signed(self.least),
            p50: quantile(50),
            p90: quantile(90),
            p99: quantile(99),
            max: signed(self.peak),
        }
    }

    fn quantile(&self, count: u64, percent: u64) -> u64 {
        let rank = u128::from(count) * u128::from(percent);
        let mut passed = 0;
        let found = self.counts.iter().position(|count| {
            passed += u128::from(*count) * 100;
            *count > 0 && passed >= rank
        });
        found.map_or(0, |bucket| top(bucket as u32).clamp(self.least, self.peak))
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Below the width of a power of two each value has its own bucket.
fn bucket(value: u64) -> u32 {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    (shift << BITS) + (value >> shift) as u32
}

/// The greatest value of a bucket.
fn top(bucket: u32) -> u64 {
    let shift = (bucket >> BITS).saturating_sub(1);
    let first = u128::from(bucket - (shift << BITS));
    u64::try_from(((first + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_up_to_its_top() {
        let powers = (0..64).flat_map(|power| [(1u64 << power) - 1, 1 << power, (1 << power) + 1]);
        for value in powers.chain([u64::MAX, 100, 12345, 1 << 40 | 77]) {
            let (bucket, top) = (bucket(value), top(bucket(value)));
            assert!(top >= value && top - value <= value >> BITS, "{value} {top}");
            assert_eq!(super::bucket(top), bucket);
            assert!(top == u64::MAX || super::bucket(top + 1) == bucket + 1, "{value}");
        }
    }

    #[test]
    fn the_spread_is_that_of_the_values_but_for_a_thirty_second() {
        let mut values: Vec<i64> = (1..=1000).map(|value| value * value).collect();
        let mut lifetimes = Lifetimes::default();
        values.iter().for_each(|value| lifetimes.add(value.unsigned_abs()));
        let (ours, exact) = (lifetimes.spread(), Spread::of(&mut values));
        assert_eq!(
            (ours.count, ours.sum, ours.min, ours.max),
            (exact.count, exact.sum, exact.min, exact.max)
        );
        for (ours, exact) in [(ours.p50, exact.p50), (ours.p90, exact.p90), (ours.p99, exact.p99)] {
            assert!(ours >= exact && ours - exact <= exact / 32, "{ours} {exact}");
        }
        assert_eq!(Lifetimes::default().spread(), Spread::default());
    }
}
