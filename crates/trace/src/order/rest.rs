//! What of a thread's batches is not decoded yet, and the loop that decodes it.

use goscope_wire::{BatchEvents, ErrorKind, EventHeader, EventHeaders, FormatVersion};

use super::block::{Block, Decoded, Op};
use crate::{
    event_id,
    generation::{EventBatch, Generation},
    tables::StackId,
    time::TraceTime,
};

/// The place in the batches of a thread from where on nothing is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// Which of [`Generation::threads`].
    thread: u32,
    /// How many of its batches have been entered.
    batch: u32,
    /// Where in [`Generation::bytes`] the next event starts and the batch ends.
    at: usize,
    end: usize,
    /// The time of the last event.
    time: TraceTime,
    /// How many events a block gets.
    at_once: usize,
}

impl Rest {
    /// All batches of a thread, of which so many events are decoded at once.
    pub(super) fn new(thread: u32, at_once: usize) -> Self {
        Self { thread, batch: 0, at: 0, end: 0, time: TraceTime(0), at_once }
    }

    /// Fills a block with the events that come next. `false` at the end.
    ///
    /// # Errors
    ///
    /// When what comes next is no event: see [`Self::leave_batch`].
    pub(super) fn decode(&mut self, generation: &Generation, block: &mut Block) -> Result<bool, ErrorKind> {
        while self.at == self.end {
            let batches = &generation.threads[self.thread as usize].batches;
            let Some(batch) = batches.get(self.batch as usize) else { return Ok(false) };
            self.batch += 1;
            (self.at, self.end) = (batch.start, batch.end);
            self.time = generation.tick.time(batch.time);
        }
        self.fill(generation, block);
        match block.len {
            0 => Err(BatchEvents::fault(generation.version, &generation.bytes[self.at..self.end])),
            _ => Ok(true),
        }
    }

    /// Passes over what is left of the batch, which [`Self::decode`] can't decode. Returns how many bytes that are.
    pub(super) fn leave_batch(&mut self) -> usize {
        let len = self.end - self.at;
        self.at = self.end;
        len
    }

    fn fill(&mut self, generation: &Generation, block: &mut Block) {
        let Self { mut at, end, mut time, .. } = *self;
        (block.start, block.batch) = (at, self.batch);
        // No event is shorter than two bytes: what a small file asks for is little.
        let events = block.make_room(self.at_once.min((end - at).div_ceil(2)));
        let fronts = EventHeaders::new(&generation.bytes, end);
        let mut len = 0;
        for event in events {
            let Some(front) = fronts.at(at) else { break };
            let Some(behind) = decode(front, generation, event).filter(|behind| *behind <= end) else {
                break;
            };
            at = behind;
            time = time.after(generation.tick.nanoseconds(front.delta));
            event.time = time;
            len += 1;
        }
        block.len = len;
        (self.at, self.time) = (at, time);
    }
}

