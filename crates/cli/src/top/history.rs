//! How the vital signs went, for the little curves beside them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use goscope_analysis::pulse::Vitals;

/// How often a sample is taken.
const EVERY: Duration = Duration::from_millis(500);

/// The samples that are kept: two minutes of them, more than any terminal is wide.
const SAMPLES: usize = 240;

/// What is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Series {
    Goroutines,
    Runnable,
    Latency,
    Marking,
    Stopped,
    Heap,
    Syscalls,
}

/// The values of each at a moment.
type Sample = [u64; 7];

/// The latest samples, the oldest first.
#[derive(Clone, Default, Debug)]
pub struct History {
    samples: VecDeque<Sample>,
    taken: Option<Instant>,
}

impl History {
    /// Takes a sample, if it is time for one.
    pub fn note(&mut self, vitals: &Vitals, now: Instant) {
        if self.taken.is_some_and(|taken| now.duration_since(taken) < EVERY) {
            return;
        }
        self.taken = Some(now);
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample(vitals));
    }

    /// The latest values, at most so many, the oldest first.
    pub fn latest(&self, series: Series, most: usize) -> impl Iterator<Item = u64> {
        let rest = self.samples.len().saturating_sub(most);
        self.samples.iter().skip(rest).map(move |sample| sample[series as usize])
    }
}

/// In the order of [`Series`].
fn sample(vitals: &Vitals) -> Sample {
    let states = vitals.goroutines;
    [
        states.total(),
        states.runnable,
        vitals.sched_latency.p99.max(0).cast_unsigned(),
        vitals.gc.marking.max(0).cast_unsigned(),
        vitals.stops.total.max(0).cast_unsigned(),
        vitals.heap.live.unwrap_or_default(),
        vitals.syscalls.count,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_taken_from_time_to_time() {
        let (mut history, start) = (History::default(), Instant::now());
        let mut vitals = Vitals::default();
        for tenth in 0..3000 {
            vitals.goroutines.runnable = tenth / 10;
            history.note(&vitals, start + Duration::from_millis(tenth * 100));
        }
        assert_eq!(history.latest(Series::Runnable, 3).collect::<Vec<_>>(), [298, 299, 299]);
        assert_eq!(history.latest(Series::Runnable, usize::MAX).count(), SAMPLES);
    }
}
