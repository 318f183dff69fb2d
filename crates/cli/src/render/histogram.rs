//! Histograms of durations, as bars in the terminal: five buckets to a power of ten, as Go's.

use std::io::{self, Write};

use anyhow::Result;

use super::table;

/// The buckets to a power of ten.
const PER_DECADE: f64 = 5.0;

/// The longest bar, in characters.
const WIDTH: u64 = 40;

/// The bars of a length of 0/8 to 8/8 of a character.
const EIGHTHS: [&str; 9] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// How many durations there are of about each length.
pub struct Histogram {
    /// The number of the first bucket.
    first: usize,
    counts: Vec<u64>,
}

impl Histogram {
    /// Counts durations, in nanoseconds.
    pub fn of(durations: impl IntoIterator<Item = i64>) -> Self {
        Self::of_counts(durations.into_iter().map(|duration| (duration, 1)))
    }

    /// Counts durations of which there are so many each.
    pub fn of_counts(durations: impl IntoIterator<Item = (i64, u64)>) -> Self {
        let buckets: Vec<_> =
            durations.into_iter().map(|(duration, count)| (bucket(duration), count)).collect();
        let first = buckets.iter().map(|(bucket, _)| *bucket).min().unwrap_or_default();
        let last = buckets.iter().map(|(bucket, _)| *bucket).max().unwrap_or_default();
        let mut counts = vec![0; last - first + 1];
        buckets.into_iter().for_each(|(bucket, count)| counts[bucket - first] += count);
        Self { first, counts }
    }

    /// Prints a bar for each bucket from the first that has any to the last; nothing, if none has.
    pub fn print(&self, heading: &str) -> Result<()> {
        let most = self.counts.iter().copied().max().unwrap_or_default();
        if most == 0 {
            return Ok(());
        }
        writeln!(io::stdout())?;
        table::print_title(heading)?;
        let mut out = io::stdout().lock();
        for (place, count) in self.counts.iter().enumerate() {
            let from = table::duration(least(self.first + place));
            let line = format!("{from:>10}  {:>9}  {}", table::count(*count), bar(*count, most, WIDTH));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The bucket of a duration. The first one is for all below a nanosecond.
fn bucket(nanoseconds: i64) -> usize {
    if nanoseconds < 1 { 0 } else { (PER_DECADE * (nanoseconds as f64).log10()).floor() as usize }
}

/// The least duration of a bucket.
fn least(bucket: usize) -> i64 {
    10f64.powf(bucket as f64 / PER_DECADE).round() as i64
}

/// A bar for a count: as long as it is a part of the greatest one, which takes so many characters, and visible if there
/// is any.
pub fn bar(count: u64, most: u64, width: u64) -> String {
    let eighths = (u128::from(count) * u128::from(width) * 8).div_ceil(u128::from(most.max(1))) as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other() {
        let buckets = [0, 1, 9, 10, 15, 16, 99, 100, 1_000_000].map(bucket);
        assert_eq!(buckets, [0, 0, 4, 5, 5, 6, 9, 10, 30]);
        assert_eq!([0, 5, 6, 10, 30].map(least), [1, 10, 16, 100, 1_000_000]);
    }

    #[test]
    fn durations_are_counted_from_the_least_to_the_greatest() {
        let histogram = Histogram::of([100, 10, 11, 12, 1]);
        assert_eq!((histogram.first, histogram.counts), (0, vec![1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]));
        assert_eq!(Histogram::of([]).counts, [0]);
    }

    #[test]
    fn bars_show_that_there_is_any() {
        assert_eq!((bar(0, 7, 40), bar(1, 1_000_000, 40)), (String::new(), "▏".into()));
        assert_eq!(bar(5, 5, 40).chars().count(), 40);
        assert_eq!(bar(u64::MAX, u64::MAX, 40).chars().count(), 40);
    }
}
