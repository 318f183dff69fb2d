//! The frontier: the next event of each thread, by time.
//!
//! A binary heap whose head is the earliest. Clocks tick every 64 ns on Linux, so threads often have events
//! at the same time, and then the moves of the heap decide which one comes first. They are those of Go's
//! reader, move by move. When the head can't have happened yet, the heap is sorted and the others
//! are tried in order; a sorted heap is still a heap. (Beyond twelve threads Go's sort does not keep equals
//! in their order, and there any order is right. Ours does keep it.)
//!
//! Source: Go 1.27.3 `internal/trace/batchcursor.go`, `reader.go`.

use foldhash::HashMap;

use super::{block::Block, cursor::Cursor};
use crate::{generation::Generation, id::ThreadId, time::TraceTime};

/// The cursors of all threads that have events left.
#[derive(Default, Debug)]
pub(crate) struct Frontier {
    /// The heap is the first `len` of these. Behind it stand heads that come after all others, so that each
    /// place of the heap has two below it.
    heads: Vec<Head>,
    len: usize,
    cursors: Vec<Cursor>,
}

/// The time of a cursor's event, and which cursor: what the heap moves around.
#[derive(Clone, Copy, Debug)]
struct Head {
    time: TraceTime,
    cursor: u32,
}

impl Head {
    const LAST: Self = Self { time: TraceTime(i64::MAX), cursor: u32::MAX };
}

impl Frontier {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The time of the earliest event.
    #[inline]
    pub(crate) fn time(&self) -> Option<TraceTime> {
        if self.len == 0 { None } else { Some(self.heads[0].time) }
    }

    /// The cursor at a place of the heap.
    #[inline]
    pub(crate) fn get(&mut self, place: usize) -> &mut Cursor {
        &mut self.cursors[self.heads[place].cursor as usize]
    }

    /// Forgets the cursors of the generation before. Returns their blocks.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Box<Block>> {
        self.heads.clear();
        self.len = 0;
        self.cursors.drain(..).map(|cursor| cursor.block)
    }

    pub(crate) fn insert(&mut self, cursor: Cursor) {
        self.cursors.push(cursor);
        self.bring_back(self.cursors.len() as u32 - 1);
    }

    /// Takes the head out of the heap, until [`Self::bring_back`]. Returns its cursor.
    pub(crate) fn take_out(&mut self) -> u32 {
        let cursor = self.heads[0].cursor;
        self.remove(0);
        cursor
    }

    /// Adds a cursor to the heap that is not there.
    pub(crate) fn bring_back(&mut self, cursor: u32) {
        let head = Head { time: self.cursors[cursor as usize].time(), cursor };
        self.len += 1;
        self.heads.resize(2 * self.len + 1, Head::LAST);
        self.heads[self.len - 1] = head;
        self.sift_up(self.len - 1);
    }

    /// Brings all cursors into the order of their times.
    pub(crate) fn sort(&mut self) {
        self.heads[..self.len].sort_by_key(|head| head.time);
    }

    /// The time up to which the head stays the head: that of the next one.
    #[inline]
    pub(crate) fn next_time(&self) -> TraceTime {
        match self.heads.get(1..3) {
            Some([left, right]) => left.time.min(right.time),
            _ => TraceTime(i64::MAX),
        }
    }

    /// Moves the cursor at `place`, whose next event is another one now, to where that belongs.
    #[inline(always)]
    pub(crate) fn settle(&mut self, place: usize) {
        self.heads[place].time = self.get(place).time();
        if place == 0 || self.sift_up(place) == place {
            self.sift_down(place);
        }
    }

    /// The bytes of events that the cursors have not come to.
    pub(crate) fn bytes_left(&self, generation: &Generation) -> u64 {
        let left = self.heads[..self.len]
            .iter()
            .map(|head| self.cursors[head.cursor as usize].bytes_left(generation));
        left.sum()
    }

    /// Where in the file each cursor stands, those that are at their end too.
    pub(crate) fn offsets(&self, generation: &Generation) -> HashMap<ThreadId, u64> {
        let offset =
            |cursor: &Cursor| (generation.threads[cursor.index as usize].thread, cursor.offset(generation));
        self.cursors.iter().map(offset).collect()
    }

    /// Gives up a thread.
    pub(crate) fn remove(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            self.heads.swap(place, parent);
            place = parent;
        }
        self.len -= 1;
        self.heads.swap(0, self.len);
        self.heads[self.len] = Head::LAST;
        self.sift_down(0);
    }

    #[inline]
    fn sift_up(&mut self, mut place: usize) -> usize {
        while place > 0 && self.heads[(place - 1) / 2].time > self.heads[place].time {
            self.heads.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        place
    }

    /// Moves a head down as long as one below it is earlier: the earlier of the two, the first of equals.
    #[inline(always)]
    fn sift_down(&mut self, mut place: usize) {
        let heads = self.heads.as_mut_slice();
        let head = heads[place];
        while let Some([left, right]) = heads.get(2 * place + 1..).and_then(|below| below.first_chunk()) {
            let (least, below) = if right.time < left.time { (*right, 2) } else { (*left, 1) };
            if least.time >= head.time {
                break;
            }
            heads[place] = least;
            place = 2 * place + below;
        }
        heads[place] = head;
    }
}
