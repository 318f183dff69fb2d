//! What a profile counts.
//!
//! The first four have the samples and values of `go tool trace -pprof`. Their parts follow the same rules: a wait counts
//! as it ends, and from the moment on at which its goroutine first ran in the trace. The others are ours.

use goscope_trace::GoState;

/// What a profile counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Waiting for the network.
    Net,
    /// Waiting for channels, mutexes and their like.
    Sync,
    /// In system calls.
    Syscall,
    /// Runnable, without a proc: scheduler latency.
    Sched,
    /// Sleeping.
    Sleep,
    /// Waiting for the garbage collector, or as a part of it.
    Gc,
    /// Waiting in a select statement.
    Select,
    /// Waiting for a channel.
    Chan,
    /// Waiting for a lock or a condition of package sync.
    Mutex,
    /// Not running, whatever for.
    All,
    /// CPU samples.
    Cpu,
    /// All states, running included.
    Wall,
    /// The world being stopped, by who stopped it.
    Stw,
    /// Goroutines, by who created them.
    Create,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Net,
        Self::Sync,
        Self::Syscall,
        Self::Sched,
        Self::Sleep,
        Self::Gc,
        Self::Select,
        Self::Chan,
        Self::Mutex,
        Self::All,
        Self::Cpu,
        Self::Wall,
        Self::Stw,
        Self::Create,
    ];

    /// Its name, for options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Sync => "sync",
            Self::Syscall => "syscall",
            Self::Sched => "sched",
            Self::Sleep => "sleep",
            Self::Gc => "gc",
            Self::Select => "select",
            Self::Chan => "chan",
            Self::Mutex => "mutex",
            Self::All => "all",
            Self::Cpu => "cpu",
            Self::Wall => "wall",
            Self::Stw => "stw",
            Self::Create => "create",
        }
    }

    /// What counts, in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Net => "waiting for the network",
            Self::Sync => "waiting for channels, locks and their like",
            Self::Syscall => "in system calls",
            Self::Sched => "runnable, but without a proc: scheduler latency",
            Self::Sleep => "sleeping",
            Self::Gc => "waiting for the garbage collector, or as a part of it",
            Self::Select => "waiting in select statements",
            Self::Chan => "waiting for channels",
            Self::Mutex => "waiting for locks and conditions of package sync",
            Self::All => "not running, whatever for",
            Self::Cpu => "CPU samples, of 10 ms each",
            Self::Wall => "all states, running included",
            Self::Stw => "the world being stopped, by who stopped it",
            Self::Create => "goroutines, by who created them",
        }
    }

    /// Whether it is about intervals that somebody else may end.
    #[must_use]
    pub const fn has_wakers(self) -> bool {
        !matches!(self, Self::Cpu | Self::Wall | Self::Stw | Self::Create)
    }

    /// Whether it is about events, not about intervals of goroutines.
    #[must_use]
    pub const fn is_of_events(self) -> bool {
        matches!(self, Self::Cpu | Self::Create)
    }

    /// What is counted, and what is measured with its unit, as pprof names them. A profile that measures nothing counts
    /// only.
    #[must_use]
    pub const fn values(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Cpu => ("samples", Some("cpu")),
            Self::Stw => ("stops", Some("delay")),
            Self::Create => ("goroutines", None),
            Self::Wall => ("intervals", Some("wall")),
            _ => ("contentions", Some("delay")),
        }
    }

    /// Whether the rules are Go's: only what has ended counts, and only since its goroutine first ran.
    pub(crate) const fn is_strict(self) -> bool {
        !matches!(self, Self::All | Self::Wall)
    }

    /// Whether samples say in what state the goroutine was.
    pub(crate) const fn has_states(self) -> bool {
        matches!(self, Self::All | Self::Wall)
    }

    /// Whether a goroutine that is in a state for a reason counts.
    pub(crate) fn has(self, state: GoState, reason: &[u8]) -> bool {
        match self {
            Self::Syscall => state == GoState::Syscall,
            Self::Sched => state == GoState::Runnable,
            Self::All => state != GoState::Running,
            Self::Wall => true,
            Self::Cpu | Self::Stw | Self::Create => false,
            _ => state == GoState::Waiting && self.has_reason(reason),
        }
    }

    fn has_reason(self, reason: &[u8]) -> bool {
        let has = |part: &[u8]| reason.windows(part.len()).any(|window| window == part);
        match self {
            Self::Net => reason == b"network",
            Self::Sync => has(b"chan") || has(b"sync") || has(b"select"),
            Self::Sleep => reason == b"sleep",
            Self::Gc => has(b"GC"),
            Self::Select => has(b"select"),
            Self::Chan => has(b"chan"),
            Self::Mutex => has(b"sync"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_count_by_their_reasons() {
        let kinds = |reason: &str| {
            let has = |kind: &Kind| kind.has(GoState::Waiting, reason.as_bytes());
            Kind::ALL.into_iter().filter(has).collect::<Vec<_>>()
        };
        let (sync, all, wall) = (Kind::Sync, Kind::All, Kind::Wall);
        assert_eq!(kinds("network"), [Kind::Net, all, wall]);
        assert_eq!(kinds("chan receive"), [sync, Kind::Chan, all, wall]);
        assert_eq!(kinds("sync.(*Cond).Wait"), [sync, Kind::Mutex, all, wall]);
        assert_eq!(kinds("select"), [sync, Kind::Select, all, wall]);
        assert_eq!(kinds("GC mark assist wait for work"), [Kind::Gc, all, wall]);
        assert_eq!(kinds(""), [all, wall]);
    }

    #[test]
    fn other_states_count_whatever_their_reason() {
        let kinds =
            |state| Kind::ALL.into_iter().filter(move |kind| kind.has(state, b"sync")).collect::<Vec<_>>();
        assert_eq!(kinds(GoState::Syscall), [Kind::Syscall, Kind::All, Kind::Wall]);
        assert_eq!(kinds(GoState::Runnable), [Kind::Sched, Kind::All, Kind::Wall]);
        assert_eq!(kinds(GoState::Running), [Kind::Wall]);
    }
}
