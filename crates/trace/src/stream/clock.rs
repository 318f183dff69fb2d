//! The clock of a stream: ticks, and nanoseconds as soon as they can be told.
//!
//! Nanoseconds are added up step by step from the time of the batch, as [`Reader`](crate::Reader) does: where the
//! length of a tick is exact, times are those of `Reader` to the nanosecond.

use super::{go_seq::GoSeq, item::StreamTime};
use crate::time::{TickLength, Ticks, TraceTime};

#[derive(Default, Debug)]
pub(super) struct Clock {
    ticks: u64,
    time: TraceTime,
    length: Option<TickLength>,
    /// Whether this generation has told the length of its ticks.
    is_exact: bool,
}

impl Clock {
    /// A batch begins.
    pub(super) fn enter(&mut self, ticks: u64) {
        self.ticks = ticks;
        self.time = self.length.map_or(TraceTime::default(), |length| length.time(ticks));
    }

    /// So many ticks pass.
    #[inline]
    pub(super) fn advance(&mut self, ticks: u64) {
        self.ticks = self.ticks.wrapping_add(ticks);
        if let Some(length) = self.length {
            self.time = self.time.after(length.nanoseconds(ticks));
        }
    }

    #[inline]
    pub(super) fn now(&self) -> StreamTime {
        self.stamp(self.ticks, self.length.map(|_| self.time))
    }

    /// A moment that the batch has nothing to do with.
    pub(super) fn at(&self, ticks: u64) -> StreamTime {
        self.stamp(ticks, self.length.map(|length| length.time(ticks)))
    }

    /// Now, by the file's clock.
    pub(super) fn ticks(&self) -> u64 {
        self.ticks
    }

    #[inline]
    fn stamp(&self, ticks: u64, time: Option<TraceTime>) -> StreamTime {
        let is_estimate = time.is_some() && !self.is_exact;
        StreamTime { ticks: Ticks(ticks), time, is_estimate, go_seq: GoSeq::UNKNOWN }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// The generation tells the length of its ticks.
    pub(super) fn set_length(&mut self, length: TickLength) {
        (self.length, self.is_exact) = (Some(length), true);
        self.enter(self.ticks);
    }

    /// The next generation may have ticks of another length.
    pub(super) fn end_generation(&mut self) {
        self.is_exact = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_tick_is_unknown_then_exact_then_an_estimate() {
        let mut clock = Clock::default();
        clock.enter(100);
        clock.advance(10);
        assert_eq!(clock.now().to_string(), "110 ticks");
        clock.set_length(TickLength::of_frequency(500_000_000));
        assert_eq!(clock.now().to_string(), "220");
        clock.end_generation();
        assert_eq!((clock.now().to_string(), clock.at(7).to_string()), ("~220".into(), "~14".into()));
    }
}
