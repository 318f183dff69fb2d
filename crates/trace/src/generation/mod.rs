//! A generation of a trace of family v2: its batches by thread, its strings, stacks, samples and clocks.
//!
//! Purely data: no state of reading is in it, and nothing of it is ordered. The bytes of event batches are
//! kept as they are and decoded when their turn comes, because they are a seventh of what they decode to.
//!
//! Source: Go 1.27.3 `internal/trace/generation.go`.

mod ahead;
mod assemble;
mod gather;
mod mend;
mod numbering;
mod read;
mod salvage;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) use ahead::ReadAhead;
use assemble::Assembler;
use goscope_wire::{Experiment, FormatVersion, Numbers, Table};
pub(crate) use numbering::Numbering;
pub(crate) use read::GenerationReader;
pub(crate) use salvage::Reached;

use crate::{
    error::{ErrorKind, GenerationError},
    event::ClockSnapshot,
    id::{GoId, ProcId, ThreadId},
    order::rule::Rule,
    recover::{Remedy, Salvage},
    tables::{StackId, StringId},
    time::{TickTable, TraceTime},
};

/// A whole generation.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) version: FormatVersion,
    /// The events of the version.
    pub(crate) table: &'static Table,
    pub(crate) number: u64,
    /// The time of its earliest batch, in ticks.
    pub(crate) start: u64,
    pub(crate) tick: TickTable,
    pub(crate) clock: Option<ClockSnapshot>,
    /// The threads that wrote batches, in the order of their first ones.
    pub(crate) threads: Vec<ThreadBatches>,
    /// The samples of the CPU profiler, by time.
    pub(crate) samples: Vec<CpuSample>,
    pub(crate) experiments: Vec<ExperimentalBatch>,
    /// The bytes of all event batches, perhaps with others between them, and behind them [`PADDING`].
    pub(crate) bytes: Vec<u8>,
    strings: Numbering<StringId>,
    stacks: Numbering<StackId>,
    /// The times at which its batches of any kind began, in ticks.
    times: Vec<u64>,
    /// The ticks per second.
    frequency: u64,
    /// Of a reader that salvages: strings and stacks that are not there are empty.
    missing: Option<Missing>,
    /// Where a strict reader stops within the generation: all of it that can be read.
    whole: Option<Box<Generation>>,
}

/// How many events name a string or a stack that is not there.
#[derive(Default, Debug)]
pub(crate) struct Missing {
    /// Whether there are any, perhaps in [`Generation::whole`].
    is_noted: AtomicBool,
    strings: AtomicU64,
    stacks: AtomicU64,
}

impl Missing {
    /// What an event names, if the whole generation has it; else `nothing`, which `count` counts.
    fn find<T>(&self, count: &AtomicU64, later: impl FnOnce() -> Option<T>, nothing: T) -> T {
        self.is_noted.store(true, Ordering::Relaxed);
        later().unwrap_or_else(|| {
            count.fetch_add(1, Ordering::Relaxed);
            nothing
        })
    }
}

/// Stands behind the last batch, for [`Numbers`].
pub(crate) const PADDING: [u8; Numbers::PADDING] = [0; Numbers::PADDING];

impl Generation {
    /// The string that the generation numbers so, if it is there.
    #[inline(always)]
    pub(crate) fn known_string(&self, number: u64) -> Option<StringId> {
        if number == 0 { Some(StringId::EMPTY) } else { self.strings.get(number) }
    }

    /// The stack that the generation numbers so, if it is there.
    #[inline(always)]
    pub(crate) fn known_stack(&self, number: u64) -> Option<StackId> {
        if number == 0 { Some(StackId::NONE) } else { self.stacks.get(number) }
    }

    /// The string that an event names. Of a reader that salvages it may not be there, which is counted.
    #[inline(always)]
    pub(crate) fn string(&self, number: u64) -> Option<StringId> {
        self.known_string(number).or_else(|| self.missing_string(number))
    }

    /// The stack that an event names. Of a reader that salvages it may not be there, which is counted.
    #[inline(always)]
    pub(crate) fn stack(&self, number: u64) -> Option<StackId> {
        self.known_stack(number).or_else(|| self.missing_stack(number))
    }

