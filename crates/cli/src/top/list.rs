//! The goroutines that somebody looks at: gathered only then, not too often, and not more than anybody would look at.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use goscope_analysis::pulse::{Goroutine, Pulse};
use goscope_trace::TraceTime;

use super::panes::goroutines::{rank, row};

/// How often they are gathered.
const EVERY: Duration = Duration::from_millis(500);

/// How many there are at most.
const MOST: usize = 4096;

/// The goroutines that were gathered last.
#[derive(Default)]
pub struct List {
    goroutines: Arc<[Goroutine]>,
    /// When, and which ones: those with this text.
    gathered: Option<(Instant, String)>,
}

impl List {
    /// The goroutines with a text at a moment of the trace, if one is wanted. `now` is ours.
    pub fn of(
        &mut self,
        pulse: &Pulse,
        moment: TraceTime,
        wanted: Option<&str>,
        now: Instant,
    ) -> Arc<[Goroutine]> {
        let Some(wanted) = wanted else {
            *self = Self::default();
            return Arc::default();
        };
        let is_fresh = |(then, text): &(Instant, String)| text == wanted && now.duration_since(*then) < EVERY;
        if !self.gathered.as_ref().is_some_and(is_fresh) {
            self.goroutines = gather(pulse, moment, wanted);
            self.gathered = Some((now, wanted.to_owned()));
        }
        Arc::clone(&self.goroutines)
    }
}

fn gather(pulse: &Pulse, moment: TraceTime, wanted: &str) -> Arc<[Goroutine]> {
    let mut goroutines: Vec<_> =
        pulse.goroutines().filter(|goroutine| row(goroutine, moment).has(wanted)).collect();
    if goroutines.len() > MOST {
        goroutines.select_nth_unstable_by_key(MOST, rank);
        goroutines.truncate(MOST);
    }
    // The order of those that are equal to whoever sorts them is always the same.
    goroutines.sort_unstable_by_key(|goroutine| goroutine.id);
    goroutines.into()
}
