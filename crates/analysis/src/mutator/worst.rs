//! The worst windows that do not overlap.
//!
//! Of the times at which a window may begin, those are struck out at which it would overlap with one that is found.
//! The worst of the others lies where an edge meets a step, or next to what has been struck out.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MMUCurve.Examples`), which finds some disjoint windows.

use std::cmp::Ordering;

use goscope_trace::{ProcId, TraceTime};

use super::sweep::{Place, Track, mean};

/// A window in which little was left to the program.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// When it begins.
    pub start: TraceTime,
    /// How long it is, in nanoseconds.
    pub length: i64,
    /// The mean part of the procs that the program had, from 0 to 1.
    pub utilisation: f64,
    /// The proc, if the series is that of one.
    pub proc: Option<ProcId>,
}

/// Where a window may begin, and the worst of them.
#[derive(Clone, Copy, Debug)]
struct Choice<'a> {
    track: &'a Track,
    window: u64,
    from: u64,
    to: u64,
    worst: Place,
}

/// Finds up to so many.
pub(super) fn find(tracks: &[Track], window: u64, count: usize) -> Vec<Window> {
    let whole = |track| Choice::new(track, window.min(track.span), 0, track.span.saturating_sub(window));
    let mut choices: Vec<_> = tracks.iter().filter_map(whole).collect();
    let mut found = Vec::new();
    while found.len() < count
        && let Some(worst) = choices.iter().copied().min_by(Choice::compare)
    {
        found.push(worst.window());
        choices = choices.into_iter().flat_map(|choice| choice.without(&worst)).flatten().collect();
    }
    found
}

impl<'a> Choice<'a> {
    fn new(track: &'a Track, window: u64, from: u64, to: u64) -> Option<Self> {
        let worst = track.sweep_from(window, from, to).min_by_key(|place| place.area)?;
        Some(Self { track, window, from, to, worst })
    }

    /// When the worst window begins and ends, on the clock of the trace.
    fn bounds(&self) -> (i128, i128) {
        let start = i128::from(self.track.start.0) + i128::from(self.worst.time);
        (start, start + i128::from(self.window))
    }

    fn mean(&self) -> f64 {
        mean(self.worst.area, self.window)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.mean().total_cmp(&other.mean()).then(self.bounds().cmp(&other.bounds()))
    }

    fn window(&self) -> Window {
        let start = TraceTime(self.track.start.0.saturating_add_unsigned(self.worst.time));
        let length = i64::try_from(self.window).unwrap_or(i64::MAX);
        Window { start, length, utilisation: self.mean(), proc: self.track.proc }
    }

    /// What is left if windows must not overlap with that one.
    fn without(self, other: &Self) -> [Option<Self>; 2] {
        let (start, end) = other.bounds();
        let (origin, from, to) = (i128::from(self.track.start.0), i128::from(self.from), i128::from(self.to));
        let before = to.min(start - i128::from(self.window) - origin);
        let after = from.max(end - origin);
        if before >= to || after <= from {
            return [Some(self), None];
        }
        let part = |from: i128, to: i128| {
            let (from, to) = (u64::try_from(from).ok()?, u64::try_from(to).ok()?);
            (from <= to).then(|| Self::new(self.track, self.window, from, to))?
        };
        [part(from, before), part(after, to)]
    }
}
