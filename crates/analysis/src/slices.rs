//! The time of a trace in slices of the same length, without knowing how long it is.
//!
//! As long as nobody says how long a slice is, there are many fine ones: where there would be more than [`FINE`], ten
//! become one. At the end as many are taken together as make about twenty, of a length that people like.
//!
//! Invariant: a slice that is not the last one is followed by one that begins where it ends.

use goscope_trace::TraceTime;

/// The fine slices at most.
const FINE: usize = 512;

/// The slices at most, if their length is given.
const MOST: usize = 10_000;

/// The slices that are shown at most, if nobody says how long they are.
const SHOWN: u64 = 30;

/// What ten fine slices become is one that is ten times as long.
const STEP: i64 = 10;

/// What happens in a slice of time, and can be taken together with what happens in the next one.
pub trait Absorb: Default {
    /// Takes in what happened in another slice.
    fn absorb(&mut self, other: &Self);
}

/// A slice of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice<T> {
    /// When it begins.
    pub start: TraceTime,
    /// When it ends: before that moment.
    pub end: TraceTime,
    /// What happened.
    pub part: T,
}

/// Slices, as they come.
#[derive(Debug)]
pub(crate) struct Slices<T> {
    start: Option<TraceTime>,
    /// In nanoseconds, at least one.
    width: i64,
    is_given: bool,
    is_full: bool,
    parts: Vec<T>,
    /// The slice that was asked for last: its number, and its bounds.
    last: (usize, i64, i64),
}

impl<T: Absorb> Slices<T> {
    /// Slices of a length in nanoseconds, or about twenty.
    pub(crate) fn new(width: Option<i64>) -> Self {
        let (is_given, width) = (width.is_some(), width.unwrap_or(1000).max(1));
        Self { start: None, width, is_given, is_full: false, parts: Vec::new(), last: (0, 0, 0) }
    }

    /// The first slice begins, if it has not yet.
    #[inline]
    pub(crate) fn begin(&mut self, start: TraceTime) {
        self.start.get_or_insert(start);
    }

    /// Whether there would have to be more slices than there may be.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The slice of a moment.
    #[inline]
    pub(crate) fn at(&mut self, time: TraceTime) -> Option<&mut T> {
        let (place, from, to) = self.last;
        if (from..to).contains(&time.0) {
            return self.parts.get_mut(place);
        }
        let place = self.find(time)?;
        self.parts.get_mut(place)
    }

    /// Shows each slice to `note` that has a part of the time between two moments, with how long that is.
    #[inline]
    pub(crate) fn pass(&mut self, from: TraceTime, to: TraceTime, mut note: impl FnMut(&mut T, i64)) {
        let mut now = from;
        while now < to {
            if self.at(now).is_none() {
                return;
            }
            let (place, _, end) = self.last;
            let until = TraceTime(end.min(to.0));
            if let Some(part) = self.parts.get_mut(place) {
                note(part, until.since(now));
            }
            now = until;
        }
    }

    #[cold]
    fn find(&mut self, time: TraceTime) -> Option<usize> {
        let since = time.0.saturating_sub(self.start?.0).max(0);
        while !self.is_given && since / self.width >= FINE as i64 {
            self.widen();
        }
        let place = usize::try_from(since / self.width).ok()?;
        if self.is_given && place >= MOST {
            self.is_full = true;
            return None;
        }
        if place >= self.parts.len() {
            self.parts.resize_with(place + 1, T::default);
        }
        let from = self.edge(place);
        self.last = (place, from, from.saturating_add(self.width));
        Some(place)
    }

    /// Where a slice begins.
    fn edge(&self, place: usize) -> i64 {
        self.start.unwrap_or_default().0.saturating_add(self.width.saturating_mul(place as i64))
    }

    fn widen(&mut self) {
        self.width = self.width.saturating_mul(STEP);
        self.parts = together(&self.parts, STEP as usize);
        self.last = (0, 0, 0);
    }

    /// The slices up to the end, about twenty if their length is not given.
    pub(crate) fn finish(mut self, end: TraceTime) -> Vec<Slice<T>> {
        let Some(start) = self.start.filter(|start| *start < end || !self.parts.is_empty()) else {
            return Vec::new();
        };
        let last = TraceTime(end.0.saturating_sub(1)).max(start);
        self.find(last);
        if !self.is_given {
            let span = end.since(start);
            let factor = factor(span, self.width);
            self.parts = together(&self.parts, factor as usize);
            self.width = self.width.saturating_mul(factor);
        }
        self.join_behind(last);
        let edges: Vec<_> =
            (0..=self.parts.len()).map(|place| TraceTime(self.edge(place).min(end.0))).collect();
        let bounds = edges.iter().zip(edges.iter().skip(1));
        bounds.zip(self.parts).map(|((start, end), part)| Slice { start: *start, end: *end, part }).collect()
    }

