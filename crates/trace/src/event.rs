//! The event: what happened, when, where. One model for every version of the format.
//!
//! The words are those of golang.org/x/exp/trace. Events are small and refer to strings and stacks by
//! [`StringId`] and [`StackId`], which hold for the whole trace: see [`Tables`](crate::Tables).

use goscope_wire::EventId;

use crate::{
    id::{GoId, ProcId, TaskId, ThreadId},
    tables::{StackId, StringId},
    time::TraceTime,
};

/// Something that happened.
///
/// Events of a [`Reader`](crate::Reader) have a [`TraceTime`]. Those of a [`StreamReader`](crate::StreamReader) come
/// before that may be known, and have a [`StreamTime`](crate::StreamTime).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Event<Time = TraceTime> {
    /// When.
    pub time: Time,
    /// The thread on which it happened, if any.
    pub thread: ThreadId,
    /// The proc that the thread had, before the event, if any.
    pub proc: ProcId,
    /// The goroutine that ran there, before the event, if any.
    pub goroutine: GoId,
    /// What that goroutine was executing.
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
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EventKind {
    /// The first and last event of a trace, and one between any two generations.
    Sync(Sync),
    /// A measure has a new value.
    Metric(Metric),
    /// A goroutine got a label.
    Label(Label),
    /// The CPU profiler saw the event's stack.
    StackSample,
    /// A range of time began.
    RangeBegin(Range),
    /// A range of time is going on that began before the trace.
    RangeActive(Range),
    /// A range of time ended. Of a sweep, what it achieved.
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

/// A point at which a trace can be taken apart.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sync {
    /// Which of the trace's, from 1.
    pub n: u32,
    /// The clocks of the system, if the trace tells: since Go 1.25.
    pub clock: Option<ClockSnapshot>,
}

/// What several clocks showed at nearly the same moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSnapshot {
    /// The clock of the trace.
    pub trace: TraceTime,
    /// The monotonic clock of the system, in nanoseconds.
    pub mono: u64,
    /// The wall clock.
    pub wall: WallTime,
}

/// A moment of the wall clock, since the epoch of Unix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WallTime {
    /// Whole seconds.
    pub seconds: i64,
    /// And so many nanoseconds.
    pub nanoseconds: i64,
}

/// A measure and its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric {
    /// What is measured.
    pub name: MetricName,
    /// Its value: threads or bytes.
    pub value: u64,
}

/// What is measured. The names are those of Go's `runtime/metrics`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MetricName {
    /// GOMAXPROCS.
    Gomaxprocs,
    /// The bytes of live and not yet swept objects on the heap.
    HeapObjects,
    /// The bytes of heap at which the next garbage collection should end.
    HeapGoal,
}

impl MetricName {
    /// The name in `runtime/metrics`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gomaxprocs => "/sched/gomaxprocs:threads",
            Self::HeapObjects => "/memory/classes/heap/objects:bytes",
            Self::HeapGoal => "/gc/heap/goal:bytes",
        }
    }
}

/// A label of a goroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label {
    /// What it says.
    pub label: StringId,
    /// Whose it is.
    pub goroutine: GoId,
}

/// A range of time with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// What goes on.
    pub kind: RangeKind,
    /// What it is bound to.
    pub scope: Scope,
}

/// What goes on in a range of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RangeKind {
    /// The world is stopped, for this reason.
    StopTheWorld(StringId),
    /// The garbage collector marks while the program runs.
    Mark,
    /// A proc sweeps.
    Sweep,
    /// A goroutine that allocates has to help with marking.
    MarkAssist,
}

/// What a range or state is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The program.
    Global,
    /// A goroutine.
    Goroutine(GoId),
    /// A proc.
    Proc(ProcId),
}

/// What a sweep achieved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swept {
    /// Bytes looked at.
    pub swept: u64,
    /// Bytes free again.
    pub reclaimed: u64,
}

/// A task of the user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id. Programs may use an id again once its task has ended.
    pub id: TaskId,
    /// The task that it is part of, if that is known.
    pub parent: TaskId,
    /// Its type. At its end only if its begin was seen.
    pub name: StringId,
}

/// A region: a part of a goroutine's execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// The task that it belongs to.
    pub task: TaskId,
    /// Its type.
    pub name: StringId,
}

/// A message of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Log {
    /// The task that it belongs to.
    pub task: TaskId,
    /// What kind of message.
    pub category: StringId,
    /// The message.
    pub message: StringId,
}

/// A goroutine has a new state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GoTransition {
    /// Which goroutine.
    pub goroutine: GoId,
    /// The state before.
    pub from: GoState,
    /// The state after: the same, where a state is only told.
    pub to: GoState,
    /// Why.
    pub reason: StringId,
    /// What the goroutine was executing: of a new goroutine, where it starts.
    pub stack: StackId,
}

/// A proc has a new state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProcTransition {
    /// Which proc.
    pub proc: ProcId,
    /// The state before.
    pub from: ProcState,
    /// The state after: the same, where a state is only told.
    pub to: ProcState,
}

/// The state of a goroutine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GoState {
    /// Not known: the trace began later.
    Undetermined,
    /// Not yet, or no longer, there.
    NotExist,
    /// Ready, and waiting for a proc.
    Runnable,
    /// Executing.
    Running,
    /// Waiting for something to happen.
    Waiting,
    /// In a system call.
    Syscall,
}

/// The state of a proc.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProcState {
    /// Not known: the trace began later.
    Undetermined,
    /// Not yet, or no longer, there.
    NotExist,
    /// Bound to a thread.
    Running,
    /// Free.
    Idle,
}

impl GoState {
    /// Go's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Runnable => "Runnable",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Syscall => "Syscall",
        }
    }
}

impl ProcState {
    /// Go's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Running => "Running",
            Self::Idle => "Idle",
        }
    }
}

/// An event of an experiment: its type and its arguments, the time apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Experimental {
    /// The type: `goscope_wire::Table` has its name and the names of the arguments.
    pub event: EventId,
    /// The arguments, of which the first ones mean something.
    pub args: [u64; 4],
}
