//! Where all converted events go, in order.

use super::mend::{Count, Mender};
use crate::event::Event;

/// The events that have been converted and were not asked for yet.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) events: Vec<Event>,
    /// Where reading goes on behind damage: sees to it that they make sense.
    mender: Option<Box<Mender>>,
}

impl Out {
    pub(super) fn new(salvages: bool) -> Self {
        Self { events: Vec::new(), mender: salvages.then(Box::default) }
    }

    /// How many there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Adds the next event.
    #[inline(always)]
    pub(super) fn push(&mut self, event: Event) {
        match &mut self.mender {
            None => self.events.push(event),
            Some(mender) => mender.push(event, &mut self.events),
        }
    }

    /// What was done about damage.
    pub(super) fn counts(&self) -> &[Count] {
        self.mender.as_ref().map_or(&[], |mender| mender.counts())
    }
}
