//! Questions about all windows of a length: how little is left to the program in the worst of them.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MMUCurve`).

use super::{Series, distribution, sweep::Track, sweep::mean, worst};

/// The mutator utilisation in windows of any length, over one series or several.
///
/// A window that is longer than a series is cut to its length. Lengths are in nanoseconds. An answer takes as long as
/// it takes to look at every step once or a few times.
///
/// [`Utilisation`](super::Utilisation) has an example.
#[derive(Debug)]
pub struct Curve {
    pub(super) tracks: Vec<Track>,
}

impl Curve {
    /// Series without any length do not count.
    #[must_use]
    pub fn new(series: &[Series]) -> Self {
        Self { tracks: series.iter().filter_map(Track::new).collect() }
    }

    /// The minimum mutator utilisation: that of the worst of all windows of this length.
    ///
    /// A window that lasts no time has none; where there is no series, the program has everything.
    ///
    /// ```
    /// use goscope_analysis::mutator::Curve;
    ///
    /// assert_eq!((Curve::new(&[]).mmu(1000), Curve::new(&[]).mmu(0)), (1.0, 0.0));
    /// ```
    #[must_use]
    pub fn mmu(&self, window: i64) -> f64 {
        let Some(window) = length(window) else { return 0.0 };
        self.tracks.iter().map(|track| least(track, track.cut(window))).fold(1.0, f64::min)
    }

    /// Up to so many of the worst windows of this length, the worst one first: each is the worst of those that do not
    /// overlap with the ones before it, in whatever series. Of equal ones the earliest comes first.
    ///
    /// ```
    /// use goscope_analysis::mutator::{Curve, Options, Utilisation};
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut utilisation = Utilisation::new(Options::default());
    /// while let Some(event) = reader.next_event()? {
    ///     utilisation.add(&event, reader.tables());
    /// }
    /// let curve = Curve::new(&utilisation.finish());
    /// for window in curve.worst(1_000_000, 3) {
    ///     println!("{:.3} in the {} ns from {}", window.utilisation, window.length, window.start);
    /// }
    /// # let worst = curve.worst(1_000_000, 3);
    /// # assert!(worst.len() == 3 && worst[0].utilisation == curve.mmu(1_000_000));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn worst(&self, window: i64, count: usize) -> Vec<worst::Window> {
        length(window).map_or_else(Vec::new, |window| worst::find(&self.tracks, window, count))
    }

    /// The utilisation that so much of all windows of this length do not exceed, for each quantile from 0 to 1.
    ///
    /// Windows are not cut here: shorter series do not count. If all are, each quantile is the
    /// [minimum](Self::mmu), as it is always in Go 1.27.3: its `MUD` stops at the minimum.
    #[must_use]
    pub fn distribution(&self, window: i64, quantiles: &[f64]) -> Vec<f64> {
        let least = || vec![self.mmu(window); quantiles.len()];
        let Some(length) = length(window) else { return least() };
        distribution::quantiles(&self.tracks, length, quantiles).unwrap_or_else(least)
    }
}

/// The length of a window that has one.
fn length(window: i64) -> Option<u64> {
    u64::try_from(window).ok().filter(|window| *window > 0)
}

fn least(track: &Track, window: u64) -> f64 {
    track.sweep(window).map(|place| place.area).min().map_or(1.0, |area| mean(area, window))
}

#[cfg(test)]
mod tests {
    use goscope_trace::TraceTime;
    use proptest::prelude::*;

    use super::*;
    use crate::mutator::{Accounting, Step};

    /// Of two procs, so many run the program in each nanosecond from `start` on.
    fn series(start: i64, mutators: &[u32]) -> Series {
        let times = (start..).map(TraceTime);
        let steps: Vec<_> =
            times.zip(mutators).map(|(time, n)| Step { time, mutators: *n, procs: 2 }).collect();
        let mut series = Series::new(None, steps[0]);
        for step in steps {
            series.push(step);
        }
        series.close(TraceTime(start + mutators.len() as i64), Accounting::Exact);
        series
    }

    fn curve(all: &[(i64, Vec<u32>)]) -> Curve {
        Curve::new(&all.iter().map(|(start, mutators)| series(*start, mutators)).collect::<Vec<_>>())
    }

    /// The mean of each window that begins with a nanosecond.
    fn means(mutators: &[u32], window: i64) -> Vec<f64> {
        let window = (window as usize).min(mutators.len());
        mutators
            .windows(window)
            .map(|part| f64::from(part.iter().sum::<u32>()) / 2.0 / window as f64)
            .collect()
    }

    /// The worst windows by trying all: when they begin, how long they are, and their mean.
    fn worst_of_all(all: &[(i64, Vec<u32>)], window: i64, count: usize) -> Vec<(i64, i64, f64)> {
        let mut windows = Vec::new();
        for (start, mutators) in all {
            let length = window.min(mutators.len() as i64);
            windows
                .extend((*start..).zip(means(mutators, window)).map(|(start, mean)| (start, length, mean)));
        }
        windows.sort_by(|one, other| one.2.total_cmp(&other.2).then((one.0, one.1).cmp(&(other.0, other.1))));
        let mut found: Vec<(i64, i64, f64)> = Vec::new();
        for (start, length, mean) in windows {
            let overlaps = |other: &(i64, i64, f64)| start < other.0 + other.1 && other.0 < start + length;
            if found.len() < count && !found.iter().any(overlaps) {
                found.push((start, length, mean));
            }
        }
        found
    }

