//! Traces of family v1, headers 1.5 to 1.21, as events of the newest model.
//!
//! ```text
//! bytes ─ load ─▶ bytes of each proc ─ sort ─▶ V1Event ─ check, convert ─▶ Event
//!                                       └─ futile, check ─▶ v1_text
//! ```
//!
//! Such a trace is one generation: its strings, its stacks and the length of its ticks come at the end of the
//! file, and so all of it has to be read before the first event comes out. Memory is bounded by the file: the
//! bytes of the events are kept as they are, and decoded when their turn comes. Sorting, checking and converting
//! go along with reading, event by event; what nearly all events are takes a shorter way ([`fast`]).
//!
//! Where a file is damaged, a reader that salvages goes on: [`load`] passes over what is no record, [`parts`] and
//! [`jump`] find batches that are not what they say, [`forced`] does not wait for what was lost, and [`mend`] sees to it
//! that the events make sense.
//!
//! Nothing of this touches a trace without damage: a file that can be loaded is read as a strict reader does, and where
//! that one would stop, [`Trace::convert_next`] turns to salvage, with all that is known then ([`resume`]).
//!
//! What is converted, is filed by subject. Go's reader does this for headers since 1.11. What older ones lack
//! gets a default: arguments are 0, and so the world is always stopped for the mark termination; functions and files
//! are empty strings, lines are 0. (The program itself can name them: see [`symbolize`](crate::symbolize).)
//!
//! Invariant: whatever the file has, times and numbers wrap or saturate, and dense numbers are in range.
//!
//! Source: Go 1.27.3 `internal/trace/tracev1.go`.

mod annotation;
mod check;
mod convert;
mod cursor;
mod fast;
mod forced;
mod futile;
pub(crate) mod gc;
pub(crate) mod goroutine;
mod heap;
mod jump;
pub(crate) mod kind;
pub(crate) mod load;
mod mend;
mod merge;
mod missing;
mod names;
mod out;
mod parts;
mod proc;
mod resume;
mod returns;
mod sample;
mod sequence;
mod sort;
mod symbols;
mod syscall;
mod times;

use std::io::Read;

use goscope_wire::FormatVersion;

use check::{Checker, Edition};
use convert::Converter;
pub(crate) use load::Loaded;
use mend::Mender;
use out::Out;
use sort::{Next, Sorted};

use crate::{
    chunk::Chunk,
    error::{ErrorKind, GenerationError},
    event::{Event, EventKind, Sync},
    id::{GoId, ProcId, ThreadId},
    order::rule::Rule,
    recover::{Diagnostic, Remedy, Salvage},
    tables::{StackId, Tables},
    time::TraceTime,
};

/// A result without a place: the reader adds it.
type Result<T> = std::result::Result<T, ErrorKind>;

/// An event of family v1.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
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
    let mut loaded = load::load(source, tables, &mut None)?;
    let mut sorted = Sorted::new(&mut loaded, tables)?;
    let mut events = Vec::new();
    while let Some(next) = sorted.next(&mut loaded, tables)? {
        events.push(*next.event);
    }
    if loaded.has_futile_wakeups {
        futile::remove(&mut events);
    }
    let mut checker = Checker::new(&loaded, Edition::Go121);
    for event in &mut events {
        checker.check(event)?;
    }
    Ok((loaded, events))
}

/// Before the time of the first event, which is 0, and of the sync before it.
pub(crate) const BEFORE: TraceTime = TraceTime(-2);
/// The time of the first sync.
const FIRST: TraceTime = TraceTime(-1);

/// Reads a trace of family v1.
#[derive(Debug)]
pub(crate) struct Upgrade<R> {
    source: goscope_wire::Reader<R>,
    trace: Option<Box<Trace>>,
    is_done: bool,
    /// What is wrong behind the events that have been converted.
    failure: Option<ErrorKind>,
    syncs: u32,
    /// How often events named stacks that are not there; known at the end.
    absent_stacks: u64,
    /// What has been converted.
    out: Out,
    /// Where reading goes on behind damage, what it met.
    salvage: Option<Salvage>,
}

