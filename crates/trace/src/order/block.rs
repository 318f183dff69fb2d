//! Events of one thread, decoded a block at a time, ahead of the order.
//!
//! Whether an event can have happened depends on other threads; what its bytes say does not. So bytes become numbers
//! in a loop that does nothing else ([`Rest`](super::rest::Rest)), and the order finds times and arguments side by side
//! in memory.
//!
//! Nearly all events are of the types that have an [`Op`] of their own. Their arguments are decoded, strings and
//! stacks are those of the trace. Of all others only the time is, and where the arguments are.
//!
//! Invariant: the arguments of an event in a block are all there, and end where its batch does or before.

use crate::{tables::StackId, time::TraceTime};

/// What the order has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    /// The goroutine [`Decoded::subject`] starts, in the turn [`Decoded::number`].
    GoStart,
    /// The goroutine [`Decoded::subject`] is made ready, in the turn [`Decoded::number`].
    GoUnblock,
    /// The running goroutine waits, for the reason [`Decoded::number`], a string of the trace.
    GoBlock,
    /// The running goroutine gives up its thread, for the reason [`Decoded::number`], a string of the trace.
    GoStop,
    /// The goroutine [`Decoded::subject`] is created, and will start in [`Decoded::number`], a stack of the trace.
    GoCreate,
    /// The running goroutine ends.
    GoDestroy,
    /// The running goroutine hands over to the goroutine [`Decoded::subject`], in its turn [`Decoded::number`].
    GoSwitch,
    /// The running goroutine enters a system call, in the turn [`Decoded::number`] of its proc.
    SyscallBegin,
    /// The goroutine comes back from a system call, and has kept its proc.
    SyscallEnd,
    /// The heap has [`Decoded::subject`] bytes.
    HeapAlloc,
    /// A region of the task [`Decoded::subject`] begins, with the name [`Decoded::number`], a string of the trace.
    RegionBegin,
    /// Such a region ends.
    RegionEnd,
    /// Something else: the event is [`Decoded::number`], and its arguments are at [`Decoded::subject`] of the bytes.
    Other,
}

/// An event of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoded {
    pub(crate) time: TraceTime,
    pub(crate) subject: u64,
    pub(crate) number: u32,
    pub(crate) stack: StackId,
    pub(crate) op: Op,
}

impl Decoded {
    const NONE: Self =
        Self { time: TraceTime(0), subject: 0, number: 0, stack: StackId::NONE, op: Op::Other };

    /// Sets all but the time.
    #[inline(always)]
    pub(super) fn set(&mut self, op: Op, subject: u64, number: u32, stack: StackId) {
        (self.op, self.subject, self.number, self.stack) = (op, subject, number, stack);
    }
}

/// Some events of a batch, in their order.
#[derive(Default, Debug)]
pub(crate) struct Block {
    pub(super) len: usize,
    /// Which batch of the thread they are of, counted from 1.
    pub(super) batch: u32,
    /// Where in the bytes of the generation the first one begins.
    pub(super) start: usize,
    pub(super) events: Vec<Decoded>,
}

impl Block {
    /// The events.
    #[inline(always)]
    pub(super) fn events(&self) -> &[Decoded] {
        &self.events[..self.len]
    }

    /// Makes room for so many events, and for no more.
    #[inline]
    pub(super) fn make_room(&mut self, count: usize) -> &mut [Decoded] {
        if self.events.len() < count {
            self.events.resize(count, Decoded::NONE);
        }
        &mut self.events[..count]
    }
}
