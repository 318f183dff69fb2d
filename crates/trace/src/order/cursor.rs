//! The place of reading in the batches of a thread.

use goscope_wire::ErrorKind;

use super::{
    ThreadPlace,
    block::{Block, Decoded, Op, Tail},
};
use crate::{generation::Generation, time::TraceTime};

/// A thread of a generation, and its next event.
#[derive(Debug)]
pub(crate) struct Cursor {
    thread: ThreadPlace,
    /// Which of [`Generation::threads`].
    index: u32,
    /// How many of its batches have been entered.
    batch: u32,
    /// What of the last of them is not decoded yet.
    tail: Tail,
    block: Box<Block>,
    /// Which event of the block comes next.
    next: usize,
}

impl Cursor {
    /// A cursor before the first event, with a block to use.
    pub(crate) fn new(index: usize, thread: ThreadPlace, block: Box<Block>) -> Self {
        Self { thread, index: index as u32, batch: 0, tail: Tail::NOTHING, block, next: 0 }
    }

    /// Gives up the block, for others to use.
    pub(crate) fn into_block(self) -> Box<Block> {
        self.block
    }

    /// Goes to the first event behind the block. `false` at the end.
    ///
    /// # Errors
    ///
    /// When what comes next is no event: see [`Self::leave_batch`].
    #[cold]
    #[inline(never)]
    pub(crate) fn refill(&mut self, generation: &Generation) -> Result<bool, ErrorKind> {
        self.next = 0;
        while self.tail.at == self.tail.end {
            let batches = &generation.threads[self.index as usize].batches;
            let Some(batch) = batches.get(self.batch as usize) else { return Ok(false) };
            self.batch += 1;
            self.tail = Tail::of(batch, generation);
        }
        self.tail.decode(generation, &mut self.block);
        if self.block.events().0.is_empty() { Err(self.tail.fault(generation)) } else { Ok(true) }
    }

    /// Passes over what is left of the batch, which [`Self::refill`] can't decode. Returns how many bytes that are.
    pub(crate) fn leave_batch(&mut self) -> usize {
        let len = self.tail.end - self.tail.at;
        self.tail.at = self.tail.end;
        len
    }

    /// How many bytes of events have not had their turn.
    pub(crate) fn bytes_left(&self, generation: &Generation) -> u64 {
        let later = &generation.threads[self.index as usize].batches[self.batch as usize..];
        let later: usize = later.iter().map(|batch| batch.end - batch.start).sum();
        (self.tail.end - self.block.offset(self.next, generation) + later) as u64
    }

    pub(crate) fn thread(&self) -> ThreadPlace {
        self.thread
    }

    /// The next events, as many as are decoded: one at least, unless the end was reached.
    #[inline(always)]
    pub(crate) fn events(&self) -> (&[Op], &[Decoded]) {
        let (ops, events) = self.block.events();
        (&ops[self.next..], &events[self.next..])
    }

    /// The time of the next event.
    #[inline(always)]
    pub(crate) fn time(&self) -> TraceTime {
        self.block.events().1.get(self.next).map_or(TraceTime(i64::MAX), |event| event.time)
    }

    /// Passes over so many events. Returns whether there are more in the block.
    #[inline(always)]
    pub(crate) fn pass(&mut self, count: usize) -> bool {
        self.next += count;
        self.next < self.block.events().0.len()
    }
}