/// Decodes an event but for its time. Returns where it ends.
#[inline(always)]
fn decode(front: EventHeader<'_>, generation: &Generation, event: &mut Decoded) -> Option<usize> {
    let end = match front.id.0 {
        event_id::GO_START => {
            let ([goroutine, number], end) = front.args()?;
            if let Ok(number) = u32::try_from(number) {
                event.set(Op::GoStart, goroutine, number, StackId::NONE);
                return Some(end);
            }
            end
        }
        event_id::GO_UNBLOCK => {
            let ([goroutine, number, stack], end) = front.args()?;
            if let Ok(number) = u32::try_from(number)
                && let Some(stack) = generation.known_stack(stack)
            {
                event.set(Op::GoUnblock, goroutine, number, stack);
                return Some(end);
            }
            end
        }
        event_id::GO_BLOCK => {
            let ([reason, stack], end) = front.args()?;
            if let Some(reason) = generation.known_string(reason)
                && let Some(stack) = generation.known_stack(stack)
            {
                event.set(Op::GoBlock, 0, reason.0, stack);
                return Some(end);
            }
            end
        }
        event_id::GO_STOP => {
            let ([reason, stack], end) = front.args()?;
            if let Some(reason) = generation.known_string(reason)
                && let Some(stack) = generation.known_stack(stack)
            {
                event.set(Op::GoStop, 0, reason.0, stack);
                return Some(end);
            }
            end
        }
        event_id::GO_CREATE => {
            let ([goroutine, new_stack, stack], end) = front.args()?;
            if let Some(new_stack) = generation.known_stack(new_stack)
                && let Some(stack) = generation.known_stack(stack)
            {
                event.set(Op::GoCreate, goroutine, new_stack.0, stack);
                return Some(end);
            }
            end
        }
        event_id::GO_DESTROY => {
            event.set(Op::GoDestroy, 0, 0, StackId::NONE);
            return Some(front.args_at());
        }
        // It came with 1.23.
        event_id::GO_SWITCH if generation.version >= FormatVersion::V1_23 => {
            let ([goroutine, number], end) = front.args()?;
            if let Ok(number) = u32::try_from(number) {
                event.set(Op::GoSwitch, goroutine, number, StackId::NONE);
                return Some(end);
            }
            end
        }
        event_id::GO_SYSCALL_BEGIN => {
            let ([number, stack], end) = front.args()?;
            if let Ok(number) = u32::try_from(number)
                && let Some(stack) = generation.known_stack(stack)
            {
                event.set(Op::SyscallBegin, 0, number, stack);
                return Some(end);
            }
            end
        }
        event_id::GO_SYSCALL_END => {
            event.set(Op::SyscallEnd, 0, 0, StackId::NONE);
            return Some(front.args_at());
        }
        event_id::HEAP_ALLOC => {
            let ([bytes], end) = front.args()?;
            event.set(Op::HeapAlloc, bytes, 0, StackId::NONE);
            return Some(end);
        }
        id @ (event_id::USER_REGION_BEGIN | event_id::USER_REGION_END) => {
            let ([task, name, stack], end) = front.args()?;
            if let Some(name) = generation.known_string(name)
                && let Some(stack) = generation.known_stack(stack)
            {
                let op = if id == event_id::USER_REGION_BEGIN { Op::RegionBegin } else { Op::RegionEnd };
                event.set(op, task, name.0, stack);
                return Some(end);
            }
            end
        }
        _ => behind(front, generation)?,
    };
    event.set(Op::Other, front.args_at() as u64, u32::from(front.id.0), StackId::NONE);
    Some(end)
}

/// How many bytes of a thread's events come after the first `count` of a block.
#[cold]
pub(super) fn bytes_behind(block: &Block, count: usize, thread: u32, generation: &Generation) -> u64 {
    let batches = &generation.threads[thread as usize].batches;
    let end = batch_of(block, thread, generation).map_or(block.start, |batch| batch.end);
    let later = batches.iter().skip(block.batch as usize);
    let later: usize = later.map(|batch| batch.end - batch.start).sum();
    (end - place_behind(block, count, end, generation) + later) as u64
}

/// Where in the file the event begins that comes after the first `count` of a block.
#[cold]
pub(super) fn offset_behind(block: &Block, count: usize, thread: u32, generation: &Generation) -> u64 {
    let Some(batch) = batch_of(block, thread, generation) else { return 0 };
    let place = place_behind(block, count, batch.end, generation);
    batch.offset + (place - batch.start) as u64
}

/// The batch that the events of a block are of.
fn batch_of<'a>(block: &Block, thread: u32, generation: &'a Generation) -> Option<&'a EventBatch> {
    generation.threads[thread as usize].batches.get(block.batch.wrapping_sub(1) as usize)
}

/// Where in the bytes of the generation the first `count` events of a block end, which are of a batch that ends at
/// `end`.
fn place_behind(block: &Block, count: usize, end: usize, generation: &Generation) -> usize {
    let fronts = EventHeaders::new(&generation.bytes, end);
    let mut at = block.start;
    for _ in 0..count {
        at = fronts.at(at).and_then(|front| behind(front, generation)).unwrap_or(end);
    }
    at
}

/// Where an event ends.
#[inline(always)]
fn behind(front: EventHeader<'_>, generation: &Generation) -> Option<usize> {
    front.end(generation.table.timed_args(front.id)?.checked_sub(1)?)
}
