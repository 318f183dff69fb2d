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
    /// [minimum](Self::mmu).
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
