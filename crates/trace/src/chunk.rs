//! A chunk of ordered events, in columns.
//!
//! This is how events leave the order: each column is filled in place, and the chunk is used again for the
//! events that follow. Who reads only times and kinds touches nothing else. [`Event`] is a row, put together
//! when it is asked for.
//!
//! What only some kinds have is packed into two numbers and a byte ([`Packed`]); what does not fit there, of
//! kinds that are rare, lies in a list apart.
//!
//! Invariant: no two events have the same time; of events that happen at the same time, the later one is moved
//! by a nanosecond.

mod packed;

use std::ops::ControlFlow;

use packed::Packed;

use crate::{
    event::{Event, EventKind},
    id::{GoId, ProcId, ThreadId},
    kind::Kind,
    tables::StackId,
    time::TraceTime,
};

/// So many events fit: as many as stay in the processor's nearest memory with what else is at work there.
const CAPACITY: usize = 256;

/// The most events that one record of a file becomes, with what a salvaging reader adds.
const MARGIN: usize = 8;

/// One value for each event of a chunk.
type Column<T> = [T; CAPACITY];

/// Ordered events, in columns of the same length.
///
/// ```
/// use goscope_trace::{Kind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut transitions = 0;
/// while let Some(chunk) = reader.next_chunk()? {
///     transitions += chunk.kinds().iter().filter(|kind| **kind == Kind::GoTransition).count();
/// }
/// assert!(transitions > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
pub struct Chunk {
    len: usize,
    /// The events before this one have been handed out one by one.
    start: usize,
    /// The time of the last event, be it of an earlier chunk.
    now: TraceTime,
    columns: Box<Columns>,
    /// What does not fit into a [`Packed`], which has the place here.
    wide: Vec<EventKind>,
}

/// Together, so that there is one place in memory to keep in mind.
struct Columns {
    times: Column<TraceTime>,
    threads: Column<ThreadId>,
    procs: Column<ProcId>,
    goroutines: Column<GoId>,
    stacks: Column<StackId>,
    packed: Column<Packed>,
    kinds: Column<Kind>,
}

impl Chunk {
    /// An empty chunk of a trace whose events come after `before`.
    pub(crate) fn new(before: TraceTime) -> Self {
        let columns = Columns {
            times: [TraceTime(0); CAPACITY],
            threads: [ThreadId::NONE; CAPACITY],
            procs: [ProcId::NONE; CAPACITY],
            goroutines: [GoId::NONE; CAPACITY],
            stacks: [StackId::NONE; CAPACITY],
            packed: [Packed::default(); CAPACITY],
            kinds: [Kind::Sync; CAPACITY],
        };
        Self { len: 0, start: 0, now: before, columns: Box::new(columns), wide: Vec::new() }
    }

