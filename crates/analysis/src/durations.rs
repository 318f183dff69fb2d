//! How durations are distributed, in bounded memory: counted in buckets that are a thirty-second of their values wide.
//!
//! Invariant: the count, the sum, the least and the greatest are exact; a quantile may be too great by a thirty-second.
//! Memory is a constant: adding takes a table of 256 bytes for each power of two that occurs.

use crate::{slices::Absorb, spread::Spread};

/// There are as many buckets to a power of two as this power of two.
const BITS: u32 = 5;

/// The buckets of a power of two.
type Octave = Box<[u64; 1 << BITS]>;

/// Durations in nanoseconds: how many there are of about each length.
///
/// ```
/// use goscope_analysis::Durations;
///
/// let mut durations = Durations::default();
/// (1..=1000).for_each(|duration| durations.add(duration));
/// assert_eq!((durations.count(), durations.sum(), durations.max()), (1000, 500_500, 1000));
/// assert!((500..516).contains(&durations.quantile(500)));
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Durations {
    count: u64,
    sum: i64,
    least: u64,
    peak: u64,
    octaves: Vec<Option<Octave>>,
}

impl Durations {
    /// Adds one. A negative one counts as none at all.
    #[inline]
    pub fn add(&mut self, duration: i64) {
        let value = duration.max(0).unsigned_abs();
        self.note(value, value);
        self.sum = self.sum.saturating_add_unsigned(value);
        self.count += 1;
        let bucket = bucket(value);
        if let Some(count) = self.octave((bucket >> BITS) as usize).get_mut(bucket as usize % (1 << BITS)) {
            *count += 1;
        }
    }

    #[inline]
    fn note(&mut self, least: u64, peak: u64) {
        self.least = if self.count == 0 { least } else { self.least.min(least) };
        self.peak = self.peak.max(peak);
    }

    #[inline]
    fn octave(&mut self, place: usize) -> &mut Octave {
        if place >= self.octaves.len() {
            self.octaves.resize(place + 1, None);
        }
        self.octaves[place].get_or_insert_default()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All together.
    #[must_use]
    pub fn sum(&self) -> i64 {
        self.sum
    }

    /// The mean; 0 if there are none, as of all that follows.
    #[must_use]
    pub fn mean(&self) -> i64 {
        self.sum.checked_div(self.count.cast_signed()).unwrap_or_default()
    }

    /// The least.
    #[must_use]
    pub fn min(&self) -> i64 {
        signed(self.least)
    }

    /// The greatest.
    #[must_use]
    pub fn max(&self) -> i64 {
        signed(self.peak)
    }

    /// So many thousandths of them are not greater. May be too great by a thirty-second.
    #[must_use]
    pub fn quantile(&self, thousandths: u32) -> i64 {
        let rank = u128::from(self.count) * u128::from(thousandths);
        let mut passed = 0;
        let found = self.counts().find(|(_, count)| {
            passed += u128::from(*count) * 1000;
            passed >= rank
        });
        found.map_or(0, |(bucket, _)| signed(top(bucket).clamp(self.least, self.peak)))
    }

    /// As a spread.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let [p50, p90, p99] = [500, 900, 990].map(|thousandths| self.quantile(thousandths));
        Spread { count: self.count, sum: self.sum, min: self.min(), p50, p90, p99, max: self.max() }
    }

    /// The greatest duration of each bucket that is not empty, and how many it has.
    pub fn buckets(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.counts().map(|(bucket, count)| (signed(top(bucket).clamp(self.least, self.peak)), count))
    }

    fn counts(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let octaves = self.octaves.iter().zip(0u32..);
        let octaves = octaves.filter_map(|(octave, place)| Some((octave.as_ref()?, place << BITS)));
        let counts = octaves.flat_map(|(octave, first)| (first..).zip(octave.iter().copied()));
        counts.filter(|(_, count)| *count > 0)
    }
}

impl Absorb for Durations {
    fn absorb(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.note(other.least, other.peak);
        self.sum = self.sum.saturating_add(other.sum);
        self.count += other.count;
        for (place, octave) in other.octaves.iter().enumerate() {
            let Some(octave) = octave else { continue };
            self.octave(place).iter_mut().zip(octave.iter()).for_each(|(count, more)| *count += more);
        }
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Below the width of a power of two each value has its own bucket.
#[inline]
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
        let mut durations = Durations::default();
        values.iter().for_each(|value| durations.add(*value));
        let (ours, exact) = (durations.spread(), Spread::of(&mut values));
        assert_eq!(
            (ours.count, ours.sum, ours.min, ours.max),
            (exact.count, exact.sum, exact.min, exact.max)
        );
        for (ours, exact) in [(ours.p50, exact.p50), (ours.p90, exact.p90), (ours.p99, exact.p99)] {
            assert!(ours >= exact && ours - exact <= exact / 32, "{ours} {exact}");
        }
        assert_eq!(Durations::default().spread(), Spread::default());
    }

    #[test]
    fn taken_together_is_as_if_added_to_one() {
        let (mut one, mut other, mut both) =
            (Durations::default(), Durations::default(), Durations::default());
        for value in (0..2000).map(|value| value * value * 31) {
            if value % 3 == 0 { &mut one } else { &mut other }.add(value);
            both.add(value);
        }
        let mut sum = Durations::default();
        [&one, &Durations::default(), &other].into_iter().for_each(|part| sum.absorb(part));
        assert_eq!(sum, both);
        assert_eq!(sum.buckets().map(|(_, count)| count).sum::<u64>(), 2000);
    }

    #[test]
    fn nonsense_counts_as_nothing() {
        let mut durations = Durations::default();
        [-5, i64::MIN, i64::MAX].into_iter().for_each(|value| durations.add(value));
        assert_eq!((durations.min(), durations.max(), durations.quantile(500)), (0, i64::MAX, 0));
    }
}
