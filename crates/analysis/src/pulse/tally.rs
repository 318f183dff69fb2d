//! How the durations of one of many things are spread, roughly in time: at a place where goroutines block, or of tasks of a
//! type.
//!
//! A histogram for each thing and each slice of the window would take too much memory. Here eight slices have one, which are
//! called a half, since a window has 8 to 15; the last two halves are remembered. And as long as there are few durations,
//! these are kept as they are.

use super::{
    Quantiles,
    clock::Clock,
    spread::{Sums, quantiles},
};

/// There are as many buckets to a power of two as this power of two: their middles are right to within a thirtieth.
const BITS: u32 = 4;
/// The longest duration that has a bucket of its own.
const LONGEST: u64 = (1 << 48) - 1;
const BUCKETS: usize = bucket(LONGEST) + 1;
/// So many durations are kept as they are.
const FEW: usize = 32;

const fn bucket(ticks: u64) -> usize {
    let shift = (u64::BITS - ticks.leading_zeros()).saturating_sub(BITS + 1);
    ((shift as usize) << BITS) + (ticks >> shift) as usize
}

/// The middle of a bucket.
const fn middle(bucket: usize) -> u64 {
    let shift = (bucket >> BITS).saturating_sub(1);
    (((bucket - (shift << BITS)) as u64) << shift) + (1 << shift >> 1)
}

#[derive(Clone, Default, Debug)]
pub(super) struct Tally([Half; 2]);

#[derive(Clone, Default, Debug)]
struct Half {
    /// Which half of the window it is, counted from the begin of time.
    number: u64,
    few: Vec<u64>,
    many: Option<Box<[u32; BUCKETS]>>,
}

impl Half {
    fn begin(&mut self, number: u64) {
        *self = Self { number, ..Self::default() };
    }

    #[inline]
    fn add(&mut self, ticks: u64) {
        match &mut self.many {
            Some(many) => count(many, ticks, 1),
            None => self.add_to_few(ticks),
        }
    }

    #[cold]
    fn add_to_few(&mut self, ticks: u64) {
        self.few.push(ticks);
        if self.few.len() > FEW {
            let mut many = Box::new([0; BUCKETS]);
            self.few.drain(..).for_each(|ticks| count(&mut many, ticks, 1));
            (self.few, self.many) = (Vec::new(), Some(many));
        }
    }

    /// All durations, or the middles of their buckets, and how many there are of each.
    fn counts(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let many = self.many.iter().flat_map(|many| many.iter().enumerate());
        let many = many.filter(|(_, count)| **count > 0).map(|(bucket, count)| (middle(bucket), *count));
        self.few.iter().map(|ticks| (*ticks, 1)).chain(many)
    }
}

#[inline]
fn count(many: &mut [u32; BUCKETS], ticks: u64, count: u32) {
    let bucket = &mut many[bucket(ticks.min(LONGEST))];
    *bucket = bucket.saturating_add(count);
}

impl Tally {
    /// Counts a duration that ended in a half of the window.
    #[inline]
    pub(super) fn add(&mut self, half: u64, ticks: u64) {
        let part = &mut self.0[half as usize % 2];
        if part.number < half {
            part.begin(half);
        }
        if part.number == half {
            part.add(ticks);
        }
    }

    /// Adds those of another one.
    pub(super) fn absorb(&mut self, other: &Self) {
        for half in &other.0 {
            let part = &mut self.0[half.number as usize % 2];
            if part.number < half.number {
                part.begin(half.number);
            }
            if part.number == half.number {
                half.counts().for_each(|(ticks, times)| match &mut part.many {
                    Some(many) => count(many, ticks, times),
                    None => (0..times).for_each(|_| part.add(ticks)),
                });
            }
        }
    }

    /// How they are spread in a half, as far as that has come, and the one before: in 8 to 16 slices. That is at least half of
    /// the window, and at most two of them.
    pub(super) fn quantiles(&self, half: u64, sums: Sums, clock: &Clock) -> Quantiles {
        let recent = self.0.iter().filter(|part| part.number + 1 >= half);
        let mut counts: Vec<_> = recent.flat_map(Half::counts).collect();
        counts.sort_unstable();
        let all: u64 = counts.iter().map(|(_, count)| u64::from(*count)).sum();
        quantiles(sums, clock, |part| {
            let rank = (all as f64 * part).ceil() as u64;
            let mut passed = 0;
            let found = counts.iter().find(|(_, count)| {
                passed += u64::from(*count);
                passed >= rank
            });
            found.map_or(sums.max, |(ticks, _)| *ticks)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_bucket_is_near_all_that_it_holds() {
        let powers =
            (0..48).flat_map(|power| [(1u64 << power) - 1, 1 << power, (1 << power) + 1, 5 << power]);
        for ticks in powers.filter(|ticks| *ticks <= LONGEST) {
            assert!(middle(bucket(ticks)).abs_diff(ticks) <= ticks / 30, "{ticks}");
        }
    }

    fn told(tally: &Tally, half: u64) -> [u64; 2] {
        let sums = Sums { count: 1, total: 1, max: u64::MAX };
        let told = tally.quantiles(half, sums, &Clock::default());
        [told.p50, told.p99].map(|time| time as u64 / 64)
    }

    #[test]
    fn a_half_is_forgotten_two_halves_later() {
        let mut tally = Tally::default();
        (1..=20).for_each(|ticks| tally.add(7, ticks));
        tally.add(8, 1000);
        tally.add(6, 9999); // too late
        assert_eq!(
            (told(&tally, 8), told(&tally, 9), told(&tally, 10)),
            ([11, 1000], [1000; 2], [i64::MAX as u64 / 64; 2])
        );
    }

    #[test]
    fn taken_together_is_as_if_added_to_one() {
        for (some, more) in [(5, 7), (5, 700), (700, 5), (700, 700)] {
            let (mut one, mut other, mut both) = (Tally::default(), Tally::default(), Tally::default());
            for ticks in 0..some {
                one.add(3, ticks);
                both.add(3, ticks);
            }
            for ticks in 0..more {
                other.add(4, ticks * 3);
                both.add(4, ticks * 3);
            }
            one.absorb(&other);
            assert_eq!(told(&one, 4), told(&both, 4));
        }
    }
}
