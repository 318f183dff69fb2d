//! The last steps of goroutines that somebody watches.

use foldhash::HashMap;
use goscope_trace::GoId;

use super::goroutines::Step;

/// The steps that are kept of each, and the goroutines that can be watched at once.
const STEPS: usize = 16;
const MOST: usize = 64;

#[derive(Default, Debug)]
pub(super) struct Watched(HashMap<GoId, Vec<Step>>);

impl Watched {
    pub(super) fn watch(&mut self, id: GoId) {
        if self.0.len() < MOST {
            self.0.entry(id).or_default();
        }
    }

    pub(super) fn unwatch(&mut self, id: GoId) {
        self.0.remove(&id);
    }

    #[inline]
    pub(super) fn has(&self, id: GoId) -> bool {
        !self.0.is_empty() && self.0.contains_key(&id)
    }

    /// Notes a step where it belongs by time. What is only told is none.
    pub(super) fn add(&mut self, id: GoId, step: &Step) {
        let Some(steps) = self.0.get_mut(&id).filter(|_| step.from != step.to) else { return };
        let place = steps.partition_point(|known| known.at <= step.at);
        steps.insert(place, *step);
        if steps.len() > STEPS {
            steps.remove(0);
        }
    }

    /// The steps of a goroutine, the earliest first.
    pub(super) fn steps(&self, id: GoId) -> &[Step] {
        self.0.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The places that steps refer to.
    pub(super) fn spots(&self) -> impl Iterator<Item = u32> {
        self.0.values().flatten().map(|step| step.spot)
    }

    pub(super) fn end_generation(&mut self, became: impl Fn(u32) -> u32) {
        self.0.values_mut().flatten().for_each(|step| step.spot = became(step.spot));
    }
}
