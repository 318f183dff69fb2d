//! The overview: what a person wants to know of a trace first. What `goscope summary` shows.
//!
//! [`Overlook`] is the fold over events, an [`Overview`] what comes out of it; [`findings`] are what stands out there.

mod assists;
mod findings;
mod fold;
mod goroutines;
mod tasks;
mod waits;

use goscope_trace::{StackId, StringId, TaskId, TraceTime};

pub use self::{
    findings::{Finding, findings},
    fold::Overlook,
    goroutines::{Counts, Stuck},
    tasks::{TaskRun, TaskType},
    waits::Wait,
};
use crate::{heap::Measures, mutator::Series, spread::Spread};

/// What a trace is about, in numbers. Times are in nanoseconds.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// The time of the first event.
    pub start: TraceTime,
    /// The time of the last event.
    pub end: TraceTime,
    /// How many events there are.
    pub events: u64,
    /// How many goroutines there were.
    pub goroutines: Counts,
    /// Goroutines that were created in the trace and seem never to go on, the most first.
    pub stuck: Vec<Stuck>,
    /// What all goroutines did, together.
    pub running: i64,
    /// They could have run, but had no proc.
    pub runnable: i64,
    /// They waited.
    pub waiting: i64,
    /// They were in system calls.
    pub syscall: i64,
    /// The time that procs were there to run goroutines.
    pub procs: i64,
    /// How long goroutines were runnable before they ran.
    pub latency: Spread,
    /// How long system calls took that the trace tells of.
    pub syscalls: Spread,
    /// GOMAXPROCS, the heap and its goal over time.
    pub measures: Measures,
    /// The changes of GOMAXPROCS: to what, and when.
    pub gomaxprocs: Vec<(TraceTime, u64)>,
    /// How long marking took, by collection.
    pub marks: Spread,
    /// How long the world was stopped, but for the stops of the tracer itself.
    pub stops: Spread,
    /// How long the tracer itself stopped the world, to start or to stop the trace.
    pub tracer_stops: Spread,
    /// The longest of the program's stops of the world: when, how long, why.
    pub longest_stop: Option<(TraceTime, i64, StringId)>,
    /// How often goroutines were made to help the garbage collector mark.
    pub assists: u64,
    /// How long they ran to do so.
    pub assisting: i64,
    /// How long sweeping took.
    pub sweeps: Spread,
    /// Mutator utilisation: [`crate::mutator::Curve`] has the answers.
    pub mutator: Vec<Series>,
    /// What goroutines of the program waited for, the longest first.
    pub waits: Vec<Wait>,
    /// Tasks by type, the most frequent first.
    pub tasks: Vec<TaskType>,
    /// The tasks that took longest.
    pub slowest: Vec<TaskRun>,
    /// How many CPU samples there are.
    pub samples: u64,
    /// How many messages were logged.
    pub logs: u64,
}

impl Overview {
    /// How long the trace is.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }

    /// Which part of the time of the procs goroutines ran, from 0 to 1; `None` if there were no procs.
    #[must_use]
    pub fn utilisation(&self) -> Option<f64> {
        (self.procs > 0).then(|| (self.running as f64 / self.procs as f64).min(1.0))
    }
}

/// Whether goroutines that start with this function are the program's own: not those of the runtime, and of what writes
/// traces. One of which nothing tells may be.
fn is_of_program(func: &[u8]) -> bool {
    func == b"runtime.main" || !(func.starts_with(b"runtime.") || func.starts_with(b"runtime/"))
}

/// Where something happens, of which an overview shows the most important ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Spot {
    /// Why.
    pub reason: StringId,
    /// Where.
    pub stack: StackId,
}

/// The number of a task, where there is none: [`TaskId::NONE`].
const NO_TASK: TaskId = TaskId::NONE;
