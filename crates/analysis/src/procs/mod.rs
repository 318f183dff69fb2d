//! What procs did with their time, and when one was idle although there was work.
//!
//! Invariant: the times of a proc add up to the time that was looked at, to the nanosecond.

mod fold;
mod one;
mod starvation;
#[cfg(test)]
mod tests;

use goscope_trace::{ProcId, TraceTime};

pub use self::{
    fold::{Procs, Settings},
    starvation::Starvation,
};
use crate::slices::{Absorb, Slice};

/// What a proc does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Doing {
    /// It is not there: GOMAXPROCS is not greater than its number, or nothing has been told yet.
    #[default]
    Absent,
    /// No thread has it.
    Idle,
    /// Its thread is in the scheduler: it looks for a goroutine to run, or has just found one.
    Scheduler,
    /// A goroutine of the program or of the runtime runs.
    Running,
    /// A worker of the garbage collector runs: a goroutine whose label says so.
    Gc,
    /// Its goroutine is in a system call, and the proc has not been taken from it.
    Syscall,
}

impl Doing {
    /// All of them, in the order of their times.
    pub const ALL: [Self; 6] =
        [Self::Absent, Self::Idle, Self::Scheduler, Self::Running, Self::Gc, Self::Syscall];

    /// Whether a thread has the proc.
    #[must_use]
    pub const fn is_busy(self) -> bool {
        !matches!(self, Self::Absent | Self::Idle)
    }
}

/// How long procs did what, in nanoseconds.
///
/// ```
/// use goscope_analysis::procs::{Doing, Times};
///
/// let mut times = Times::default();
/// times.add(Doing::Running, 30);
/// times.add(Doing::Idle, 10);
/// assert_eq!((times.of(Doing::Running), times.busy(), times.there()), (30, 30, 40));
/// assert_eq!(times.utilisation(), Some(0.75));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Times([i64; Doing::ALL.len()]);

impl Times {
    /// Adds some time, or takes it away.
    #[inline]
    pub fn add(&mut self, doing: Doing, time: i64) {
        let sum = &mut self.0[doing as usize];
        *sum = sum.saturating_add(time);
    }

    /// How long that was done.
    #[must_use]
    pub const fn of(&self, doing: Doing) -> i64 {
        self.0[doing as usize]
    }

    /// How long a thread had the proc.
    #[must_use]
    pub fn busy(&self) -> i64 {
        self.sum(Doing::is_busy)
    }

    /// How long the proc was there.
    #[must_use]
    pub fn there(&self) -> i64 {
        self.sum(|doing| doing != Doing::Absent)
    }

    /// All time.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.sum(|_| true)
    }

    /// The part of the time that the proc was there in which it had a goroutine, from 0 to 1: running, in a system call,
    /// or for the garbage collector. `None` if it was never there.
    #[must_use]
    pub fn utilisation(&self) -> Option<f64> {
        let (there, used) = (self.there(), self.busy().saturating_sub(self.of(Doing::Scheduler)));
        (there > 0).then(|| used as f64 / there as f64)
    }

    fn sum(&self, is_wanted: impl Fn(Doing) -> bool) -> i64 {
        let wanted = Doing::ALL.into_iter().filter(|doing| is_wanted(*doing));
        wanted.fold(0, |sum, doing| sum.saturating_add(self.of(doing)))
    }
}

impl Absorb for Times {
    fn absorb(&mut self, other: &Self) {
        Doing::ALL.into_iter().for_each(|doing| self.add(doing, other.of(doing)));
    }
}

/// A proc.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proc {
    /// Which one.
    pub id: ProcId,
    /// What it did.
    pub times: Times,
    /// How often a goroutine began to run on it, or went on after having been away.
    pub switches: u64,
    /// How long it was idle at a stretch, at most, in nanoseconds.
    pub longest_idle: i64,
    /// When that began.
    pub longest_idle_start: TraceTime,
}

/// What all procs did together, in a slice of time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Load {
    /// What they did, but for being absent.
    pub times: Times,
    /// How many there were, at most.
    pub procs: u64,
    /// How many goroutines waited for a proc, at most.
    pub runnable: u64,
    /// How long at least one proc was idle and at least one goroutine waited for a proc, in nanoseconds.
    pub starved: i64,
}

impl Absorb for Load {
    fn absorb(&mut self, other: &Self) {
        self.times.absorb(&other.times);
        self.procs = self.procs.max(other.procs);
        self.runnable = self.runnable.max(other.runnable);
        self.starved = self.starved.saturating_add(other.starved);
    }
}

/// What procs did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// In the order of their numbers.
    pub procs: Vec<Proc>,
    /// What they did over time.
    pub slices: Vec<Slice<Load>>,
    /// The time that was looked at, in nanoseconds.
    pub duration: i64,
    /// How often a proc was idle while a goroutine waited for one.
    pub starvations: u64,
    /// For how long, in nanoseconds.
    pub starved: i64,
    /// How long of that the world was stopped, in nanoseconds.
    pub starved_stopped: i64,
    /// The longest such times, the longest first.
    pub worst: Vec<Starvation>,
}

impl Report {
    /// What all procs did.
    #[must_use]
    pub fn times(&self) -> Times {
        let mut times = Times::default();
        self.procs.iter().for_each(|proc| times.absorb(&proc.times));
        times
    }
}
