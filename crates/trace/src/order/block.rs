//! Events of one thread, decoded a block at a time, ahead of the order.
//!
//! Whether an event can have happened depends on other threads; what its bytes say does not. So bytes become numbers
//! here, in a loop that does nothing else, and the order finds times and arguments side by side in memory.
//!
//! Nine of ten events are of the three types that have an [`Op`] of their own. Their arguments are decoded, strings
//! and stacks are those of the trace. Of all others only the time is, and where the arguments are.
//!
//! Invariant: the arguments of an event in a block are all there, and end where its batch does or before.

use goscope_wire::{BatchEvents, ErrorKind, Numbers};

use crate::{
    event_id,
    generation::{EventBatch, Generation},
    tables::StackId,
    time::TraceTime,
};

/// So many events fit: enough for a loop to get going, and few enough that the blocks of some threads stay in the
/// processor's nearest memory.
const CAPACITY: usize = 128;

/// What the order has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    /// The goroutine [`Decoded::subject`] starts, in the turn [`Decoded::number`].
    GoStart,
    /// The goroutine [`Decoded::subject`] is made ready, in the turn [`Decoded::number`].
    GoUnblock,
    /// The running goroutine waits, for the reason [`Decoded::number`], a string of the trace.
    GoBlock,
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
}

impl Decoded {
    const NONE: Self = Self { time: TraceTime(0), subject: 0, number: 0, stack: StackId::NONE };
}

/// Some events of a batch, in their order.
#[derive(Debug)]
pub(crate) struct Block {
    len: usize,
    /// Where in the bytes of the generation the first one begins.
    start: usize,
    ops: [Op; CAPACITY],
    events: [Decoded; CAPACITY],
}

impl Block {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self { len: 0, start: 0, ops: [Op::Other; CAPACITY], events: [Decoded::NONE; CAPACITY] })
    }

    /// The events.
    #[inline(always)]
    pub(crate) fn events(&self) -> (&[Op], &[Decoded]) {
        (&self.ops[..self.len], &self.events[..self.len])
    }

    /// Where in the bytes of the generation the event with this index begins, found anew.
    #[cold]
    pub(crate) fn offset(&self, index: usize, generation: &Generation) -> usize {
        let mut numbers = Numbers::new(&generation.bytes, self.start);
        for _ in 0..index {
            pass(&mut numbers, generation);
        }
        numbers.at()
    }
}

/// The place in a batch from where on nothing is decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    /// Where in [`Generation::bytes`] the next event starts and the batch ends.
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// The time of the last event.
    time: TraceTime,
}

impl Tail {
    /// Behind the last event of no batch.
    pub(crate) const NOTHING: Self = Self { at: 0, end: 0, time: TraceTime(0) };

    /// The whole of a batch.
    pub(crate) fn of(batch: &EventBatch, generation: &Generation) -> Self {
        Self { at: batch.start, end: batch.end, time: generation.tick.time(batch.time) }
    }

    /// Fills a block with the events that come next. It stays empty if what comes next is no event.
    pub(crate) fn decode(&mut self, generation: &Generation, block: &mut Block) {
        let Self { at, end, mut time } = *self;
        let mut numbers = Numbers::new(&generation.bytes, at);
        let mut len = 0;
        block.start = at;
        for (op, event) in block.ops.iter_mut().zip(&mut block.events) {
            let start = numbers.at();
            if start >= end {
                break;
            }
            let delta = decode(&mut numbers, generation, op, event);
            let Some(delta) = delta.filter(|_| numbers.at() <= end) else {
                numbers = Numbers::new(&generation.bytes, start);
                break;
            };
            time = time.after(generation.tick.nanoseconds(delta));
            event.time = time;
            len += 1;
        }
        block.len = len;
        (self.at, self.time) = (numbers.at(), time);
    }

    /// Why no event comes next.
    #[cold]
    pub(crate) fn fault(&self, generation: &Generation) -> ErrorKind {
        BatchEvents::fault(generation.version, &generation.bytes[self.at..self.end])
    }
}

/// Decodes an event but for its time. Returns how many ticks it is behind the one before.
#[inline(always)]
fn decode(
    numbers: &mut Numbers<'_>,
    generation: &Generation,
    op: &mut Op,
    event: &mut Decoded,
) -> Option<u64> {
    let (id, delta) = numbers.head()?;
    let args_at = numbers.at();
    match id.0 {
        event_id::GO_START => {
            let [goroutine, number] = numbers.args()?;
            if let Ok(number) = u32::try_from(number) {
                *op = Op::GoStart;
                (event.subject, event.number) = (goroutine, number);
                return Some(delta);
            }
        }
        event_id::GO_UNBLOCK => {
            let [goroutine, number, stack] = numbers.args()?;
            if let (Ok(number), Some(stack)) = (u32::try_from(number), generation.known_stack(stack)) {
                *op = Op::GoUnblock;
                (event.subject, event.number, event.stack) = (goroutine, number, stack);
                return Some(delta);
            }
        }
        event_id::GO_BLOCK => {
            let [reason, stack] = numbers.args()?;
            if let (Some(reason), Some(stack)) =
                (generation.known_string(reason), generation.known_stack(stack))
            {
                *op = Op::GoBlock;
                (event.number, event.stack) = (reason.0, stack);
                return Some(delta);
            }
        }
        _ => numbers.pass(generation.table.timed_args(id)?.checked_sub(1)?)?,
    }
    *op = Op::Other;
    (event.subject, event.number) = (args_at as u64, u32::from(id.0));
    Some(delta)
}

/// Passes over an event.
fn pass(numbers: &mut Numbers<'_>, generation: &Generation) -> Option<()> {
    let (id, _) = numbers.head()?;
    numbers.pass(generation.table.timed_args(id)?.checked_sub(1)?)
}
