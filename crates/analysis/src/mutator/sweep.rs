//! A window that slides over a step function, from one place to the next at which its mean may bend: where one of its
//! edges meets a step. Between such places, the mean changes at an even rate.
//!
//! Sums are exact: utilisation is a whole number of parts, and an area one of parts times nanoseconds. It fits, for
//! a share is at most 2⁶² and a time less than 2⁶⁴.

use goscope_trace::{ProcId, TraceTime};

use super::{Series, Step};

/// A whole proc, in the smallest parts that count.
const WHOLE: u64 = 1 << 62;

/// A step function that windows slide over. Times count from its start.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) proc: Option<ProcId>,
    pub(super) start: TraceTime,
    /// How long it is.
    pub(super) span: u64,
    /// Never empty; the first one is at 0, and all are before the end.
    levels: Vec<Level>,
}

/// So much utilisation from a time on.
#[derive(Clone, Copy, Debug)]
struct Level {
    time: u64,
    share: u64,
}

/// A window at some time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// When it begins.
    pub(super) time: u64,
    /// The utilisation in it, summed up.
    pub(super) area: u128,
}

impl Track {
    /// `None` if the series has no length.
    pub(super) fn new(series: &Series) -> Option<Self> {
        let (start, end) = (series.start(), series.end());
        let level = |step: &Step| Level { time: step.time.0.abs_diff(start.0), share: share(*step) };
        let levels = series.steps().iter().take_while(|step| step.time < end).map(level).collect();
        (start < end).then(|| Self { proc: series.proc(), start, span: end.0.abs_diff(start.0), levels })
    }

    /// A window of this length, or as long as can be.
    pub(super) fn cut(&self, window: u64) -> u64 {
        window.min(self.span)
    }

    /// Slides a window that fits over all of it.
    pub(super) fn sweep(&self, window: u64) -> Sweep<'_> {
        self.sweep_from(window, 0, self.span.saturating_sub(window))
    }

    /// Slides a window that fits from one beginning to another one.
    pub(super) fn sweep_from(&self, window: u64, from: u64, to: u64) -> Sweep<'_> {
        let (left, right) = (self.level_at(from), self.level_at(from + window));
        let place = Place { time: from, area: self.area(left, from, from + window) };
        Sweep { levels: &self.levels, window, place, to, left, right, started: false }
    }

    /// Which level it has at a time.
    fn level_at(&self, time: u64) -> usize {
        self.levels.partition_point(|level| level.time <= time).saturating_sub(1)
    }

    /// The area from one time to another one, of which the first has the given level.
    fn area(&self, first: usize, from: u64, to: u64) -> u128 {
        let ends = self.levels.iter().skip(first + 1).map(|level| level.time.min(to)).chain([to]);
        let mut now = from;
        let mut area = 0;
        for (level, end) in self.levels.iter().skip(first).zip(ends) {
            area += u128::from(level.share) * u128::from(end - now);
            now = end;
            if now == to {
                break;
            }
        }
        area
    }
}

/// The parts of a whole that the program has.
fn share(step: Step) -> u64 {
    let (mutators, procs) = (u128::from(step.mutators.min(step.procs)), u128::from(step.procs.max(1)));
    (mutators * u128::from(WHOLE) / procs) as u64
}

/// The mean utilisation of an area as wide as a window.
pub(super) fn mean(area: u128, window: u64) -> f64 {
    area as f64 / window as f64 / WHOLE as f64
}

/// Goes on from place to place, each later than the one before.
#[derive(Clone, Debug)]
pub(super) struct Sweep<'a> {
    levels: &'a [Level],
    window: u64,
    place: Place,
    to: u64,
    /// The levels at the edges of the window.
    left: usize,
    right: usize,
    started: bool,
}

impl Sweep<'_> {
    /// The share of a level, and the time at which it ends.
    fn level(&self, place: usize) -> (u64, u64) {
        let share = self.levels.get(place).map_or(0, |level| level.share);
        (share, self.levels.get(place + 1).map_or(u64::MAX, |next| next.time))
    }

    fn slide(&mut self) {
        let Place { time, area } = self.place;
        let ((left, left_end), (right, right_end)) = (self.level(self.left), self.level(self.right));
        let way = (left_end - time).min(right_end - (time + self.window)).min(self.to - time);
        let gained = u128::from(right) * u128::from(way);
        let lost = u128::from(left) * u128::from(way);
        self.place = Place { time: time + way, area: (area + gained).saturating_sub(lost) };
        self.left += usize::from(left_end - time == way);
        self.right += usize::from(right_end - (time + self.window) == way);
    }
}

impl Iterator for Sweep<'_> {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        if self.started {
            if self.place.time >= self.to {
                return None;
            }
            self.slide();
        }
        self.started = true;
        Some(self.place)
    }
}