    /// How much of the time has a utilisation of less than a value, and of no more than it.
    fn parts(all: &[(i64, Vec<u32>)], window: i64, value: f64) -> (f64, f64) {
        let (mut less, mut no_more, mut total) = (0.0, 0.0, 0.0);
        for (_, mutators) in all.iter().filter(|(_, mutators)| mutators.len() as i64 > window) {
            for pair in means(mutators, window).windows(2) {
                let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                let part = if low < high { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
                less += if low < high { part } else { f64::from(low < value) };
                no_more += if low < high { part } else { f64::from(low <= value) };
                total += 1.0;
            }
        }
        (less / total, no_more / total)
    }

    fn functions() -> impl Strategy<Value = Vec<(i64, Vec<u32>)>> {
        let runs = prop::collection::vec((0..3u32, 1..6usize), 1..12);
        let levels = runs.prop_map(|runs| runs.into_iter().flat_map(|(n, len)| vec![n; len]).collect());
        prop::collection::vec((-9..9i64, levels), 1..4)
    }

    proptest! {
        #[test]
        fn minimum_and_worst_windows_are_those_of_trying_all(all in functions(), window in 1..70i64) {
            let curve = curve(&all);
            let worst = curve.worst(window, 4);
            let found: Vec<_> = worst.iter().map(|found| (found.start.0, found.length, found.utilisation)).collect();
            prop_assert_eq!(&found, &worst_of_all(&all, window, 4));
            prop_assert_eq!(curve.mmu(window), found[0].2);
            prop_assert!(worst.is_sorted_by(|one, next| one.utilisation <= next.utilisation));
        }

        #[test]
        fn quantiles_are_not_exceeded_by_more_than_the_rest(
            all in functions(),
            window in 1..30i64,
            mut quantiles in prop::collection::vec(0.0..1.0, 6),
        ) {
            quantiles.extend([0.0, 0.5, 1.0]);
            quantiles.sort_by(f64::total_cmp);
            let curve = curve(&all);
            let values = curve.distribution(window, &quantiles);
            prop_assert!(values.is_sorted());
            let is_cut = |(_, mutators): &(i64, Vec<u32>)| mutators.len() as i64 <= window;
            if !all.iter().any(is_cut) {
                prop_assert_eq!(values[0], curve.mmu(window));
            }
            for (quantile, value) in quantiles.iter().zip(values).filter(|_| !all.iter().all(is_cut)) {
                let (less, _) = parts(&all, window, value - 1e-9);
                let (_, no_more) = parts(&all, window, value + 1e-9);
                prop_assert!(less <= quantile + 1e-9 && quantile - 1e-9 <= no_more, "{quantile}: {value}");
            }
        }
    }

    #[test]
    fn a_window_slides_over_what_was_taken() {
        // 1.0 ##  ##  ##
        // 0.0   ##  ##
        let curve = curve(&[(0, [2, 2, 0, 0, 2, 2, 0, 0, 2, 2].to_vec())]);
        let expected =
            [(0, 0.0), (1, 0.0), (2, 0.0), (4, 0.5), (6, 1.0 / 3.0), (8, 0.5), (10, 0.6), (99, 0.6)];
        assert_eq!(expected, expected.map(|(window, _)| (window, curve.mmu(window))));
        // In half of the time all is the same; else the mean is between 0 and 1, each as long as another.
        assert_eq!(curve.distribution(2, &[0.0, 0.25, 0.5, 0.75, 1.0]), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(curve.distribution(4, &[0.0, 1.0]), [0.5, 0.5]);
    }

    #[test]
    fn a_quantile_is_the_least_value_that_will_do() {
        let curve = curve(&[(0, vec![0; 5]), (0, vec![2; 5])]);
        assert_eq!(curve.distribution(1, &[0.0, 0.5, 0.501, 1.0]), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn without_length_there_is_nothing_to_ask() {
        let none = Curve::new(&[Series::new(None, Step { time: TraceTime(5), mutators: 0, procs: 1 })]);
        assert_eq!((none.mmu(1), none.mmu(i64::MAX), none.mmu(-1)), (1.0, 1.0, 0.0));
        assert_eq!((none.distribution(1, &[0.5]), none.distribution(0, &[0.5])), (vec![1.0], vec![0.0]));
        let curve = curve(&[(0, vec![1, 2])]);
        assert!(curve.worst(0, 3).is_empty() && curve.worst(1, 0).is_empty() && none.worst(1, 1).is_empty());
        assert_eq!((curve.worst(1, 9).len(), curve.distribution(2, &[0.3])), (2, vec![0.75]));
    }

    #[test]
    fn times_may_be_as_far_apart_as_can_be() {
        let step = |time, mutators| Step { time: TraceTime(time), mutators, procs: 3 };
        let mut series = Series::new(None, step(i64::MIN, 3));
        series.push(step(-1, 2));
        series.close(TraceTime(i64::MAX), Accounting::Exact);
        let curve = Curve::new(&[series]);
        let (mmu, worst) = (curve.mmu(i64::MAX), curve.worst(i64::MAX, 9));
        assert!((mmu - 2.0 / 3.0).abs() < 1e-15 && worst.len() == 2, "{mmu} {worst:?}");
        assert_eq!((worst[0].start, worst[1].start), (TraceTime(-1), TraceTime(i64::MIN)));
        assert_eq!(curve.distribution(1, &[0.25, 0.75]), [worst[0].utilisation, 1.0]);
    }
}
