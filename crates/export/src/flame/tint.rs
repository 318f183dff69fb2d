//! What time without a CPU was spent on, as far as colours tell it apart.

use goscope_analysis::profile::{Kind, Sample, State};
use goscope_trace::Tables;

/// What time was spent on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tint {
    Running,
    Runnable,
    Syscall,
    Network,
    Select,
    Chan,
    Lock,
    Sleep,
    Gc,
    Other,
}

/// A tint, what it is called, and its colour: light enough for dark text.
pub(super) const TINTS: [(Tint, &str, &str); 10] = [
    (Tint::Running, "running", "#a8d89a"),
    (Tint::Runnable, "runnable", "#f7d774"),
    (Tint::Syscall, "in system calls", "#f3b0a2"),
    (Tint::Network, "network", "#8fd6d2"),
    (Tint::Select, "select", "#b9c6f5"),
    (Tint::Chan, "channels", "#9ec9f3"),
    (Tint::Lock, "package sync", "#d3b3ec"),
    (Tint::Sleep, "sleep", "#dcd3bd"),
    (Tint::Gc, "garbage collection", "#e8bf8c"),
    (Tint::Other, "waiting otherwise", "#d5d9e0"),
];

/// What part of a reason says what is waited for; the first one that is there.
const REASONS: [(&str, Tint); 6] = [
    ("network", Tint::Network),
    ("select", Tint::Select),
    ("chan", Tint::Chan),
    ("sync", Tint::Lock),
    ("sleep", Tint::Sleep),
    ("GC", Tint::Gc),
];

impl Tint {
    fn of(kind: Kind, state: Option<State>, reason: &[u8]) -> Self {
        match (state, kind) {
            (Some(State::Running), _) => Self::Running,
            (Some(State::Runnable), _) | (_, Kind::Sched) => Self::Runnable,
            (Some(State::Syscall), _) | (_, Kind::Syscall) => Self::Syscall,
            _ => Self::of_reason(reason),
        }
    }

    fn of_reason(reason: &[u8]) -> Self {
        let has = |part: &str| reason.windows(part.len()).any(|window| window == part.as_bytes());
        REASONS.into_iter().find(|(part, _)| has(part)).map_or(Self::Other, |(_, tint)| tint)
    }
}

/// How much was spent on what. All is 0 in profiles that are not about that.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Tints([u64; TINTS.len()]);

impl Tints {
    /// What a sample was spent on.
    pub(super) fn of(kind: Kind, sample: &Sample, value: u64, tables: &Tables) -> Self {
        let mut tints = Self::default();
        if !kind.is_of_events() {
            let tint = Tint::of(kind, sample.place.state, tables.string(sample.place.reason));
            tints.0[tint as usize] = value;
        }
        tints
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, value)| *sum = sum.saturating_add(value));
    }

    /// The place in [`TINTS`] of what most was spent on, if anything was.
    pub(super) fn most(&self) -> Option<usize> {
        let places = (0..TINTS.len()).filter(|place| self.0[*place] > 0);
        places.min_by_key(|place| std::cmp::Reverse(self.0[*place]))
    }

    /// What something was spent on, with its name, its colour and how much that is.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let parts = TINTS.into_iter().zip(self.0).map(|((_, name, colour), value)| (name, colour, value));
        parts.filter(|(.., value)| *value > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tint_is_in_its_place() {
        assert!(TINTS.iter().enumerate().all(|(place, (tint, ..))| *tint as usize == place));
    }

    #[test]
    fn states_and_reasons_have_tints() {
        for (kind, state, reason, tint) in [
            (Kind::All, Some(State::Runnable), "sync", Tint::Runnable),
            (Kind::Wall, Some(State::Running), "", Tint::Running),
            (Kind::All, Some(State::Waiting), "chan receive", Tint::Chan),
            (Kind::All, Some(State::Waiting), "GC mark assist wait for work", Tint::Gc),
            (Kind::Sync, None, "sync.(*Cond).Wait", Tint::Lock),
            (Kind::Syscall, None, "", Tint::Syscall),
            (Kind::Sched, None, "preempted", Tint::Runnable),
            (Kind::All, Some(State::Waiting), "system goroutine wait", Tint::Other),
        ] {
            assert_eq!(Tint::of(kind, state, reason.as_bytes()), tint, "{reason}");
        }
    }

    #[test]
    fn the_most_wins() {
        let mut tints = Tints::default();
        assert_eq!(tints.most(), None);
        tints.add(&Tints([0, 2, 0, 0, 5, 5, 1, 0, 0, 0]));
        tints.add(&Tints([0, u64::MAX, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert_eq!(tints.most(), Some(1));
        assert_eq!(Tints([0, 2, 0, 0, 5, 5, 1, 0, 0, 0]).most(), Some(4));
    }
}