/// So many events are converted at once. An event that is copied right after it was put together stalls the
/// processor.
const AT_ONCE: usize = 128;

/// A trace whose events are being converted.
#[derive(Debug)]
struct Trace {
    loaded: Loaded,
    sorted: Sorted,
    checker: Checker,
    converter: Converter,
    /// Whether the order has been forced.
    is_forced: bool,
    /// The first rule that an event broke, and when.
    broken: Option<(Rule, TraceTime)>,
}

impl<R: Read> Upgrade<R> {
    /// Of a source whose header has been read.
    pub(crate) fn new(source: goscope_wire::Reader<R>, salvages: bool) -> Self {
        Self {
            source,
            trace: None,
            is_done: false,
            failure: None,
            syncs: 0,
            absent_stacks: 0,
            out: Out::new(BEFORE),
            salvage: salvages.then(Salvage::default),
        }
    }

    /// With another source, before the first event is read.
    pub(crate) fn map_source<S>(self, change: impl FnOnce(R) -> S) -> Upgrade<S> {
        let Self { source, trace, is_done, failure, syncs, absent_stacks, out, salvage } = self;
        let source = source.map_source(change);
        Upgrade { source, trace, is_done, failure, syncs, absent_stacks, out, salvage }
    }

    /// What was wrong and was done about it, so far. What the events tell is told at the end.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        self.salvage.as_ref().map_or(&[], |salvage| &salvage.diagnostics)
    }

    /// How often events named stacks that are not there. It is known at the end.
    pub(crate) fn absent_stacks(&self) -> u64 {
        self.absent_stacks
    }

    /// The events that [`Self::fill`] has given.
    #[inline]
    pub(crate) fn chunk(&mut self) -> &mut Chunk {
        &mut self.out.chunk
    }

    /// The same, to be read.
    pub(crate) fn filled(&self) -> &Chunk {
        &self.out.chunk
    }

    /// Fills the chunk with the events that follow. `false` at the end.
    pub(crate) fn fill(&mut self, tables: &mut Tables) -> Result<bool> {
        self.out.next_chunk();
        while self.out.len() == 0 && !self.is_done {
            self.convert(tables)?;
        }
        Ok(!self.out.chunk.is_empty())
    }

    /// Goes on until there are more events, or none will come.
    fn convert(&mut self, tables: &mut Tables) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            self.is_done = true;
            return Err(failure);
        }
        let Some(trace) = &mut self.trace else { return self.start(tables) };
        while self.out.len() < AT_ONCE {
            trace.gallop(&mut self.out);
            match trace.convert_next(tables, &mut self.out) {
                Ok(true) => {}
                Ok(false) => {
                    self.end(tables);
                    break;
                }
                Err(failure) => {
                    self.failure = Some(failure);
                    break;
                }
            }
        }
        Ok(())
    }

    /// The reader moves the last sync behind the last event.
    fn end(&mut self, tables: &Tables) {
        let (mut trace, time) = (self.trace.take(), self.out.now());
        self.absent_stacks = trace.as_mut().map_or(0, |trace| *trace.loaded.absent_stacks.get_mut());
        if let (Some(trace), Some(salvage)) = (trace, &mut self.salvage) {
            trace.tell(time.max(TraceTime::default()), salvage);
            self.out.counts().iter().for_each(|count| count.tell(salvage, tables));
            // Of what makes sense to a reader of the events nothing has been said so far.
            if let (Some((rule, time)), true) = (trace.broken, salvage.diagnostics.is_empty()) {
                salvage.note(rule.into(), Remedy::DoneWithout, None, time);
            }
        }
        self.is_done = true;
        self.sync(if self.syncs == 0 { TraceTime(0) } else { BEFORE });
    }

    /// Reads the file. An empty trace has only the sync at its end.
    fn start(&mut self, tables: &mut Tables) -> Result<()> {
        let mut loaded = load::load(&mut self.source, tables, &mut self.salvage)?;
        let sorted = Sorted::new(&mut loaded, tables)?;
        if !sorted.is_empty() {
            self.sync(FIRST);
        }
        let checker = Checker::new(&loaded, Edition::Go127);
        let converter = Converter::new(&loaded, tables);
        if loaded.is_damaged {
            self.out.begin_mending(Mender::default());
        }
        let (is_forced, broken) = (loaded.is_damaged, None);
        self.trace = Some(Box::new(Trace { loaded, sorted, checker, converter, is_forced, broken }));
        Ok(())
    }

    fn sync(&mut self, time: TraceTime) {
        self.syncs += 1;
        let (thread, proc, goroutine, stack) = (ThreadId::NONE, ProcId::NONE, GoId::NONE, StackId::NONE);
        let kind = EventKind::Sync(Sync { n: self.syncs, clock: None });
        self.out.push(Event { time, thread, proc, goroutine, stack, kind });
    }
}