    /// The number of events: at most 256. It is that of the values of each column.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut events = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     assert!(!chunk.is_empty() && chunk.len() == chunk.times().len());
    ///     events += chunk.len();
    /// }
    /// println!("{events} events");
    /// # assert!(events > 256);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.len - self.start
    }

    /// Whether there are none. A reader gives no such chunk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == self.start
    }

    /// When each event happened, in nanoseconds. Each time is later than the one before.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut longest = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     longest = chunk.times().windows(2).map(|pair| pair[1].0 - pair[0].0).fold(longest, i64::max);
    /// }
    /// println!("nothing happened for {longest} ns");
    /// # assert!(longest > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn times(&self) -> &[TraceTime] {
        &self.columns.times[self.start..self.len]
    }

    /// What kind each event is of.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.columns.kinds[self.start..self.len]
    }

    /// The thread of each event, or [`ThreadId::NONE`].
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut places = HashMap::new(); // the events on each thread, proc and goroutine
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     for ((thread, proc), goroutine) in chunk.threads().iter().zip(chunk.procs()).zip(chunk.goroutines()) {
    ///         *places.entry((*thread, *proc, *goroutine)).or_insert(0) += 1;
    ///     }
    /// }
    /// assert!(places.len() > 10);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn threads(&self) -> &[ThreadId] {
        &self.columns.threads[self.start..self.len]
    }

    /// The proc that the thread of each event had, or [`ProcId::NONE`]. [`Self::threads`] has an example.
    #[must_use]
    pub fn procs(&self) -> &[ProcId] {
        &self.columns.procs[self.start..self.len]
    }

    /// The goroutine that ran where each event happened, or [`GoId::NONE`]. [`Self::threads`] has an example.
    #[must_use]
    pub fn goroutines(&self) -> &[GoId] {
        &self.columns.goroutines[self.start..self.len]
    }

    /// What that goroutine was executing, or [`StackId::NONE`].
    ///
    /// ```
    /// use goscope_trace::{Reader, StackId};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut with_stack = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     with_stack += chunk.stacks().iter().filter(|stack| **stack != StackId::NONE).count();
    /// }
    /// assert!(with_stack > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn stacks(&self) -> &[StackId] {
        &self.columns.stacks[self.start..self.len]
    }

    /// The event with this index from 0, or `None` behind the last one.
    ///
    /// ```
    /// use goscope_trace::{Kind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     let metrics = (0..chunk.len()).filter(|index| chunk.kinds()[*index] == Kind::Metric);
    ///     metrics.filter_map(|index| chunk.get(index)).for_each(|event| println!("{:?}", event.kind));
    ///     # assert!(chunk.get(chunk.len()).is_none());
    /// }
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Event> {
        if index < self.len() { Some(self.row(self.start + index)) } else { None }
    }

    /// The events, put together one by one.
    ///
    /// ```
    /// use goscope_trace::{EventKind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// let mut stops = 0;
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     stops += chunk.iter().filter(|event| matches!(event.kind, EventKind::RangeBegin(_))).count();
    /// }
    /// assert!(stops > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        (self.start..self.len).map(|row| self.row(row))
    }

    /// Shows the events to a function, until that has had enough: faster than [`Self::iter`], because no event is moved.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use goscope_trace::{EventKind, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut before) = (Reader::new(file)?, 0);
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     let first_range = chunk.try_for_each(|event| match event.kind {
    ///         EventKind::RangeBegin(_) => ControlFlow::Break(event.time),
    ///         _ => ControlFlow::Continue(before += 1),
    ///     });
    ///     if let ControlFlow::Break(time) = first_range {
    ///         println!("{before} events, then at {time} the first range");
    ///         break;
    ///     }
    /// }
    /// # assert!(before > 0);
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[inline(always)]
    pub fn try_for_each<B>(&self, mut show: impl FnMut(&Event) -> ControlFlow<B>) -> ControlFlow<B> {
        for row in self.start..self.len {
            let event = self.row(row);
            show(&event)?;
        }
        ControlFlow::Continue(())
    }

    #[inline(always)]
    fn row(&self, row: usize) -> Event {
        let columns = &self.columns;
        Event {
            time: columns.times[row],
            thread: columns.threads[row],
            proc: columns.procs[row],
            goroutine: columns.goroutines[row],
            stack: columns.stacks[row],
            kind: columns.packed[row].unpack(columns.kinds[row], &self.wide),
        }
    }

    /// The first event, which the chunk then no longer has.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<Event> {
        let event = self.get(0)?;
        self.start += 1;
        Some(event)
    }

    /// Forgets the events.
    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.len, self.start) = (0, 0);
        self.wide.clear();
    }

    /// Whether what one record becomes still fits.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        has_room(self.len)
    }

    /// The time of the last event.
    pub(crate) fn now(&self) -> TraceTime {
        self.now
    }

    /// Adds an event, where there is room.
    #[inline(always)]
    pub(crate) fn push(&mut self, event: Event) {
        self.writer().push(event);
    }

    /// For adding several events.
    #[inline(always)]
    pub(crate) fn writer(&mut self) -> Writer<'_> {
        let Self { len, now, columns, wide, .. } = self;
        Writer { row: *len, time: *now, len, now, columns, wide }
    }
}

/// Whether what one record becomes still fits behind so many rows.
#[inline(always)]
const fn has_room(rows: usize) -> bool {
    rows <= CAPACITY - MARGIN
}

/// The end of a chunk, where events are added: what changes with each is at hand.
pub(crate) struct Writer<'a> {
    row: usize,
    time: TraceTime,
    len: &'a mut usize,
    now: &'a mut TraceTime,
    columns: &'a mut Columns,
    wide: &'a mut Vec<EventKind>,
}

impl Writer<'_> {
    /// Whether what one record becomes still fits.
    #[inline(always)]
    pub(crate) fn has_room(&self) -> bool {
        has_room(self.row)
    }

    /// Adds an event, where there is room.
    #[inline(always)]
    pub(crate) fn push(&mut self, event: Event) {
        let Self { row, columns, .. } = self;
        // Without a branch: events at the same time are as frequent as others.
        self.time = event.time.max(self.time.next());
        columns.times[*row] = self.time;
        columns.threads[*row] = event.thread;
        columns.procs[*row] = event.proc;
        columns.goroutines[*row] = event.goroutine;
        columns.stacks[*row] = event.stack;
        columns.kinds[*row] = event.kind.kind();
        columns.packed[*row] = Packed::of(event.kind, self.wide);
        *row += 1;
    }
}

impl Drop for Writer<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        (*self.len, *self.now) = (self.row, self.time);
    }
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_the_last_event_there_is_none() {
        let mut chunk = Chunk::new(TraceTime(0));
        let (thread, proc, goroutine) = (ThreadId::NONE, ProcId::NONE, GoId::NONE);
        let (time, stack, kind) = (TraceTime(0), StackId::NONE, EventKind::StackSample);
        (0..2).for_each(|_| chunk.push(Event { time, thread, proc, goroutine, stack, kind }));
        assert_eq!(chunk.pop_front().map(|event| event.time), Some(TraceTime(1)));
        assert_eq!(chunk.get(0).map(|event| event.time), Some(TraceTime(2)));
        assert_eq!([1, usize::MAX].map(|index| chunk.get(index)), [None, None]);
    }
}
