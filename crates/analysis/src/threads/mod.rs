//! What threads did with their time.
//!
//! Invariant: the times of a thread do not overlap. They begin as it is first seen; a thread without a proc is followed
//! up to its last event, because nothing tells whether it is there still.

mod fold;

use goscope_trace::{ThreadId, TraceTime};

pub use self::fold::Threads;

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Doing {
    /// It has no proc, and sleeps, or is about to get one.
    #[default]
    Unbound,
    /// It has a proc, and looks for a goroutine to run.
    Scheduler,
    /// It runs a goroutine.
    Running,
    /// It is in a system call of a goroutine, with a proc or without.
    Syscall,
}

impl Doing {
    /// All of them, in the order of their times.
    pub const ALL: [Self; 4] = [Self::Unbound, Self::Scheduler, Self::Running, Self::Syscall];
}

/// A thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Which one.
    pub id: ThreadId,
    /// Its first event.
    pub first: TraceTime,
    /// Its last event.
    pub last: TraceTime,
    /// How long it did what, for each of [`Doing::ALL`], in nanoseconds.
    times: [i64; Doing::ALL.len()],
    /// How often it began to run a goroutine.
    pub runs: u64,
    /// How often a goroutine entered a system call on it.
    pub syscalls: u64,
}

impl Thread {
    /// How long it did that, in nanoseconds.
    #[must_use]
    pub const fn time(&self, doing: Doing) -> i64 {
        self.times[doing as usize]
    }

    /// All that is known of its time, in nanoseconds.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.times.iter().fold(0, |sum, time| sum.saturating_add(*time))
    }
}

/// The most there were at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Peak {
    /// How many.
    pub count: u64,
    /// When they first were so many.
    pub time: TraceTime,
}

/// What threads did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// In the order of their ids.
    pub threads: Vec<Thread>,
    /// The threads in system calls at once.
    pub in_syscalls: Peak,
    /// The threads at once that ran goroutines.
    pub running: Peak,
}