    /// What happened in the moment of the end belongs to the slice before it.
    fn join_behind(&mut self, last: TraceTime) {
        let since = last.0.saturating_sub(self.start.unwrap_or_default().0).max(0);
        let count = usize::try_from(since / self.width).unwrap_or(usize::MAX).saturating_add(1);
        while self.parts.len() > count
            && let Some(behind) = self.parts.pop()
            && let Some(before) = self.parts.last_mut()
        {
            before.absorb(&behind);
        }
    }
}

/// Takes each so many together.
fn together<T: Absorb>(parts: &[T], count: usize) -> Vec<T> {
    let joined = |parts: &[T]| {
        let mut sum = T::default();
        parts.iter().for_each(|part| sum.absorb(part));
        sum
    };
    parts.chunks(count.max(1)).map(joined).collect()
}

/// How many fine slices make one that is shown: 1, 2, 5 or ten times as many, so that there are few enough.
fn factor(span: i64, width: i64) -> i64 {
    let factors = [1, 2, 5, 10, 20, 50, 100];
    let count = |factor: i64| (span / width).unsigned_abs() / factor.unsigned_abs();
    factors.into_iter().find(|factor| count(*factor) < SHOWN).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Default, Debug)]
    struct Sum(i64);

    impl Absorb for Sum {
        fn absorb(&mut self, other: &Self) {
            self.0 += other.0;
        }
    }

    fn lines(slices: Vec<Slice<Sum>>) -> Vec<(i64, i64, i64)> {
        slices.into_iter().map(|slice| (slice.start.0, slice.end.0, slice.part.0)).collect()
    }

    #[test]
    fn an_interval_counts_in_each_slice_that_it_touches() {
        let mut slices = Slices::new(Some(10));
        slices.begin(TraceTime(5));
        slices.pass(TraceTime(12), TraceTime(37), |sum: &mut Sum, time| sum.0 += time);
        slices.at(TraceTime(6)).unwrap().0 += 100;
        assert_eq!(
            lines(slices.finish(TraceTime(41))),
            [(5, 15, 103), (15, 25, 10), (25, 35, 10), (35, 41, 2)]
        );
    }

    #[test]
    fn about_twenty_slices_hold_all_of_any_trace() {
        for span in [1_i64, 999, 12_345, 8_000_000, 77_777_777, 1_000_000_000, 12_345_678_901, 1 << 61] {
            let mut slices = Slices::new(None);
            slices.begin(TraceTime(-3));
            slices.pass(TraceTime(-3), TraceTime(span - 3), |sum: &mut Sum, time| sum.0 += time);
            let slices = slices.finish(TraceTime(span - 3));
            let width = slices[0].end.0 - slices[0].start.0;
            assert!(slices.iter().all(|slice| slice.part.0 == slice.end.since(slice.start)), "{span}");
            assert!(slices.iter().rev().skip(1).all(|slice| slice.part.0 == width), "{span}");
            assert!(slices.len() <= 30 && (slices.len() > 10 || span < 20_000), "{span}: {}", slices.len());
            assert_eq!(slices.iter().map(|slice| slice.part.0).sum::<i64>(), span);
        }
    }

    #[test]
    fn the_last_moment_is_part_of_the_last_slice() {
        let mut slices: Slices<Sum> = Slices::new(Some(10));
        slices.begin(TraceTime(0));
        slices.at(TraceTime(20)).unwrap().0 += 1;
        assert_eq!(lines(slices.finish(TraceTime(20))), [(0, 10, 0), (10, 20, 1)]);
    }

    #[test]
    fn given_slices_are_not_too_many() {
        let mut slices: Slices<Sum> = Slices::new(Some(1));
        slices.begin(TraceTime(0));
        assert!(slices.at(TraceTime(9_999)).is_some() && !slices.is_full());
        assert!(slices.at(TraceTime(i64::MAX)).is_none() && slices.is_full());
        assert_eq!(Slices::<Sum>::new(None).finish(TraceTime(7)), []);
    }
}
