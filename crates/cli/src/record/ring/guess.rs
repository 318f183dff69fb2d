//! How long a tick is, by when events arrive: family v1 tells it at the end of a capture only.

use std::time::{Duration, Instant};

use goscope_trace::{TickLength, Ticks};

/// A guess takes as long as this.
const LEAST: Duration = Duration::from_millis(200);

/// Measures ticks. Batches arrive when they are full, and so this is rough until much has come.
#[derive(Default)]
pub struct Guess {
    start: Option<(Instant, Ticks)>,
}

impl Guess {
    /// The length of a tick, when a moment of the trace arrives.
    pub fn arrive(&mut self, now: Instant, ticks: Ticks) -> Option<TickLength> {
        let (began, first) = *self.start.get_or_insert((now, ticks));
        let (elapsed, ticks) = (now.duration_since(began), ticks.0.saturating_sub(first.0));
        let is_enough = elapsed >= LEAST && ticks > 0;
        is_enough.then(|| TickLength::of_nanoseconds(elapsed.as_nanos() as f64 / ticks as f64)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_measured_by_when_they_arrive() {
        let (mut guess, start) = (Guess::default(), Instant::now());
        let mut arrive = |milliseconds, ticks| {
            let length = guess.arrive(start + Duration::from_millis(milliseconds), Ticks(ticks));
            length.map(TickLength::in_nanoseconds)
        };
        assert_eq!(arrive(0, 1000), None);
        assert_eq!(arrive(100, 2000), None);
        assert_eq!(arrive(300, 1000), None);
        assert_eq!(arrive(1000, 1001 + 999), Some(1_000_000.0));
    }
}