impl Trace {
    /// Notes what was done to put events in order.
    fn tell(&self, time: TraceTime, salvage: &mut Salvage) {
        let (calls, mut supplied, untimely) = self.sorted.forced();
        if calls > 0 && self.loaded.version < FormatVersion::V1_21 {
            salvage.note(GenerationError::CallFromC.into(), Remedy::Supplied { times: calls }, None, time);
        } else {
            supplied += calls;
        }
        if supplied > 0 {
            salvage.note(ErrorKind::NoOrder, Remedy::Supplied { times: supplied }, None, time);
        }
        if self.loaded.jump > 0 {
            salvage.note(
                missing::jumps_back(self.loaded.jump, self.loaded.frequency),
                Remedy::Moved,
                None,
                time,
            );
        }
        let is_untimely = self.loaded.jump == 0 && self.loaded.is_untimely && self.loaded.left_out == 0;
        if untimely > 0 || is_untimely {
            salvage.note(ErrorKind::Unordered, Remedy::DoneWithout, None, time);
        }
        if self.loaded.left_out > 0 {
            salvage.note(ErrorKind::Unordered, Remedy::Skipped { times: self.loaded.left_out }, None, time);
        }
    }

    /// Checks and converts the next event; `false` at the end.
    #[inline(always)]
    fn convert_next(&mut self, tables: &mut Tables, out: &mut Out) -> Result<bool> {
        let Some(Next { event, is_forced }) = self.sorted.next(&mut self.loaded, tables)? else {
            return Ok(false);
        };
        if is_forced && !self.is_forced {
            let event = *event;
            return self.convert_forced(event, tables, out);
        }
        if let Err(rule) = self.checker.check(event) {
            let event = *event;
            return self.convert_broken(event, rule, tables, out);
        }
        self.converter.convert(event, &self.loaded, out);
        if let Some((goroutine, stack)) = self.converter.started.take() {
            tables.set_start(goroutine, stack);
        }
        Ok(true)
    }

    /// Converts the first event that has no place in the order, or follows such an event. Only a reader that salvages
    /// comes here.
    #[cold]
    fn convert_forced(&mut self, mut event: V1Event, tables: &Tables, out: &mut Out) -> Result<bool> {
        (self.is_forced, self.loaded.is_damaged) = (true, true);
        self.sorted.force();
        self.begin_mending(out);
        if let Err(rule) = self.checker.check(&mut event) {
            return self.convert_broken(event, rule, tables, out);
        }
        self.converter.convert(&event, &self.loaded, out);
        Ok(true)
    }

    /// Converts an event that breaks a rule, if the reader salvages.
    #[cold]
    fn convert_broken(&mut self, event: V1Event, rule: Rule, tables: &Tables, out: &mut Out) -> Result<bool> {
        if !self.loaded.salvages {
            let misfit = self.checker.misfit.take().map(|misfit| misfit.kind(&self.loaded, tables));
            return Err(misfit.unwrap_or_else(|| rule.into()));
        }
        self.broken.get_or_insert((rule, TraceTime(event.time)));
        self.begin_mending(out);
        self.checker.settle(&event);
        self.converter.convert(&event, &self.loaded, out);
        Ok(true)
    }

    fn begin_mending(&self, out: &mut Out) {
        if !out.is_mending() {
            out.begin_mending(resume::mender(&self.checker, &self.converter, &self.loaded));
        }
    }
}
