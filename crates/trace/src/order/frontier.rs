//! The frontier: the next event of each thread, by time.
//!
//! A binary heap whose head is the earliest. Clocks tick every 64 ns on Linux, so threads often have events
//! at the same time, and then the moves of the heap decide which one comes first. They are those of Go's
//! reader, move by move. When the head can't have happened yet, the heap is sorted and the others
//! are tried in order; a sorted heap is still a heap. (Beyond twelve threads Go's sort does not keep equals
//! in their order, and there any order is right. Ours does keep it.)
//!
//! Source: Go 1.27.3 `internal/trace/batchcursor.go`, `reader.go`.

use goscope_wire::{BatchEvents, ErrorKind, FormatVersion};

use super::{BoundThread, Candidate};
use crate::{
    generation::{EventBatch, Generation},
    time::TraceTime,
};

/// The place of reading in the batches of a thread, and the event there.
#[derive(Debug)]
pub(crate) struct Cursor {
    thread: BoundThread,
    /// Which of [`Generation::threads`].
    index: usize,
    batch: usize,
    /// Where in [`Generation::bytes`] the next event starts and its batch ends.
    at: usize,
    end: usize,
    event: BatchEvents,
    time: TraceTime,
}

impl Cursor {
    /// A cursor before the first event.
    pub(crate) fn new(index: usize, thread: BoundThread, version: FormatVersion) -> Self {
        let event = BatchEvents::new(version);
        Self { thread, index, batch: 0, at: 0, end: 0, event, time: TraceTime::default() }
    }

    /// Goes to the next event. `false` at the end.
    #[inline]
    pub(crate) fn advance(&mut self, generation: &Generation) -> Result<bool, ErrorKind> {
        while self.at == self.end {
            let Some(batch) = generation.threads[self.index].batches.get(self.batch) else {
                return Ok(false);
            };
            self.enter(batch, generation);
        }
        let len = self.event.decode(&generation.bytes[self.at..self.end])?;
        self.at += len;
        self.time = self.time.after(generation.tick.nanoseconds(self.event.args()[0]));
        Ok(true)
    }

    fn enter(&mut self, batch: &EventBatch, generation: &Generation) {
        (self.at, self.end) = (batch.start, batch.end);
        self.batch += 1;
        self.time = generation.tick.time(batch.time);
    }

    pub(crate) fn thread(&self) -> BoundThread {
        self.thread
    }

    /// Notes where the state of the thread is.
    pub(crate) fn bind(&mut self, thread: BoundThread) {
        self.thread = thread;
    }

    /// The event at the cursor.
    #[inline]
    pub(crate) fn candidate<'a>(&'a self, generation: &'a Generation) -> Candidate<'a> {
        let [_, args @ ..] = self.event.args();
        Candidate { id: self.event.id().0, time: self.time, args, generation }
    }
}

/// The cursors of all threads that have events left.
#[derive(Default, Debug)]
pub(crate) struct Frontier {
    heap: Vec<Head>,
    cursors: Vec<Cursor>,
}

/// The time of a cursor's event, and which cursor: what the heap moves around.
#[derive(Clone, Copy, Debug)]
struct Head {
    time: TraceTime,
    cursor: u32,
}

impl Frontier {
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// The time of the earliest event.
    #[inline]
    pub(crate) fn time(&self) -> Option<TraceTime> {
        self.heap.first().map(|head| head.time)
    }

    /// The cursor at a place of the heap.
    #[inline]
    pub(crate) fn get(&mut self, place: usize) -> &mut Cursor {
        &mut self.cursors[self.heap[place].cursor as usize]
    }

    /// Forgets the cursors of the generation before.
    pub(crate) fn clear(&mut self) {
        self.heap.clear();
        self.cursors.clear();
    }

    pub(crate) fn insert(&mut self, cursor: Cursor) {
        self.heap.push(Head { time: cursor.time, cursor: self.cursors.len() as u32 });
        self.cursors.push(cursor);
        self.sift_up(self.heap.len() - 1);
    }

    /// Brings all cursors into the order of their times.
    pub(crate) fn sort(&mut self) {
        self.heap.sort_by_key(|head| head.time);
    }

    /// Moves the cursor at `place` on, and then to where its new event belongs.
    #[inline]
    pub(crate) fn advance(&mut self, place: usize, generation: &Generation) -> Result<(), ErrorKind> {
        let cursor = self.get(place);
        if !cursor.advance(generation)? {
            self.remove(place);
            return Ok(());
        }
        self.heap[place].time = cursor.time;
        if self.sift_up(place) == place {
            self.sift_down(place);
        }
        Ok(())
    }

    fn remove(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            self.heap.swap(place, parent);
            place = parent;
        }
        self.heap.swap_remove(0);
        self.sift_down(0);
    }

    #[inline]
    fn sift_up(&mut self, mut place: usize) -> usize {
        while place > 0 && self.heap[(place - 1) / 2].time > self.heap[place].time {
            self.heap.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        place
    }

    #[inline]
    fn sift_down(&mut self, mut place: usize) {
        loop {
            let least = self.least_of(place);
            if least == place {
                return;
            }
            self.heap.swap(place, least);
            place = least;
        }
    }

    /// Which of a place and the two below it has the earliest event: the first of equals.
    #[inline]
    fn least_of(&self, place: usize) -> usize {
        let mut least = place;
        for child in [2 * place + 1, 2 * place + 2] {
            if self.heap.get(child).is_some_and(|head| head.time < self.heap[least].time) {
                least = child;
            }
        }
        least
    }
}
