//! The frontier: the next event of each thread, by time.
//!
//! A binary heap whose head is the earliest. Clocks tick every 64 ns on Linux, so threads often have events
//! at the same time, and then the moves of the heap decide which one comes first. They are those of Go's
//! reader, move by move. When the head can't have happened yet, the heap is sorted and the others
//! are tried in order; a sorted heap is still a heap. (Beyond twelve threads Go's sort does not keep equals
//! in their order, and there any order is right. Ours does keep it.)
//!
//! Source: Go 1.27.3 `internal/trace/batchcursor.go`, `reader.go`.

use goscope_wire::{EVENT_WINDOW, ErrorKind, TimedEvent};

use super::{Args, Candidate, ThreadPlace};
use crate::{
    generation::{EventBatch, Generation, PADDING},
    time::TraceTime,
};

/// The place of reading in the batches of a thread, and the event there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    thread: ThreadPlace,
    /// Which of [`Generation::threads`].
    index: u32,
    /// How many of its batches have been entered.
    batch: u32,
    /// Which event.
    id: u8,
    /// Where its arguments behind the time begin.
    args: u8,
    /// Where in [`Generation::bytes`] it starts and its batch ends.
    at: usize,
    end: usize,
    time: TraceTime,
}

impl Cursor {
    /// A cursor before the first event.
    pub(crate) fn new(index: usize, thread: ThreadPlace) -> Self {
        let (index, time) = (index as u32, TraceTime::default());
        Self { thread, index, batch: 0, id: 0, args: 0, at: 0, end: 0, time }
    }

    /// The bytes from the cursor on.
    #[inline]
    pub(crate) fn rest<'a>(&self, generation: &'a Generation) -> &'a [u8] {
        generation.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes to the event behind the one at the cursor, which is so many bytes long, and `rest` with it. `false`
    /// at the end.
    #[inline(always)]
    pub(crate) fn advance<'a>(
        &mut self,
        len: usize,
        rest: &mut &'a [u8],
        generation: &'a Generation,
    ) -> Result<bool, ErrorKind> {
        self.at += len;
        *rest = rest.get(len..).unwrap_or_default();
        if self.at == self.end {
            match self.entered(generation) {
                Some(cursor) => *self = cursor,
                None => return Ok(false),
            }
            *rest = self.rest(generation);
        }
        match TimedEvent::decode(generation.table, window(rest)) {
            Some(event) if self.at + event.len <= self.end => {
                (self.id, self.args) = (event.id.0, event.len as u8);
                self.time = self.time.after(generation.tick.nanoseconds(event.delta));
                Ok(true)
            }
            _ => Err(self.fault(generation)),
        }
    }

    /// Goes to the first event of the next batch. `false` at the end.
    pub(crate) fn start(&mut self, generation: &Generation) -> Result<bool, ErrorKind> {
        self.advance(0, &mut self.rest(generation), generation)
    }

    /// The cursor at the start of the next batch that is not empty. By value, because a cursor whose address
    /// is known to others can't be kept in registers.
    #[cold]
    #[inline(never)]
    fn entered(self, generation: &Generation) -> Option<Self> {
        let batches = &generation.threads[self.index as usize].batches;
        let behind = batches.iter().enumerate().skip(self.batch as usize);
        let (place, batch) = behind.into_iter().find(|(_, batch)| batch.start < batch.end)?;
        let EventBatch { time, start, end } = *batch;
        Some(Self { batch: place as u32 + 1, at: start, end, time: generation.tick.time(time), ..self })
    }

    /// Passes over what is left of the batch.
    pub(crate) fn leave_batch(&mut self) -> usize {
        let len = self.end - self.at;
        self.at = self.end;
        len
    }

    /// Why the bytes at the cursor are no event.
    #[cold]
    #[inline(never)]
    pub(crate) fn fault(self, generation: &Generation) -> ErrorKind {
        TimedEvent::fault(generation.version, &generation.bytes[self.at..self.end])
    }

    fn bytes_left(&self, generation: &Generation) -> u64 {
        let later = &generation.threads[self.index as usize].batches[self.batch as usize..];
        let later: usize = later.iter().map(|batch| batch.end - batch.start).sum();
        (self.end - self.at + later) as u64
    }

    pub(crate) fn thread(&self) -> ThreadPlace {
        self.thread
    }

    pub(crate) fn time(&self) -> TraceTime {
        self.time
    }

    /// The event at the cursor, and its arguments in `rest`.
    #[inline(always)]
    pub(crate) fn candidate<'a>(
        &self,
        rest: &'a [u8],
        generation: &'a Generation,
    ) -> (Candidate<'a>, Args<'a>) {
        let Self { id, time, thread, .. } = *self;
        let args = Args { window: window(rest), at: usize::from(self.args), end: self.end - self.at };
        (Candidate { id, time, thread, generation }, args)
    }
}

/// As many bytes as the longest event has.
#[inline(always)]
fn window(rest: &[u8]) -> &[u8; EVENT_WINDOW] {
    rest.first_chunk().unwrap_or(&PADDING)
}

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

    /// Forgets the cursors of the generation before.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn insert(&mut self, cursor: Cursor) {
        let head = Head { time: cursor.time, cursor: self.cursors.len() as u32 };
        self.cursors.push(cursor);
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

    /// Puts the cursor at `place` back, with its new event, and moves it to where that belongs.
    #[inline(always)]
    pub(crate) fn put(&mut self, place: usize, cursor: Cursor) {
        *self.get(place) = cursor;
        self.heads[place].time = cursor.time;
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
