//! Stops of the world: each begins and ends on one thread, whose events come in order.

use goscope_trace::{GoId, Ticks};

/// The stops that go on, as far as threads have told: of a program one, of nonsense a few.
const OPEN: usize = 64;

#[derive(Default, Debug)]
pub(super) struct Stops {
    open: Vec<(GoId, Ticks)>,
}

impl Stops {
    /// A goroutine stops the world. Before Go 1.10, the threads that helped to mark told of the stop too, without a
    /// goroutine.
    pub(super) fn begin(&mut self, goroutine: GoId, at: Ticks) {
        if !goroutine.is_some() && !self.open.is_empty() {
            return;
        }
        self.open.retain(|(other, _)| *other != goroutine);
        if self.open.len() < OPEN {
            self.open.push((goroutine, at));
        }
    }

    /// The goroutine starts it again. Returns how long it was stopped.
    pub(super) fn end(&mut self, goroutine: GoId, at: Ticks) -> Option<u64> {
        let place = self.open.iter().position(|(other, _)| *other == goroutine)?;
        let (_, start) = self.open.swap_remove(place);
        Some(at.0.saturating_sub(start.0))
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }
}
