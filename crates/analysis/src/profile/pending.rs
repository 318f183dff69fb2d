//! What counts only if its goroutine never runs in the trace.
//!
//! A goroutine that is there when the trace begins is told of, and has done since before then what it does. Go counts
//! waits from the moment on at which a goroutine first runs, and all of those of one that never does.

use foldhash::HashMap;
use goscope_trace::GoId;

use super::Place;

/// Samples of goroutines that have not run so far.
#[derive(Default, Debug)]
pub(super) struct Pending(HashMap<GoId, Vec<(Place, i64)>>);

impl Pending {
    /// Keeps a sample until it is known whether it counts.
    pub(super) fn push(&mut self, goroutine: GoId, place: Place, time: i64) {
        self.0.entry(goroutine).or_default().push((place, time));
    }

    /// The goroutine runs.
    pub(super) fn drop_of(&mut self, goroutine: GoId) {
        if !self.0.is_empty() {
            self.0.remove(&goroutine);
        }
    }

    /// The samples of those that never ran.
    pub(super) fn into_samples(self) -> impl Iterator<Item = (Place, i64)> {
        self.0.into_values().flatten()
    }
}
