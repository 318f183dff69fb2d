//! The states of goroutines and procs, and the steps from one to another.

use crate::{
    id::{GoId, ProcId},
    tables::{StackId, StringId},
};

/// A goroutine has a new state, or its state is told.
///
/// Source: Go 1.27.3 `internal/trace/resources.go` (`StateTransition`).
///
/// ```
/// use goscope_trace::{EventKind, GoState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut unblocked = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     let EventKind::GoTransition(transition) = event.kind else { continue };
///     if (transition.from, transition.to) == (GoState::Waiting, GoState::Runnable) {
///         unblocked.push((event.goroutine, transition.goroutine));
///     }
/// }
/// unblocked.iter().for_each(|(by, whom)| println!("G{by} unblocked G{whom}"));
/// # assert!(unblocked.iter().any(|(by, whom)| by.is_some() && by != whom));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GoTransition {
    /// Which goroutine.
    pub goroutine: GoId,
    /// The state before.
    pub from: GoState,
    /// The state after: the same, where a state is only told.
    pub to: GoState,
    /// Why; [`StringId::EMPTY`] if the trace does not tell.
    pub reason: StringId,
    /// What the goroutine was executing: of a new goroutine, where it starts. [`StackId::NONE`] if the trace does
    /// not tell.
    pub stack: StackId,
}

/// A proc has a new state, or its state is told.
///
/// Source: Go 1.27.3 `internal/trace/resources.go` (`StateTransition`).
///
/// ```
/// use std::collections::BTreeMap;
/// use goscope_trace::{EventKind, ProcState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut starts = BTreeMap::new();
/// while let Some(event) = reader.next_event()? {
///     let EventKind::ProcTransition(transition) = event.kind else { continue };
///     if (transition.from, transition.to) == (ProcState::Idle, ProcState::Running) {
///         *starts.entry(transition.proc).or_insert(0) += 1;
///     }
/// }
/// println!("how often each proc started: {starts:?}");
/// # assert!(starts.values().any(|count| *count > 1));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
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
///
/// Source: Go 1.27.3 `internal/trace/resources.go`.
///
/// ```
/// use std::collections::HashMap;
/// use goscope_trace::{EventKind, GoState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let (mut since, mut waited) = (HashMap::new(), 0);
/// while let Some(event) = reader.next_event()? {
///     let EventKind::GoTransition(transition) = event.kind else { continue };
///     if transition.to == GoState::Waiting {
///         since.entry(transition.goroutine).or_insert(event.time);
///     } else if let Some(start) = since.remove(&transition.goroutine) {
///         waited += event.time.0 - start.0;
///     }
/// }
/// println!("goroutines waited {waited} ns in total, those apart that still do");
/// # assert!(waited > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
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

impl GoState {
    /// All of them, in the order of their numbers: `GoState::ALL[i] as usize` is `i`.
    ///
    /// ```
    /// use goscope_trace::GoState;
    ///
    /// let names = GoState::ALL.map(GoState::as_str);
    /// assert_eq!(names[GoState::Runnable as usize], "Runnable");
    /// ```
    pub const ALL: [Self; 6] =
        [Self::Undetermined, Self::NotExist, Self::Runnable, Self::Running, Self::Waiting, Self::Syscall];
}

/// The state of a proc.
///
/// Source: Go 1.27.3 `internal/trace/resources.go`.
///
/// ```
/// use std::collections::HashSet;
/// use goscope_trace::{EventKind, ProcState, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/syscalls_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let (mut running, mut most) = (HashSet::new(), 0);
/// while let Some(event) = reader.next_event()? {
///     let EventKind::ProcTransition(transition) = event.kind else { continue };
///     if transition.to == ProcState::Running {
///         running.insert(transition.proc);
///     } else {
///         running.remove(&transition.proc);
///     }
///     most = most.max(running.len());
/// }
/// println!("up to {most} procs ran at once");
/// # assert!((1..=8).contains(&most));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
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
    ///
    /// ```
    /// assert_eq!(goscope_trace::GoState::Runnable.as_str(), "Runnable");
    /// ```
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
    ///
    /// ```
    /// assert_eq!(goscope_trace::ProcState::Idle.as_str(), "Idle");
    /// ```
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
