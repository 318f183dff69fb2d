//! Where all converted events go, in order: into the chunk, and what does not fit waits for the next one.

use std::collections::VecDeque;

use super::mend::{Count, Mender};
use crate::{chunk::Chunk, event::Event, time::TraceTime};

/// The events that have been converted and were not asked for yet.
#[derive(Debug)]
pub(super) struct Out {
    /// What is asked for next.
    pub(super) chunk: Chunk,
    /// What comes behind it.
    rest: VecDeque<Event>,
    /// Where reading goes on behind damage.
    mending: Option<Box<Mending>>,
}

/// Sees to it that events make sense.
#[derive(Debug)]
struct Mending {
    mender: Mender,
    /// Events that are still to be seen to.
    raw: Chunk,
    /// What became of one.
    mended: Vec<Event>,
}

impl Out {
    /// For events that come after `before`.
    pub(super) fn new(before: TraceTime) -> Self {
        Self { chunk: Chunk::new(before), rest: VecDeque::new(), mending: None }
    }

    /// Whether it is seen to that events make sense.
    pub(super) fn is_mending(&self) -> bool {
        self.mending.is_some()
    }

    /// Sees to it from here on, by a mender that knows the events so far.
    pub(super) fn begin_mending(&mut self, mender: Mender) {
        self.mending = Some(Box::new(Mending { mender, raw: Chunk::new(self.now()), mended: Vec::new() }));
    }

    /// How many there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.chunk.len() + self.rest.len()
    }

    /// The time of the last event.
    pub(super) fn now(&self) -> TraceTime {
        self.rest.back().map_or(self.chunk.now(), |event| event.time)
    }

    /// Forgets the chunk, and begins the next one with what waits for it.
    pub(super) fn next_chunk(&mut self) {
        self.chunk.clear();
        while self.chunk.has_room()
            && let Some(event) = self.rest.pop_front()
        {
            self.chunk.push(event);
        }
    }

    /// Adds the next event.
    #[inline(always)]
    pub(super) fn push(&mut self, event: Event) {
        if self.mending.is_some() { self.mend(event) } else { self.add(event) }
    }

    #[inline(always)]
    fn add(&mut self, event: Event) {
        if self.rest.is_empty() && self.chunk.has_room() {
            self.chunk.push(event);
        } else {
            self.rest.push_back(event);
        }
    }

    #[cold]
    fn mend(&mut self, event: Event) {
        let Some(mut mending) = self.mending.take() else { return };
        mending.mender.push(event, &mut mending.mended);
        mending.mended.drain(..).for_each(|event| self.add(event));
        self.mending = Some(mending);
    }

    /// Where many events may be added at once, as long as there is room, which [`Self::end_many`] has to follow.
    pub(super) fn begin_many(&mut self) -> &mut Chunk {
        match &mut self.mending {
            Some(mending) => &mut mending.raw,
            None => &mut self.chunk,
        }
    }

    /// Ends that.
    pub(super) fn end_many(&mut self) {
        while let Some(event) = self.mending.as_mut().and_then(|mending| mending.raw.pop_front()) {
            self.mend(event);
        }
        if let Some(mending) = &mut self.mending {
            mending.raw.clear();
        }
    }

    /// What was done about damage.
    pub(super) fn counts(&self) -> &[Count] {
        self.mending.as_ref().map_or(&[], |mending| mending.mender.counts())
    }
}
