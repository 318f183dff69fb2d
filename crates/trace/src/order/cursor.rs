//! The place of reading in the events of a thread.

use super::{
    ThreadPlace,
    block::{Block, Decoded},
    rest,
};
use crate::{generation::Generation, time::TraceTime};

/// A thread of a generation, and its next event.
#[derive(Debug)]
pub(crate) struct Cursor {
    thread: ThreadPlace,
    /// Which of [`Generation::threads`].
    pub(super) index: u32,
    pub(super) block: Box<Block>,
    /// Which event of the block comes next.
    next: usize,
}

impl Cursor {
    /// A cursor before the first event, with a block to use.
    pub(super) fn new(index: u32, thread: ThreadPlace, block: Box<Block>) -> Self {
        Self { thread, index, block, next: 0 }
    }

    /// Goes to the first event of the block, which is another one now.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    /// Stays at the end: there are no more events.
    pub(super) fn finish(&mut self) {
        self.next = self.block.len;
    }

    /// Where in the file the next event begins.
    pub(super) fn offset(&self, generation: &Generation) -> u64 {
        rest::offset_behind(&self.block, self.next, self.index, generation)
    }

    /// How many bytes of events have not had their turn.
    pub(super) fn bytes_left(&self, generation: &Generation) -> u64 {
        rest::bytes_behind(&self.block, self.next, self.index, generation)
    }

    pub(super) fn thread(&self) -> ThreadPlace {
        self.thread
    }

    /// The next events, as many as are decoded: one at least, unless the end was reached.
    #[inline(always)]
    pub(super) fn events(&self) -> &[Decoded] {
        &self.block.events()[self.next..]
    }

    /// The time of the next event.
    #[inline(always)]
    pub(super) fn time(&self) -> TraceTime {
        self.block.events().get(self.next).map_or(TraceTime(i64::MAX), |event| event.time)
    }

    /// Passes over so many events. Returns whether there are more in the block.
    #[inline(always)]
    pub(super) fn pass(&mut self, count: usize) -> bool {
        self.next += count;
        self.next < self.block.len
    }
}
