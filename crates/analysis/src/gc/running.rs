//! How long goroutines ran, all together. Only those that run are kept: as many as there are procs.

use foldhash::HashMap;
use goscope_trace::{GoId, GoState, GoTransition, TraceTime};

/// Follows goroutines that run.
#[derive(Default, Debug)]
pub(super) struct Running {
    since: HashMap<GoId, TraceTime>,
    total: i64,
}

impl Running {
    /// Follows the next transition.
    #[inline]
    pub(super) fn step(&mut self, transition: &GoTransition, now: TraceTime) {
        let GoTransition { goroutine, from, to, .. } = *transition;
        match (from == GoState::Running, to == GoState::Running) {
            (false, true) => _ = self.since.insert(goroutine, now),
            (true, false) => self.stop(goroutine, now),
            _ => {}
        }
    }

    #[inline]
    fn stop(&mut self, goroutine: GoId, now: TraceTime) {
        if let Some(since) = self.since.remove(&goroutine) {
            self.total = self.total.saturating_add(now.since(since));
        }
    }

    /// Whether a goroutine runs.
    pub(super) fn has(&self, goroutine: GoId) -> bool {
        self.since.contains_key(&goroutine)
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime) {
        self.total = 0;
        self.since.values_mut().for_each(|since| *since = at);
    }

    /// All of it until now, in nanoseconds.
    pub(super) fn total(&self, now: TraceTime) -> i64 {
        self.since.values().fold(self.total, |sum, since| sum.saturating_add(now.since(*since)))
    }
}
