//! The clock of a trace that is being built: every event has a moment of its own.

/// A moment: the ticks of the clock, and the number of moments before it, which is the sequence of header 1.5.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) ticks: u64,
    pub(super) sequence: u64,
}

/// Ticks per second, as on a processor of 4 GHz whose ticks the runtime divides by 64.
pub(super) const FREQUENCY: u64 = 62_500_000;

#[derive(Clone, Debug)]
pub(super) struct Clock(Moment);

impl Clock {
    /// A clock at a moment as it may be on a computer that has run for a while.
    pub(super) fn new() -> Self {
        Self(Moment { ticks: 1 << 36, sequence: 0 })
    }

    /// The next moment. The ticks between two moments vary, so that their numbers have various lengths.
    pub(super) fn tick(&mut self) -> Moment {
        self.0.sequence += 1;
        self.0.ticks += [7, 60, 12, 310, 25, 4, 97, 1500, 31][self.0.sequence as usize % 9];
        self.0
    }

    pub(super) fn wait(&mut self, ticks: u64) {
        self.0.ticks += ticks;
    }
}
