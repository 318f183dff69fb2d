//! How many goroutines there are, and which ones are stuck.

use foldhash::{HashMap, HashSet};
use goscope_trace::{GoId, GoState, GoTransition, StringId, Tables, TraceTime, timeline::GoSpan};

use super::{Spot, is_of_program};

/// How many goroutines there were.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// There before the trace, as far as it tells of them.
    pub before: u64,
    /// Created in the trace.
    pub created: u64,
    /// Ended in the trace.
    pub ended: u64,
    /// The most at the same time, beyond those that were there before.
    grown: u64,
    /// When there were the most first, if that was not at the beginning.
    pub peak_time: Option<TraceTime>,
}

impl Counts {
    /// How many there are now.
    #[must_use]
    pub const fn alive(&self) -> u64 {
        (self.before + self.created).saturating_sub(self.ended)
    }

    /// The most at the same time. Those that were there before are told of one after the other, but were there all along.
    #[must_use]
    pub const fn peak(&self) -> u64 {
        self.before + self.grown
    }

    /// A goroutine has another state.
    #[inline]
    pub(super) fn add(&mut self, transition: &GoTransition, now: TraceTime) {
        match (transition.from, transition.to) {
            (_, GoState::NotExist) => self.ended += 1,
            (GoState::NotExist, _) => self.created += 1,
            (GoState::Undetermined, _) => self.before += 1,
            _ => return,
        }
        let grown = self.created.saturating_sub(self.ended);
        if grown > self.grown {
            (self.grown, self.peak_time) = (grown, Some(now));
        }
    }
}

/// Goroutines that were created in the trace and wait where it ends, and have since its first half: they may have leaked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// The function that they started with.
    pub func: StringId,
    /// What they wait for.
    pub at: Spot,
    /// How many they are.
    pub count: u64,
}

/// Which of the goroutines that are left are stuck, the most frequent first. Those of the runtime are not.
pub(super) fn stuck(
    open: &[GoSpan],
    created: &HashSet<GoId>,
    middle: TraceTime,
    tables: &Tables,
) -> Vec<Stuck> {
    let mut counts: HashMap<(StringId, Spot), u64> = HashMap::default();
    let is_stuck = |span: &&GoSpan| {
        span.state == GoState::Waiting && span.start < middle && is_of_program(tables.string(span.func))
    };
    for span in open.iter().filter(is_stuck).filter(|span| created.contains(&span.goroutine)) {
        *counts.entry((span.func, Spot { reason: span.reason, stack: span.stack })).or_default() += 1;
    }
    let mut stuck: Vec<_> = counts.into_iter().map(|((func, at), count)| Stuck { func, at, count }).collect();
    stuck.sort_unstable_by_key(|stuck| (std::cmp::Reverse(stuck.count), stuck.func, stuck.at));
    stuck
}
