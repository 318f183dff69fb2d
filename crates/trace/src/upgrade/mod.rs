//! Traces of family v1, headers 1.5 to 1.21, as events of the newest model.
//!
//! ```text
//! records ─ load ─▶ V1Event ─ sort ─▶ in order ─ check, convert ─▶ Event
//!                                        └─ futile, check ─▶ v1_text
//! ```
//!
//! Such a trace is one generation: its strings, its stacks and the length of its ticks come at the end of the
//! file, and so all of it has to be read before the first event comes out. Memory is bounded by the trace:
//! forty bytes an event. Checking and converting go along with reading, event by event.
//!
//! What is converted, is filed by subject. Go's reader does this for headers since 1.11. What older ones lack
//! gets a default: arguments are 0, and so the world is always stopped for the mark termination; functions and
//! files are empty strings, lines are 0.
//!
//! Invariant: whatever the file has, times and numbers wrap or saturate, and dense numbers are in range.
//!
//! Source: Go 1.27.3 `internal/trace/tracev1.go`.

mod annotation;
mod check;
mod convert;
mod futile;
pub(crate) mod gc;
pub(crate) mod goroutine;
mod heap;
pub(crate) mod kind;
pub(crate) mod load;
mod merge;
mod names;
mod proc;
mod sample;
mod sort;
mod stored;
mod symbols;
mod syscall;

use std::io::Read;

use check::{Checker, Edition};
use convert::Converter;
pub(crate) use load::Loaded;
use sort::Sorted;

use crate::{
    chunk::Chunk,
    error::ErrorKind,
    event::{Event, EventKind, Sync},
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, Tables},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// An event of family v1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct V1Event {
    /// In ticks, and once it is sorted, in nanoseconds since the first event.
    pub(crate) time: i64,
    /// The arguments, the time and the stack apart.
    pub(crate) args: [u64; 3],
    /// The goroutine on which it happened: a dense number.
    pub(crate) g: u32,
    /// The proc on which it happened: a dense number.
    pub(crate) proc: u32,
    /// The stack, as the file numbers it.
    pub(crate) stack: u32,
    /// The type.
    pub(crate) kind: u8,
    /// Of a system call: whether it blocks.
    pub(crate) blocks: bool,
}

/// Reads a trace of family v1 as Go 1.21 does: its events in order, checked, without futile wakeups.
pub(crate) fn read_as_go121<R: Read>(
    source: &mut goscope_wire::Reader<R>,
    tables: &mut Tables,
) -> Result<(Loaded, Vec<V1Event>)> {
    let mut sorted = Sorted::new(load::load(source, tables)?)?;
    futile::remove(&mut sorted);
    let mut checker = Checker::new(&sorted.loaded, Edition::Go121);
    let mut events: Vec<_> = sorted.events().collect();
    for event in &mut events {
        checker.check(event)?;
    }
    Ok((sorted.loaded, events))
}

/// Before the time of the first event, which is 0, and of the sync before it.
pub(crate) const BEFORE: TraceTime = TraceTime(-2);

/// Reads a trace of family v1.
#[derive(Debug)]
pub(crate) struct Upgrade<R> {
    source: goscope_wire::Reader<R>,
    trace: Option<Box<Trace>>,
    is_done: bool,
    /// What is wrong behind the events that have been converted.
    failure: Option<ErrorKind>,
    syncs: u32,
    /// What has been converted.
    events: Vec<Event>,
    out: Chunk,
}

/// So many events are converted at once. An event that is copied right after it was put together stalls the
/// processor.
const AT_ONCE: usize = 128;

/// A trace of which the events before the `next` one are converted.
#[derive(Debug)]
struct Trace {
    sorted: Sorted,
    checker: Checker,
    converter: Converter,
    next: usize,
}

impl<R: Read> Upgrade<R> {
    /// Of a source whose header has been read.
    pub(crate) fn new(source: goscope_wire::Reader<R>) -> Self {
        Self {
            source,
            trace: None,
            is_done: false,
            failure: None,
            syncs: 0,
            events: Vec::new(),
            out: Chunk::new(BEFORE),
        }
    }

    /// The events that [`Self::fill`] has given.
    #[inline]
    pub(crate) fn chunk(&mut self) -> &mut Chunk {
        &mut self.out
    }

    /// Fills the chunk with the events that follow. `false` at the end.
    pub(crate) fn fill(&mut self, tables: &mut Tables) -> Result<bool> {
        self.out.clear();
        while self.events.is_empty() && !self.is_done {
            self.convert(tables)?;
        }
        for event in self.events.drain(..) {
            self.out.push(event);
        }
        Ok(!self.out.is_empty())
    }

    /// Goes on until there are more events, or none will come.
    fn convert(&mut self, tables: &mut Tables) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            self.is_done = true;
            return Err(failure);
        }
        let Some(trace) = &mut self.trace else { return self.start(tables) };
        while self.events.len() < AT_ONCE {
            match trace.convert_next(&mut self.events) {
                Ok(true) => {}
                Ok(false) => return self.end(),
                Err(failure) => {
                    self.failure = Some(failure);
                    break;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let is_empty = self.trace.take().is_some_and(|trace| trace.sorted.order.is_empty());
        self.is_done = true;
        // The reader moves it behind the last event.
        self.sync(if is_empty { TraceTime(0) } else { BEFORE });
        Ok(())
    }

    /// Reads the file. An empty trace has only the sync at its end.
    fn start(&mut self, tables: &mut Tables) -> Result<()> {
        let sorted = Sorted::new(load::load(&mut self.source, tables)?)?;
        if let Some(first) = sorted.get(0) {
            self.sync(TraceTime(first.time.wrapping_sub(1)));
        }
        let checker = Checker::new(&sorted.loaded, Edition::Go127);
        let converter = Converter::new(&sorted.loaded, tables);
        self.trace = Some(Box::new(Trace { sorted, checker, converter, next: 0 }));
        Ok(())
    }

    fn sync(&mut self, time: TraceTime) {
        self.syncs += 1;
        let (thread, proc, goroutine, stack) = (ThreadId::NONE, ProcId::NONE, GoId::NONE, StackId::NONE);
        let kind = EventKind::Sync(Sync { n: self.syncs, clock: None });
        self.events.push(Event { time, thread, proc, goroutine, stack, kind });
    }
}

impl Trace {
    /// Checks and converts the next event; `false` at the end.
    #[inline]
    fn convert_next(&mut self, events: &mut Vec<Event>) -> Result<bool> {
        let Some(mut event) = self.sorted.get(self.next) else { return Ok(false) };
        self.next += 1;
        self.checker.check(&mut event)?;
        self.converter.convert(&event, &self.sorted.loaded, events);
        Ok(true)
    }
}
