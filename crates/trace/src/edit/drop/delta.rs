//! The ticks of dropped events, which the next event of the batch gets: each counts from the one before.

use goscope_wire::Record;

use super::plan::Row;

/// The most numbers of an event that count from the event before: in header 1.5 its place in the order, and its time.
const MAX: usize = 2;

/// What the events count together that were dropped since the last one that was kept.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Delta([u64; MAX]);

impl Delta {
    /// Notes a dropped event.
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>, row: &Row) {
        for (sum, number) in self.0.iter_mut().zip(record.args().iter().take(row.deltas)) {
            *sum = sum.wrapping_add(*number);
        }
    }

    /// Whether an event that is kept counts from dropped ones.
    #[inline]
    pub(super) fn concerns(&self, row: &Row) -> bool {
        row.deltas > 0 && self.0 != [0; MAX]
    }

    /// Gives all of it to an event, if that counts from those before it.
    pub(super) fn take(&mut self, row: &Row) -> Self {
        if row.deltas > 0 { std::mem::take(self) } else { Self::default() }
    }

    /// What is to be added to the first numbers of an event.
    pub(super) fn numbers(&self, row: &Row) -> &[u64] {
        if self.concerns(row) { &self.0[..row.deltas.min(MAX)] } else { &[] }
    }
}