    #[cold]
    fn missing_string(&self, number: u64) -> Option<StringId> {
        let missing = self.missing.as_ref()?;
        let later = || self.whole.as_ref()?.known_string(number);
        Some(missing.find(&missing.strings, later, StringId::EMPTY))
    }

    #[cold]
    fn missing_stack(&self, number: u64) -> Option<StackId> {
        let missing = self.missing.as_ref()?;
        let later = || self.whole.as_ref()?.known_stack(number);
        Some(missing.find(&missing.stacks, later, StackId::NONE))
    }

    /// Gives the generation the bytes that its batches are in, which begin at the byte `origin` of the file.
    fn place_bytes(&mut self, bytes: Vec<u8>, origin: u64) {
        self.bytes = bytes;
        self.bytes.extend_from_slice(&PADDING);
        for EventBatch { start, end, offset, .. } in self.threads.iter_mut().flat_map(|it| &mut it.batches) {
            let len = *end - *start;
            *start = offset.saturating_sub(origin) as usize;
            *end = *start + len;
        }
    }

    /// Whether a strict reader stops within the generation because what follows can't be read.
    #[inline(always)]
    pub(crate) fn is_partial(&self) -> bool {
        self.whole.is_some()
    }

    /// Whether an event has named a string or a stack that a strict reader has not come to.
    #[inline(always)]
    pub(crate) fn lacks_text(&self) -> bool {
        let is_noted = |missing: &Missing| missing.is_noted.load(Ordering::Relaxed);
        self.is_partial() && self.missing.as_ref().is_some_and(is_noted)
    }

    /// Notes how many events named a string or a stack that is not there.
    pub(crate) fn note_missing(&self, salvage: &mut Salvage, now: TraceTime) {
        let Some(Missing { strings, stacks, .. }) = &self.missing else { return };
        let [strings, stacks] = [strings, stacks].map(|count| count.load(Ordering::Relaxed));
        let mut note = |kind: ErrorKind, times| {
            if times > 0 {
                salvage.note(kind, Remedy::LeftEmpty { times }, Some(self.number), now);
            }
        };
        if self.strings.is_empty() && self.stacks.is_empty() {
            note(GenerationError::NoTables.into(), strings + stacks);
        } else {
            note(Rule::UnknownString.into(), strings);
            note(Rule::UnknownStack.into(), stacks);
        }
    }
}

/// The event batches of a thread, in the order of the file.
#[derive(Debug)]
pub(crate) struct ThreadBatches {
    pub(crate) thread: ThreadId,
    pub(crate) batches: Vec<EventBatch>,
}

/// Where the bytes of a batch are in [`Generation::bytes`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventBatch {
    /// The time that its first event counts from, in ticks.
    pub(crate) time: u64,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where they are in the file.
    pub(crate) offset: u64,
}

/// A sample of the CPU profiler.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct CpuSample {
    pub(crate) time: TraceTime,
    pub(crate) thread: ThreadId,
    pub(crate) proc: ProcId,
    pub(crate) goroutine: GoId,
    /// As the generation numbers it.
    pub(crate) stack: u64,
}

/// A batch of an experiment of the runtime: bytes that only the experiment explains.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut bytes = 0;
/// while let Some(event) = reader.next_event()? {
///     if let goscope_trace::EventKind::Sync(_) = event.kind {
///         bytes += reader.experimental_batches().iter().map(|batch| batch.data.len()).sum::<usize>();
///     }
/// }
/// println!("{bytes} bytes");
/// # assert!(bytes > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExperimentalBatch {
    /// Which experiment.
    pub experiment: Experiment,
    /// The thread that wrote it, or [`ThreadId::NONE`].
    pub thread: ThreadId,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl ExperimentalBatch {
    /// Whether it is of the experiment that [`AllocFree`](crate::AllocFree) is of.
    ///
    /// ```
    /// use goscope_trace::Reader;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
    /// let mut reader = Reader::new(file)?;
    /// assert!(reader.next_event()?.is_some()); // the first sync
    /// assert!(reader.experimental_batches().iter().all(|batch| batch.is_alloc_free()));
    /// # assert!(!reader.experimental_batches().is_empty());
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn is_alloc_free(&self) -> bool {
        self.experiment == Experiment::ALLOC_FREE
    }
}
