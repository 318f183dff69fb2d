//! The order of events where some are missing that others wait for: those that have waited too long go on.
//!
//! The events of a damaged file are put in order as those of any other, by [`Merge`]. But what an event waits for
//! may have been lost. Then it comes when the others are far behind it in time, or when all wait.
//!
//! Invariant: as long as there is an order that Go's reader finds, nothing is forced ([`Means`]).

use super::{
    Result,
    heap::Entry,
    load::Loaded,
    merge::{Merge, Waiting},
    parts::Scale,
};
use crate::error::ErrorKind;

/// How to continue where the events have no order.
#[derive(Debug)]
pub(super) struct Means {
    /// The lengths of time that tell what has waited too long, if reading continues after damage.
    scale: Option<Scale>,
    /// What was done, from the first event on that has no place in the order.
    pub(super) forced: Option<Forced>,
}

impl Means {
    pub(super) fn new(loaded: &Loaded) -> Self {
        let scale = loaded.salvages.then(|| loaded.scale());
        Self { scale, forced: scale.filter(|_| loaded.is_damaged).map(Forced::new) }
    }

    /// How to continue after an error, or the error.
    #[cold]
    pub(super) fn after(&mut self, error: ErrorKind) -> Result<&mut Forced> {
        let Some(scale) = self.scale else { return Err(error) };
        Ok(self.forced.get_or_insert(Forced::new(scale)))
    }
}

/// What is done where events are missing that others wait for.
#[derive(Debug)]
pub(super) struct Forced {
    pub(super) scale: Scale,
    /// How often a state was made what an event waited for.
    pub(super) supplied: u64,
    /// How often a goroutine left a system call of which nothing was ever told.
    pub(super) calls_from_c: u64,
    /// How often a time was not later than the one before.
    pub(super) untimely: u64,
}

impl Forced {
    fn new(scale: Scale) -> Self {
        Self { scale, supplied: 0, calls_from_c: 0, untimely: 0 }
    }
}

/// Where all wait, one in so many is forced at once.
const MANY: usize = 16;

impl Merge {
    /// What was done where there was no order.
    pub(super) fn forced(&self) -> Option<&Forced> {
        self.means.forced.as_ref()
    }

    /// The cursor that is ready first, after those are made ready that have waited too long: what they wait for was
    /// lost. If all wait, the earliest ones need not wait any longer.
    pub(super) fn pop_forced(&mut self) -> Option<u32> {
        let patience = self.means.forced.as_ref()?.scale.patience();
        if self.ready.earliest().is_none() {
            self.waiting.sort_by_key(|waiting| self.cursors[waiting.cursor as usize].event.time);
            let count = self.waiting.len().div_ceil(MANY);
            let first: Vec<_> = self.waiting.drain(..count).collect();
            first.into_iter().for_each(|waiting| self.force(waiting.cursor));
        }
        let overdue = self.ready.earliest()?.saturating_sub(patience);
        let mut place = 0;
        while let Some(Waiting { cursor, .. }) = self.waiting.get(place).copied() {
            if self.cursors[cursor as usize].event.time < overdue {
                self.waiting.swap_remove(place);
                self.force(cursor);
            } else {
                place += 1;
            }
        }
        let Entry { cursor, .. } = self.ready.pop()?;
        let waits = self.waiting.iter().map(|waiting| self.cursors[waiting.cursor as usize].event.time).min();
        self.limit = self.ready.limit().min(waits.unwrap_or(i64::MAX).saturating_add(patience));
        Some(cursor)
    }

    /// Makes a cursor ready whatever its event waits for.
    fn force(&mut self, cursor: u32) {
        self.ready.push(Entry { time: self.cursors[cursor as usize].event.time, cursor });
    }
}
