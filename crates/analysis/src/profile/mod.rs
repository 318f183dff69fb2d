//! Profiles: where time was spent, by stack. What `goscope profile` shows, prints as folded stacks, or writes for pprof.
//!
//! [`Kind`] says what counts, [`Profiler`] is the fold over events, a [`Profile`] what comes out of it, and [`top`] the
//! table of functions that people read first.
//!
//! Source: Go 1.27.3 `cmd/trace/pprof.go`.

mod fold;
mod kind;
mod pending;
mod top;

pub use self::{
    fold::{Profiler, Settings},
    kind::Kind,
    top::{Row, top},
};
use crate::working::Workplace;
use goscope_trace::{GoId, GoState, StackId, StringId, TaskId};

/// Stacks, each with how often and for how long.
///
/// [`Profiler`] has an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// What counts.
    pub kind: Kind,
    /// The samples, the longest first.
    pub samples: Vec<Sample>,
    /// How long the trace is, or the part of it that was asked for, in nanoseconds.
    pub duration: i64,
}

/// A stack, and what was spent there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Where, and of whom, as far as that was asked for.
    pub place: Place,
    /// How often.
    pub count: u64,
    /// How long, in nanoseconds. 0 in a profile that only counts.
    pub time: i64,
}

/// What samples have in common that are counted together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The stack.
    pub stack: StackId,
    /// The function that the goroutine started with. Empty if samples are not told apart by that, or nothing tells.
    pub func: StringId,
    /// Why the goroutine stopped. Empty if samples are not told apart by that, or nothing tells.
    pub reason: StringId,
    /// The goroutine, or [`GoId::NONE`] if samples are not told apart by that.
    pub goroutine: GoId,
    /// The task that the goroutine worked for, or [`TaskId::NONE`] if samples are not told apart by that.
    pub task: TaskId,
    /// What the goroutine did, in profiles of all states.
    pub state: Option<State>,
}

/// A state of a goroutine, in the order in which it is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum State {
    /// It ran.
    Running,
    /// It could have run, but had no proc.
    Runnable,
    /// It waited.
    Waiting,
    /// It was in a system call.
    Syscall,
}

impl State {
    /// Of a goroutine that exists.
    #[must_use]
    pub const fn of(state: GoState) -> Option<Self> {
        Some(match state {
            GoState::Running => Self::Running,
            GoState::Runnable => Self::Runnable,
            GoState::Waiting => Self::Waiting,
            GoState::Syscall => Self::Syscall,
            GoState::Undetermined | GoState::NotExist => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Waiting => "waiting",
            Self::Syscall => "syscall",
        }
    }
}

impl Profile {
    /// All samples together: how often, and how long in nanoseconds.
    #[must_use]
    pub fn total(&self) -> (u64, i64) {
        self.samples.iter().fold((0, 0), |(count, time), sample| {
            (count + sample.count, i64::saturating_add(time, sample.time))
        })
    }
}
