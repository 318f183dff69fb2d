//! How the durations of many things are spread, roughly in time: for places where goroutines block, and types of tasks.
//!
//! A histogram for each of them and each slice of the window would take too much memory. Here durations are counted by
//! thing and bucket in two halves of the window, of which the older one is forgotten; and in so many counters at most.

use rustc_hash::FxHashMap;

use super::{
    Quantiles,
    clock::Clock,
    spread::{Sums, quantiles},
};

/// There are as many buckets to a power of two as this power of two: their middles are right to within a hundredth.
const BITS: u32 = 6;
/// The counters of a half.
const COUNTERS: usize = 1 << 16;

#[derive(Default, Debug)]
pub(super) struct Tallies {
    halves: [Counters; 2],
    /// The durations for which there was no counter.
    left_out: u64,
}

#[derive(Default, Debug)]
struct Counters {
    /// Which half of the window it is, counted from the begin of time.
    number: u64,
    counts: FxHashMap<(u32, u16), u32>,
}

impl Counters {
    fn begin(&mut self, number: u64) {
        self.number = number;
        self.counts.clear();
    }
}

fn bucket(ticks: u64) -> u16 {
    let shift = (u64::BITS - ticks.leading_zeros()).saturating_sub(BITS + 1);
    ((shift << BITS) + (ticks >> shift) as u32) as u16
}

/// The middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let bucket = u32::from(bucket);
    let shift = (bucket >> BITS).saturating_sub(1);
    (u64::from(bucket - (shift << BITS)) << shift) + (1 << shift >> 1)
}

impl Tallies {
    /// Counts a duration that ended in a half.
    #[inline]
    pub(super) fn add(&mut self, half: u64, thing: u32, ticks: u64) {
        let counters = &mut self.halves[half as usize % 2];
        if counters.number < half {
            counters.begin(half);
        } else if counters.number > half {
            return;
        }
        let is_full = counters.counts.len() >= COUNTERS;
        match counters.counts.get_mut(&(thing, bucket(ticks))) {
            Some(count) => *count = count.saturating_add(1),
            None if is_full => self.left_out += 1,
            None => _ = counters.counts.insert((thing, bucket(ticks)), 1),
        }
    }

    /// Things turned out to be others.
    pub(super) fn rename(&mut self, name: impl Fn(u32) -> u32) {
        for counters in &mut self.halves {
            let renamed: Vec<_> =
                counters.counts.extract_if(|(thing, _), _| name(*thing) != *thing).collect();
            for ((thing, bucket), count) in renamed {
                let sum = counters.counts.entry((name(thing), bucket)).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }

    /// All counters of a half and of the one before, in order.
    pub(super) fn sorted(&self, half: u64) -> Sorted {
        let recent = self.halves.iter().filter(|counters| counters.number + 1 >= half);
        let mut counts: Vec<_> =
            recent.flat_map(|half| half.counts.iter().map(|(at, count)| (*at, *count))).collect();
        counts.sort_unstable();
        Sorted(counts)
    }
}

/// Counters in the order of things and durations.
pub(super) struct Sorted(Vec<((u32, u16), u32)>);

impl Sorted {
    /// How the durations of a thing are spread.
    pub(super) fn quantiles(&self, thing: u32, sums: Sums, clock: &Clock) -> Quantiles {
        let start = self.0.partition_point(|((other, _), _)| *other < thing);
        let own = &self.0[start..];
        let own = &own[..own.partition_point(|((other, _), _)| *other == thing)];
        let all: u64 = own.iter().map(|(_, count)| u64::from(*count)).sum();
        quantiles(sums, clock, |part| {
            let rank = (all as f64 * part).ceil() as u64;
            let mut passed = 0;
            let found = own.iter().find(|(_, count)| {
                passed += u64::from(*count);
                passed >= rank
            });
            found.map_or(sums.max, |((_, bucket), _)| middle(*bucket))
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
        for ticks in powers {
            assert!(middle(bucket(ticks)).abs_diff(ticks) <= ticks / 100, "{ticks}");
        }
    }

    #[test]
    fn a_half_is_forgotten_two_halves_later() {
        let mut tallies = Tallies::default();
        (1..=100).for_each(|ticks| tallies.add(7, 1, ticks));
        tallies.add(8, 1, 1000);
        tallies.add(8, 2, 5);
        tallies.add(6, 1, 9999); // too late
        let quantiles = |tallies: &Tallies, half| {
            let sums = Sums { count: 1, total: 1, max: u64::MAX };
            let told = tallies.sorted(half).quantiles(1, sums, &Clock::default());
            [told.p50, told.p99].map(|time| time / 64)
        };
        assert_eq!(quantiles(&tallies, 8), [51, 100]);
        tallies.rename(|thing| if thing == 2 { 1 } else { thing });
        assert_eq!(quantiles(&tallies, 9), [5, 1004]);
    }
}
