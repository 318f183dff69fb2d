//! Where time went: what somebody did, and for how long.
//!
//! Source: Go 1.27.3 `internal/trace/summary.go` (`GoroutineExecStats`).

use goscope_trace::{RangeKind, StringId};

use thin_vec::ThinVec;

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
    pub waiting: ThinVec<(StringId, i64)>,
    /// Ranges went on for it, by kind: sweeping, assisting the garbage collector, stopping the world.
    pub ranges: ThinVec<(RangeKind, i64)>,
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
        self.ranges.shrink_to_fit();
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
            .for_each(|(reason, time)| add_wait(&mut self.waiting, *reason, factor.saturating_mul(*time)));
        other
            .ranges
            .iter()
            .for_each(|(kind, time)| add_range(&mut self.ranges, *kind, factor.saturating_mul(*time)));
    }
}

/// The reasons that are told apart, of one goroutine. Programs have a dozen; files of strangers may have any number, and
/// each region begins with a copy of all of them.
const MOST_REASONS: usize = 64;

/// Adds to what is listed under a key. There are few: a map would be slower. What there is no room for goes to the rest.
pub(crate) fn add<K: Copy + PartialEq>(list: &mut ThinVec<(K, i64)>, key: K, time: i64, rest: K) {
    match list.iter().position(|(known, _)| *known == key) {
        Some(place) => {
            if let Some((_, sum)) = list.get_mut(place) {
                *sum = sum.saturating_add(time);
            }
        }
        None if list.len() < MOST_REASONS || key == rest => list.push((key, time)),
        None => add(list, rest, time, rest),
    }
}

/// Adds a wait to those by reason.
pub(crate) fn add_wait(waits: &mut ThinVec<(StringId, i64)>, reason: StringId, time: i64) {
    add(waits, reason, time, StringId::EMPTY);
}

/// Adds a range to those by kind.
pub(crate) fn add_range(ranges: &mut ThinVec<(RangeKind, i64)>, kind: RangeKind, time: i64) {
    add(ranges, kind, time, RangeKind::StopTheWorld(StringId::EMPTY));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_goes_to_the_rest() {
        let mut list = ThinVec::new();
        (1..=1000).for_each(|key| add(&mut list, key, 1, 0));
        (1..=10).for_each(|key| add(&mut list, key, 1, 0));
        assert_eq!(list.len(), MOST_REASONS + 1);
        assert_eq!(list.iter().map(|(_, time)| time).sum::<i64>(), 1010);
        assert_eq!((list[0], list[MOST_REASONS]), ((1, 2), (0, 1000 - MOST_REASONS as i64)));
    }
}
