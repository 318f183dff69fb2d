//! What the whole program does, slice by slice of the window.

use super::{
    Quantiles,
    clock::Clock,
    spread::Spread,
    window::{Place, RING, Window},
};

/// What happened in a slice of time.
#[derive(Default, Debug)]
pub(super) struct Slice {
    pub(super) events: u64,
    /// The cycles of garbage collection that began.
    pub(super) cycles: u64,
    pub(super) heap_peak: Option<u64>,
    pub(super) latency: Spread,
    pub(super) syscalls: Spread,
    pub(super) stops: Spread,
}

impl Slice {
    fn clear(&mut self) {
        (self.events, self.cycles, self.heap_peak) = (0, 0, None);
        [&mut self.latency, &mut self.syscalls, &mut self.stops].into_iter().for_each(Spread::clear);
    }
}

#[derive(Debug)]
pub(super) struct Slices(Box<[Slice; RING]>);

impl Default for Slices {
    fn default() -> Self {
        Self(Box::new(std::array::from_fn(|_| Slice::default())))
    }
}

impl Slices {
    #[inline]
    pub(super) fn at(&mut self, place: Place) -> &mut Slice {
        &mut self.0[place % RING]
    }

    pub(super) fn clear(&mut self, place: Place) {
        self.at(place).clear();
    }

    /// Those that count.
    pub(super) fn counting(&self, window: &Window) -> impl Iterator<Item = &Slice> {
        window.places().map(|place| &self.0[place])
    }

    pub(super) fn quantiles(
        &self,
        window: &Window,
        clock: &Clock,
        of: impl Fn(&Slice) -> &Spread,
    ) -> Quantiles {
        Spread::quantiles(self.counting(window).map(of), clock)
    }
}
