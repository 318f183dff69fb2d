//! The time since the first event that came, in ticks until their length is known.

use goscope_trace::{StreamTime, TickLength, Ticks, TraceTime};

/// The first event that came. Others may have happened before it.
#[derive(Default)]
pub struct Start {
    ticks: Option<Ticks>,
    time: Option<TraceTime>,
}

/// How far something is from the start, as far as that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elapsed {
    Ticks(i64),
    Nanoseconds(i64),
}

impl Start {
    /// Takes note of the time of an event.
    #[inline]
    pub fn observe(&mut self, time: StreamTime) {
        if self.ticks.is_none() {
            (self.ticks, self.time) = (Some(time.ticks), time.time);
        }
    }

    /// Whether an event has come.
    pub fn is_known(&self) -> bool {
        self.ticks.is_some()
    }

    /// Takes note of the length of a tick.
    pub fn learn(&mut self, length: TickLength) {
        self.time = self.time.or(self.ticks.map(|ticks| length.at(ticks)));
    }

    /// The time since the start, or until it: then it is negative.
    pub fn elapsed(&self, time: StreamTime) -> Elapsed {
        if let (Some(start), Some(time)) = (self.time, time.time) {
            return Elapsed::Nanoseconds(time.0.saturating_sub(start.0));
        }
        let start = self.ticks.unwrap_or(time.ticks);
        Elapsed::Ticks(time.ticks.0.wrapping_sub(start.0).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ticks: u64, time: Option<i64>) -> StreamTime {
        StreamTime { ticks: Ticks(ticks), time: time.map(TraceTime), ..StreamTime::default() }
    }

    #[test]
    fn the_start_has_a_time_as_soon_as_one_is_known() {
        let mut start = Start::default();
        start.observe(at(100, None));
        start.observe(at(90, None));
        assert_eq!(start.elapsed(at(90, None)), Elapsed::Ticks(-10));
        assert_eq!(start.elapsed(at(130, Some(260))), Elapsed::Ticks(30));
        start.time = Some(TraceTime(200));
        assert_eq!(start.elapsed(at(130, Some(260))), Elapsed::Nanoseconds(60));
        assert_eq!(start.elapsed(at(90, Some(180))), Elapsed::Nanoseconds(-20));
    }
}
