//! The latest values of measures, whichever thread tells them first.

use goscope_trace::Ticks;

/// A value that was told.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Latest(Option<(Ticks, u64)>);

impl Latest {
    pub(super) fn set(&mut self, at: Ticks, value: u64) {
        if self.0.is_none_or(|(latest, _)| latest <= at) {
            self.0 = Some((at, value));
        }
    }

    pub(super) fn get(self) -> Option<u64> {
        self.0.map(|(_, value)| value)
    }
}

/// GOMAXPROCS and the heap.
#[derive(Default, Debug)]
pub(super) struct Measures {
    pub(super) procs: Latest,
    pub(super) live: Latest,
    pub(super) goal: Latest,
}
