//! The window of time in which something counts: slices that follow each other, of which the oldest are forgotten.
//!
//! Slices are a power of two of ticks long. What has a figure for each slice keeps it in a ring of [`RING`] places;
//! when a slice begins, its place is cleared. An event counts for the slice of its own time, so that the order in which
//! events come makes no difference, unless one comes when its slice is forgotten.

use std::ops::Range;

use goscope_trace::Ticks;

/// The places of a ring: a power of two.
pub(super) const RING: usize = 32;
/// A window has fewer slices than twice as many when it is laid out, and may get twice as many as the length of a tick
/// turns out.
const FEW: u64 = 8;

/// The place of a slice in a ring.
pub(super) type Place = usize;

#[derive(Debug)]
pub(super) struct Window {
    /// How long it is, in ticks.
    ticks: u64,
    /// A slice is two to this power long.
    shift: u32,
    /// The numbers of the oldest slice that counts, and of the latest.
    oldest: u64,
    newest: u64,
}

impl Window {
    /// A slice has two to this power of beats.
    pub(super) const BEAT_BITS: u32 = 9;

    pub(super) fn new(ticks: u64) -> Self {
        let shift = (0..u64::BITS).find(|shift| ticks >> shift < 2 * FEW).unwrap_or_default();
        Self { ticks, shift, oldest: 0, newest: 0 }
    }

    /// How long it is, in ticks.
    pub(super) fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Whether a window of another length can have the same slices.
    pub(super) fn fits(&self, ticks: u64) -> bool {
        (FEW / 2..RING as u64 - 1).contains(&(ticks >> self.shift)) || ticks < FEW
    }

    pub(super) fn resize(&mut self, ticks: u64) {
        self.ticks = ticks;
        self.set_newest(self.newest);
    }

    fn set_newest(&mut self, newest: u64) {
        let others = (self.ticks >> self.shift).min(RING as u64 - 2) + 1;
        (self.oldest, self.newest) = (newest.saturating_sub(others), newest);
    }

    /// The place of a moment: `None` if it is older than the window.
    #[inline]
    pub(super) fn place(&self, moment: Ticks) -> Option<Place> {
        let slice = moment.0 >> self.shift;
        (slice >= self.oldest).then_some(slice as usize % RING)
    }

    /// Whether a moment begins a new slice.
    #[inline]
    pub(super) fn is_over(&self, moment: Ticks) -> bool {
        moment.0 >> self.shift > self.newest
    }

    /// Begins the slice of a moment. Returns the places to clear.
    pub(super) fn turn(&mut self, moment: Ticks) -> impl Iterator<Item = Place> + use<> {
        let slice = moment.0 >> self.shift;
        let cleared = slice.saturating_sub(self.newest).min(RING as u64);
        self.set_newest(slice);
        (slice - cleared + 1..=slice).map(|slice| slice as usize % RING)
    }

    /// The places that count.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        (self.oldest..=self.newest).map(|slice| slice as usize % RING)
    }

    /// Since when something counts.
    pub(super) fn start(&self) -> Ticks {
        Ticks(self.oldest << self.shift)
    }

    /// The least power of two of ticks that is as long as the window, or longer.
    pub(super) fn period_shift(&self) -> u32 {
        self.shift + ((self.ticks >> self.shift) + 1).next_power_of_two().trailing_zeros()
    }

    fn beat_shift(&self) -> u32 {
        self.shift.saturating_sub(Self::BEAT_BITS)
    }

    /// The beat of a moment, in a ring of places with so many beats each.
    #[inline]
    pub(super) fn beat(&self, moment: Ticks) -> Option<usize> {
        let place = self.place(moment)?;
        let beat = (moment.0 & ((1 << self.shift) - 1)) >> self.beat_shift();
        Some((place << Self::BEAT_BITS) + beat as usize)
    }

    /// All beats that count, the latest first: when each begins, and where it is in the ring.
    pub(super) fn beats_back(&self) -> impl Iterator<Item = (Ticks, usize)> + use<> {
        let (shift, beat_shift) = (self.shift, self.beat_shift());
        let beats = 1u64 << Self::BEAT_BITS.min(shift);
        (self.oldest..=self.newest).rev().flat_map(move |slice| {
            (0..beats).rev().map(move |beat| {
                let place = slice as usize % RING;
                (Ticks((slice << shift) + (beat << beat_shift)), (place << Self::BEAT_BITS) + beat as usize)
            })
        })
    }

    /// Which eight slices a moment is in, counted from the begin of time: half of a window, or all of it.
    #[inline]
    pub(super) fn half(&self, moment: Ticks) -> u64 {
        moment.0 >> self.shift >> FEW.trailing_zeros()
    }

    /// An interval, cut into slices that count: their places, and how much of each.
    pub(super) fn cut(&self, from: Ticks, to: Ticks) -> impl Iterator<Item = (Place, u64)> + use<> {
        let (from, shift) = (from.max(self.start()).0, self.shift);
        let slices = if from < to.0 { from >> shift..(to.0 >> shift).saturating_add(1) } else { 0..0 };
        let part = move |slice: u64| {
            let Range { start, end } = slice << shift..(slice << shift).saturating_add(1 << shift);
            (slice as usize % RING, end.min(to.0) - start.max(from))
        };
        slices.map(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_each_other_and_the_oldest_are_forgotten() {
        let mut window = Window::new(1000);
        assert_eq!(window.shift, 6);
        assert_eq!(window.turn(Ticks(5000)).count(), RING);
        assert_eq!(window.places().count(), 17);
        assert!(window.place(Ticks(5000 - 1000)).is_some() && window.place(Ticks(5000 - 1152)).is_none());
        assert!(window.is_over(Ticks(5060)) && !window.is_over(Ticks(5050)));
        assert_eq!(window.turn(Ticks(5060)).collect::<Vec<_>>(), [5060 >> 6 & 31]);
        assert!(window.place(window.start()).is_some());
        assert!(window.place(Ticks(window.start().0 - 1)).is_none());
    }

    #[test]
    fn a_period_is_not_much_longer_than_the_window() {
        let mut window = Window::new(1000);
        assert_eq!((window.shift, window.period_shift()), (6, 10));
        window.resize(1025);
        assert_eq!(window.period_shift(), 11);
        assert_eq!(Window::new(0).period_shift(), 0);
    }

    #[test]
    fn an_interval_is_cut_into_its_slices() {
        let mut window = Window::new(1000);
        _ = window.turn(Ticks(640));
        let cut = |from, to| window.cut(Ticks(from), Ticks(to)).collect::<Vec<_>>();
        assert_eq!(cut(100, 200), [(1, 28), (2, 64), (3, 8)]);
        assert_eq!((cut(100, 101), cut(100, 100), cut(101, 100)), (vec![(1, 1)], vec![], vec![]));
    }

    #[test]
    fn time_may_be_over() {
        let mut window = Window::new(0);
        _ = window.turn(Ticks(u64::MAX));
        assert_eq!(window.cut(Ticks(u64::MAX - 1), Ticks(u64::MAX)).map(|(_, ticks)| ticks).sum::<u64>(), 1);
    }

    #[test]
    fn a_window_without_end_has_few_slices() {
        for ticks in [0, 1, 7, 16, 17, 1 << 40, i64::MAX as u64, u64::MAX] {
            let mut window = Window::new(ticks);
            _ = window.turn(Ticks(u64::MAX));
            assert!(window.places().count() < RING && window.fits(ticks), "{ticks}");
        }
    }
}
