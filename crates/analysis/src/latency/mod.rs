//! Scheduler latency: how long goroutines were runnable before they ran.
//!
//! A wait begins as its goroutine becomes runnable, and ends as it runs. That before the first run counts too, which the
//! profile of `go tool trace -pprof=sched` leaves out.
//!
//! Source: Go 1.27.3 `cmd/trace/pprof.go` (`makeComputePprofFunc`), for what that one counts.

mod fold;
mod runs;

use goscope_trace::{GoId, GoState, ProcId, StringId, ThreadId, TraceTime};

pub use self::fold::{Latencies, Settings};
use crate::{durations::Durations, slices::Slice};

/// How long goroutines waited for a proc.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// All waits.
    pub all: Durations,
    /// The waits by the function that the goroutine started with, in the order of the names' ids.
    pub by_func: Vec<(StringId, Durations)>,
    /// The waits over time, by when they ended.
    pub slices: Vec<Slice<Durations>>,
    /// The longest ones, the longest first.
    pub worst: Vec<Wait>,
}

/// A wait for a proc.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Who waited.
    pub goroutine: GoId,
    /// The function that it started with; empty if the trace does not tell.
    pub func: StringId,
    /// When it became runnable.
    pub start: TraceTime,
    /// When it ran.
    pub end: TraceTime,
    /// Why it became runnable.
    pub cause: Cause,
    /// Who made it so: [`GoId::NONE`] if that was the runtime.
    pub by: GoId,
    /// The function that that one started with, as far as its stack tells.
    pub by_func: StringId,
    /// Why it stopped, if it did.
    pub reason: StringId,
    /// The proc that it got.
    pub proc: ProcId,
    /// The thread that it got.
    pub thread: ThreadId,
    /// What ran on that proc meanwhile.
    pub instead: Instead,
}

impl Wait {
    /// How long it was, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }
}

/// Why a goroutine became runnable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// It was created.
    Created,
    /// It was woken: what it waited for has come.
    Woken,
    /// It ran, and was stopped or stopped itself.
    Stopped,
    /// It came back from a system call in which it had lost its proc.
    Returned,
    /// It was so before the trace began to tell of it.
    Before,
}

impl Cause {
    /// What a goroutine is that becomes runnable after having been something else.
    pub(crate) const fn after(state: GoState) -> Self {
        match state {
            GoState::NotExist => Self::Created,
            GoState::Waiting => Self::Woken,
            GoState::Running => Self::Stopped,
            GoState::Syscall => Self::Returned,
            GoState::Runnable | GoState::Undetermined => Self::Before,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Woken => "woken",
            Self::Stopped => "stopped",
            Self::Returned => "syscall ended",
            Self::Before => "before the trace",
        }
    }
}

/// What ran on a proc while somebody waited for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Instead {
    /// This goroutine, longer than others.
    Ran {
        /// Which one.
        goroutine: GoId,
        /// The function that it started with; empty if the trace does not tell.
        func: StringId,
        /// For how long, in nanoseconds.
        time: i64,
    },
    /// No goroutine.
    Nobody,
    /// There were more runs than are remembered.
    Unknown,
}
