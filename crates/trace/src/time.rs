//! Time: ticks of a file, and nanoseconds of a trace.

use std::fmt;

/// A moment of a trace's own clock, in nanoseconds.
///
/// The clock is monotonic; where it starts is the system's business. No two events of a trace that is read
/// in order have the same time, up to the end of time: 292 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct TraceTime(pub i64);

impl TraceTime {
    /// The next moment.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The moment so many nanoseconds later; behind the end of time comes its beginning, as in Go's reader.
    #[must_use]
    pub(crate) const fn after(self, nanoseconds: i64) -> Self {
        Self(self.0.wrapping_add(nanoseconds))
    }
}

impl fmt::Display for TraceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The length of a tick of the file's clock.
#[derive(Clone, Debug)]
pub(crate) struct TickLength {
    nanoseconds: f64,
    /// The first numbers of ticks in nanoseconds: most events come so soon after the one before.
    few: Box<[i64; FEW]>,
}

const FEW: usize = 256;

impl TickLength {
    /// The length where a second has so many ticks. The division is that of Go's reader, to the last bit.
    pub(crate) fn of_frequency(ticks_per_second: u64) -> Self {
        let nanoseconds = 1.0 / (ticks_per_second as f64 / 1e9);
        let few = Box::new(std::array::from_fn(|ticks| (ticks as f64 * nanoseconds) as i64));
        Self { nanoseconds, few }
    }

    /// So many ticks in nanoseconds, rounded towards zero.
    #[inline(always)]
    pub(crate) fn nanoseconds(&self, ticks: u64) -> i64 {
        match self.few.get(ticks as usize) {
            Some(nanoseconds) => *nanoseconds,
            None => (ticks as f64 * self.nanoseconds) as i64,
        }
    }

    /// A moment of the file's clock as a moment of the trace's.
    pub(crate) fn time(&self, ticks: u64) -> TraceTime {
        TraceTime(self.nanoseconds(ticks))
    }
}
