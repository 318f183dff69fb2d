//! Where all converted events go, in order.

use super::mend::{Count, Mender};
use crate::event::Event;

/// The events that have been converted and were not asked for yet.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) events: Vec<Event>,
    /// Where reading goes on behind damage: sees to it that they make sense.
    mender: Option<Box<Mender>>,
    /// In that case, events that are still to be seen to.
    raw: Vec<Event>,
}

impl Out {
    pub(super) fn new(salvages: bool) -> Self {
        Self { events: Vec::new(), mender: salvages.then(Box::default), raw: Vec::new() }
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

    /// Where many events may be added at once, which [`Self::end_many`] has to follow.
    pub(super) fn begin_many(&mut self) -> &mut Vec<Event> {
        if self.mender.is_none() { &mut self.events } else { &mut self.raw }
    }

    /// Ends that.
    pub(super) fn end_many(&mut self) {
        if let Some(mender) = &mut self.mender {
            self.raw.drain(..).for_each(|event| mender.push(event, &mut self.events));
        }
    }

    /// What was done about damage.
    pub(super) fn counts(&self) -> &[Count] {
        self.mender.as_ref().map_or(&[], |mender| mender.counts())
    }
}
