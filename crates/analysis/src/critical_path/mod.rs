//! The critical path: what the time of a task, a region or a goroutine was made of.
//!
//! The walk begins at the end and goes back. While the goroutine ran, was in a system call, or had no proc, that is what
//! the time was spent on. While it waited, it is what whoever ended the wait did in the meantime; if that one waited too,
//! what whoever ended that did before, and so on, back to where the goroutine that is asked about began to wait: there the
//! path comes back to it. Where a goroutine was created, the path goes on with its creator.
//!
//! [`Finder`] finds the interval, a [`Timeline`](goscope_trace::timeline::Timeline) is kept of it, and [`walk`] explains it.
//! Of an interval that is long, [`Milestones`] keep the timeline in bounds, and a [`Path`] is explained part by part.
//!
//! Invariant: the segments of a path follow each other without a gap, do not overlap, and are the whole interval.

mod blame;
mod find;
mod milestones;
mod walk;

use goscope_trace::{GoId, ProcId, StackId, StringId, TraceTime};

pub use self::{
    blame::{Blame, blame, profile},
    find::{Finder, Found, Target},
    milestones::Milestones,
    walk::{Path, walk},
};

/// A part of a path: what a goroutine did, or what happened to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Since when.
    pub start: TraceTime,
    /// Until when.
    pub end: TraceTime,
    /// The goroutine.
    pub goroutine: GoId,
    /// The function that it started with; empty if nothing tells.
    pub func: StringId,
    /// What the time was spent on.
    pub cause: Cause,
    /// What the goroutine was executing, as far as that is known: where it waits, or where it stopped.
    pub stack: StackId,
    /// The proc on which it ran, or [`ProcId::NONE`].
    pub proc: ProcId,
    /// Of a goroutine without a proc, the function of the goroutine that ran longest on the proc that it got in the end.
    pub instead: Option<StringId>,
    /// How many waits deep it is: 0 for what the first goroutine did itself.
    pub depth: u32,
}

impl Segment {
    /// How long it is, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }
}

/// What time was spent on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// The goroutine ran.
    Running,
    /// It ran to help the garbage collector mark.
    MarkAssist,
    /// It ran to sweep for the garbage collector.
    Sweep,
    /// It was in a system call.
    Syscall,
    /// It could have run, but had no proc.
    Runnable,
    /// The world was stopped, for a reason.
    Stopped(StringId),
    /// It waited for something that no goroutine did, for a reason.
    Waiting(StringId),
    /// The trace does not tell.
    Unknown,
}

impl Cause {
    /// Its name. A reason is not in it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::MarkAssist => "GC mark assist",
            Self::Sweep => "GC incremental sweep",
            Self::Syscall => "syscall",
            Self::Runnable => "runnable",
            Self::Stopped(_) => "stop-the-world",
            Self::Waiting(_) => "waiting",
            Self::Unknown => "unknown",
        }
    }

    /// The reason, if there is one.
    #[must_use]
    pub const fn reason(self) -> Option<StringId> {
        match self {
            Self::Stopped(reason) | Self::Waiting(reason) => Some(reason),
            _ => None,
        }
    }
}
