//! Where time went: what somebody did, and for how long.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`GoroutineExecStats`).

use goscope_trace::{RangeKind, StringId};

/// How long a goroutine did what, in nanoseconds.
///
/// Running, runnable, waiting and system calls do not overlap; what of the total is none of these is
/// [unknown](Self::unknown). Ranges overlap with all.
///
/// ```
/// use goscope_analysis::Times;
///
/// let times = Times { total: 100, running: 30, runnable: 10, ..Times::default() };
/// assert_eq!(times.unknown(), 60);
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Times {
    /// From the beginning to the end, as far as the trace shows.
    pub total: i64,
    /// It ran on a proc.
    pub running: i64,
    /// It could have run, but had no proc: scheduler latency.
    pub runnable: i64,
    /// It was in a system call, and kept its proc.
    pub syscall: i64,
    /// It was in a system call that blocked, without a proc.
    pub syscall_blocked: i64,
    /// It waited, by reason, in the order in which the reasons came up.
    pub waiting: Vec<(StringId, i64)>,
    /// Ranges went on for it, by kind: sweeping, assisting the garbage collector, stopping the world.
    pub ranges: Vec<(RangeKind, i64)>,
}

impl Times {
    /// The time that the trace does not explain.
    #[must_use]
    pub fn unknown(&self) -> i64 {
        self.total.saturating_sub(self.known()).max(0)
    }

    /// How long it waited, whatever for.
    #[must_use]
    pub fn waited(&self) -> i64 {
        self.waiting.iter().fold(0, |sum, (_, time)| sum.saturating_add(*time))
    }

    fn known(&self) -> i64 {
        let parts = [self.running, self.runnable, self.syscall, self.syscall_blocked, self.waited()];
        parts.into_iter().fold(0, i64::saturating_add)
    }

    /// What is more than in `before`, which is of the same goroutine, earlier.
    #[must_use]
    pub(crate) fn since(mut self, before: &Self) -> Self {
        self.add_times(before, -1);
        self.waiting.retain(|(_, time)| *time != 0);
        self.ranges.retain(|(_, time)| *time != 0);
        self.waiting.shrink_to_fit();
        self
    }

    /// Adds the times of somebody else.
    pub fn add(&mut self, other: &Self) {
        self.add_times(other, 1);
    }

    fn add_times(&mut self, other: &Self, factor: i64) {
        for (sum, time) in [
            (&mut self.total, other.total),
            (&mut self.running, other.running),
            (&mut self.runnable, other.runnable),
            (&mut self.syscall, other.syscall),
            (&mut self.syscall_blocked, other.syscall_blocked),
        ] {
            *sum = sum.saturating_add(factor.saturating_mul(time));
        }
        other
            .waiting
            .iter()
            .for_each(|(reason, time)| add(&mut self.waiting, *reason, factor.saturating_mul(*time)));
        other
            .ranges
            .iter()
            .for_each(|(kind, time)| add(&mut self.ranges, *kind, factor.saturating_mul(*time)));
    }
}

/// Adds to what is listed under a key. There are few: a map would be slower.
pub(crate) fn add<K: Copy + PartialEq>(list: &mut Vec<(K, i64)>, key: K, time: i64) {
    match list.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum = sum.saturating_add(time),
        None => list.push((key, time)),
    }
}

/// A part of somebody's time.
///
/// ```
/// use goscope_analysis::{Part, Times};
///
/// let times = Times { total: 100, running: 30, ..Times::default() };
/// assert_eq!(Part::ALL.map(|part| part.of(&times)), [100, 30, 0, 0, 0, 0, 70]);
/// assert_eq!(Part::SyscallBlocked.name(), "syscall_blocked");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// All of it.
    Total,
    /// [`Times::running`].
    Running,
    /// [`Times::runnable`].
    Runnable,
    /// [`Times::waited`].
    Waiting,
    /// [`Times::syscall`].
    Syscall,
    /// [`Times::syscall_blocked`].
    SyscallBlocked,
    /// [`Times::unknown`].
    Unknown,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 7] = [
        Self::Total,
        Self::Running,
        Self::Runnable,
        Self::Waiting,
        Self::Syscall,
        Self::SyscallBlocked,
        Self::Unknown,
    ];

    /// Its name, for reports and options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Waiting => "waiting",
            Self::Syscall => "syscall",
            Self::SyscallBlocked => "syscall_blocked",
            Self::Unknown => "unknown",
        }
    }

    /// How long it is, in nanoseconds.
    #[must_use]
    pub fn of(self, times: &Times) -> i64 {
        match self {
            Self::Total => times.total,
            Self::Running => times.running,
            Self::Runnable => times.runnable,
            Self::Waiting => times.waited(),
            Self::Syscall => times.syscall,
            Self::SyscallBlocked => times.syscall_blocked,
            Self::Unknown => times.unknown(),
        }
    }
}
