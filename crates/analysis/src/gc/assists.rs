//! Goroutines that have to help with marking: since when, and how long they run meanwhile.

use std::cmp::Reverse;

use goscope_trace::{GoId, GoState, GoTransition, StringId, TraceTime};
use rustc_hash::FxHashMap;

use super::Assists;

/// The assists of all goroutines that started with a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payer {
    /// The function; empty if nothing tells.
    pub func: StringId,
    /// All of them.
    pub assists: Assists,
    /// The longest one, in nanoseconds.
    pub longest: i64,
}

/// An assist that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) since: TraceTime,
    /// The cycle to which it belongs.
    pub(super) cycle: Option<u64>,
    pub(super) func: StringId,
    /// Since when the goroutine runs, if it does.
    pub(super) runs_since: Option<TraceTime>,
    pub(super) ran: i64,
}

/// An assist that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) cycle: Option<u64>,
    pub(super) time: i64,
    pub(super) running: i64,
}

/// Follows assists.
#[derive(Default, Debug)]
pub(super) struct OpenAssists {
    open: FxHashMap<GoId, Open>,
    funcs: FxHashMap<StringId, (Assists, i64)>,
}

impl OpenAssists {
    /// A goroutine begins to assist, or is told to do so: what is known is not told again.
    pub(super) fn begin(&mut self, goroutine: GoId, open: Open) {
        self.open.entry(goroutine).or_insert(open);
    }

    /// Follows the next transition.
    #[inline]
    pub(super) fn step(&mut self, transition: &GoTransition, now: TraceTime) {
        if !self.open.is_empty()
            && let Some(open) = self.open.get_mut(&transition.goroutine)
        {
            open.step(transition.to, now);
        }
    }

    /// A goroutine has done enough.
    pub(super) fn end(&mut self, goroutine: GoId, now: TraceTime) -> Option<Ended> {
        let open = self.open.remove(&goroutine)?;
        Some(self.book(open, now))
    }

    fn book(&mut self, mut open: Open, now: TraceTime) -> Ended {
        open.pause(now);
        let (time, running) = (now.0.saturating_sub(open.since.0), open.ran);
        let (assists, longest) = self.funcs.entry(open.func).or_default();
        assists.add(time, running);
        *longest = time.max(*longest);
        Ended { cycle: open.cycle, time, running }
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime) {
        self.funcs.clear();
        self.open.values_mut().for_each(|open| open.restart(at));
    }

    /// All that go on end.
    pub(super) fn end_all(&mut self, now: TraceTime) -> Vec<Ended> {
        let open = std::mem::take(&mut self.open);
        open.into_values().map(|open| self.book(open, now)).collect()
    }

    /// Who assisted, those first who did longest.
    pub(super) fn into_payers(self) -> Vec<Payer> {
        let payer = |(func, (assists, longest))| Payer { func, assists, longest };
        let mut payers: Vec<_> = self.funcs.into_iter().map(payer).collect();
        payers.sort_by_key(|payer| (Reverse(payer.assists.time), payer.func));
        payers
    }
}

impl Open {
    #[inline]
    fn step(&mut self, to: GoState, now: TraceTime) {
        match to {
            GoState::Running => _ = self.runs_since.get_or_insert(now),
            _ => self.pause(now),
        }
    }

    fn pause(&mut self, now: TraceTime) {
        if let Some(since) = self.runs_since.take() {
            self.ran = self.ran.saturating_add(now.0.saturating_sub(since.0));
        }
    }

    fn restart(&mut self, at: TraceTime) {
        (self.since, self.ran) = (at, 0);
        self.runs_since = self.runs_since.map(|_| at);
    }
}
