//! The event: what happened, when, where. One model for every version of the format.
//!
//! The words are those of golang.org/x/exp/trace. Events are small and refer to strings and stacks by
//! [`StringId`] and [`StackId`], which hold for the whole trace: see [`Tables`](crate::Tables).

mod alloc_free;
mod annotation;
mod metric;
mod range;
mod state;
mod sync;

use goscope_wire::EventId;

pub(crate) use self::sync::are_known;
pub use self::{
    alloc_free::AllocFree,
    annotation::{Log, Region, Task},
    metric::{Metric, MetricName},
    range::{Range, RangeKind, Scope, Swept},
    state::{GoState, GoTransition, ProcState, ProcTransition},
    sync::{ClockSnapshot, Sync, WallTime},
};
use crate::{
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId},
    time::TraceTime,
};

/// Something that happened.
///
/// Events of a [`Reader`](crate::Reader) have a [`TraceTime`]. Those of a [`StreamReader`](crate::StreamReader) come
/// before that may be known, and have a [`StreamTime`](crate::StreamTime).
///
/// What there is none of is said by `NONE` of the id: an event of a thread without a proc has [`ProcId::NONE`].
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use std::collections::BTreeSet;
/// use goscope_trace::{GoId, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut threads = BTreeSet::new();
/// while let Some(event) = reader.next_event()? {
///     if event.goroutine == GoId(1) {
///         threads.insert(event.thread);
///     }
/// }
/// println!("goroutine 1 ran on {} threads", threads.len());
/// # assert!(!threads.is_empty() && threads.iter().all(|thread| thread.is_some()));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Event<Time = TraceTime> {
    /// When.
    pub time: Time,
    /// The thread on which it happened, or [`ThreadId::NONE`].
    pub thread: ThreadId,
    /// The proc that the thread had before the event, or [`ProcId::NONE`].
    pub proc: ProcId,
    /// The goroutine that ran there before the event, or [`GoId::NONE`].
    pub goroutine: GoId,
    /// What that goroutine was executing, or [`StackId::NONE`].
    pub stack: StackId,
    /// What happened.
    pub kind: EventKind,
}

impl<Time> Event<Time> {
    /// The event at another time, or in another kind of time.
    ///
    /// ```
    /// use goscope_trace::{Event, EventKind, GoId, ProcId, StackId, ThreadId, TraceTime};
    ///
    /// let (thread, proc, goroutine, stack) = (ThreadId(7), ProcId(0), GoId(1), StackId::NONE);
    /// let event = Event { time: (), thread, proc, goroutine, stack, kind: EventKind::StackSample };
    /// assert_eq!(event.at(TraceTime(5)).time, TraceTime(5));
    /// ```
    #[must_use]
    pub fn at<Other>(self, time: Other) -> Event<Other> {
        let Self { thread, proc, goroutine, stack, kind, .. } = self;
        Event { time, thread, proc, goroutine, stack, kind }
    }
}

/// What happened.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/annotations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let (mut open, mut messages) = (0, 0);
/// while let Some(event) = reader.next_event()? {
///     match event.kind {
///         EventKind::RegionBegin(_) => open += 1,
///         EventKind::RegionEnd(_) => open -= 1,
///         EventKind::Log(_) => messages += 1,
///         _ => {}
///     }
/// }
/// println!("{messages} messages; {open} regions never ended");
/// # assert!(open > 0 && messages > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EventKind {
    /// The first and last event of a trace, and one between any two generations.
    Sync(Sync),
    /// A measure has a new value, or its value is told.
    Metric(Metric),
    /// A goroutine got a label.
    Label(Label),
    /// The CPU profiler saw the event's stack.
    StackSample,
    /// A range of time began.
    RangeBegin(Range),
    /// A range of time is going on that began before the trace.
    RangeActive(Range),
    /// A range of time ended. Of a sweep, what it achieved; else `None`.
    RangeEnd(Range, Option<Swept>),
    /// A task began.
    TaskBegin(Task),
    /// A task ended.
    TaskEnd(Task),
    /// A region of a goroutine began.
    RegionBegin(Region),
    /// A region of a goroutine ended.
    RegionEnd(Region),
    /// The program logged a message.
    Log(Log),
    /// A goroutine has a new state, or its state is told.
    GoTransition(GoTransition),
    /// A proc has a new state, or its state is told.
    ProcTransition(ProcTransition),
    /// An event of an experiment of the runtime.
    Experimental(Experimental),
}

/// A label of a goroutine.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut dedicated = 0;
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::Label(label) = event.kind {
///         dedicated += u64::from(reader.tables().string(label.label) == b"GC (dedicated)");
///     }
/// }
/// println!("a goroutine became a dedicated worker of the garbage collector {dedicated} times");
/// # assert!(dedicated > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label {
    /// What it says.
    pub label: StringId,
    /// Whose it is.
    pub goroutine: GoId,
}

/// An event of an experiment: its type and its arguments, the time apart.
///
/// Source: Go 1.27.3 `internal/trace/event.go` (`ExperimentalEvent`).
///
/// ```
/// use goscope_trace::{EventKind, Reader};
/// use goscope_wire::{FormatVersion, Table};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/allocfree_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut pages = 0;
/// while let Some(event) = reader.next_event()? {
///     let EventKind::Experimental(event) = event.kind else { continue };
///     match Table::of(FormatVersion::NEWEST).get(event.event) {
///         Some(spec) if spec.name == "SpanAlloc" => pages += event.args[1], // id, npages_value, kindclass
///         _ => {}
///     }
/// }
/// println!("{pages} pages were allocated for spans");
/// # assert!(pages > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Experimental {
    /// The type: `goscope_wire::Table` has its name and the names of the arguments.
    pub event: EventId,
    /// The arguments: as many of the first ones as the type has, then zeros.
    pub args: [u64; 4],
}
