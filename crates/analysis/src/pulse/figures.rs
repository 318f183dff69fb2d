//! What is kept of functions, of places where goroutines block, and of types of tasks.

use goscope_trace::Ticks;

use super::{
    Quantiles,
    book::Figures,
    clock::Clock,
    spread::Sums,
    tally::Tally,
    window::{Place, RING, Window},
};

/// How long the goroutines of a function ran, slice by slice.
#[derive(Default, Debug)]
pub(super) struct Runs([u64; RING]);

impl Runs {
    #[inline]
    pub(super) fn add(&mut self, place: Place, ticks: u64) {
        let slice = &mut self.0[place % RING];
        *slice = slice.saturating_add(ticks);
    }

    /// Takes away so much of a slice, or what there is.
    pub(super) fn take(&mut self, place: Place, ticks: u64) -> u64 {
        let slice = &mut self.0[place % RING];
        let taken = ticks.min(*slice);
        *slice -= taken;
        taken
    }

    pub(super) fn total(&self, window: &Window) -> u64 {
        window.places().map(|place| self.0[place]).fold(0, u64::saturating_add)
    }
}

impl Figures for Runs {
    fn clear(&mut self, place: Place) {
        self.0[place % RING] = 0;
    }

    fn reset(&mut self) {
        self.0 = [0; RING];
    }

    fn absorb(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum = sum.saturating_add(more));
    }

    fn is_idle(&self, window: &Window) -> bool {
        self.total(window) == 0
    }
}

/// Durations, slice by slice.
#[derive(Default, Debug)]
pub(super) struct Times {
    slices: [Sums; RING],
    tally: Tally,
    /// The longest one since somebody looked.
    pub(super) longest: Option<u64>,
}

impl Times {
    #[inline]
    pub(super) fn add(&mut self, end: Ticks, ticks: u64, window: &Window) {
        if let Some(place) = window.place(end) {
            self.slices[place % RING].add(ticks);
            self.tally.add(window.half(end), ticks);
        }
    }

    /// How they are spread, of which these are the sums.
    pub(super) fn quantiles(&self, sums: Sums, window: &Window, clock: &Clock) -> Quantiles {
        self.tally.quantiles(window.half(clock.now()), sums, clock)
    }

    pub(super) fn sums(&self, window: &Window) -> Sums {
        let mut sums = Sums::default();
        window.places().for_each(|place| sums.absorb(&self.slices[place]));
        sums
    }
}

impl Figures for Times {
    fn clear(&mut self, place: Place) {
        self.slices[place % RING] = Sums::default();
    }

    fn reset(&mut self) {
        (self.slices, self.tally) = Default::default();
    }

    fn absorb(&mut self, other: &Self) {
        self.slices.iter_mut().zip(&other.slices).for_each(|(sums, more)| sums.absorb(more));
        self.tally.absorb(&other.tally);
        self.longest = self.longest.max(other.longest);
    }

    fn is_idle(&self, window: &Window) -> bool {
        self.longest.is_none() && self.sums(window).count == 0
    }
}
