//! Goroutines that have to help with marking: since when, and how long they run meanwhile.

use std::cmp::Reverse;

use foldhash::HashMap;
use goscope_trace::{GoId, GoState, GoTransition, StringId, TraceTime};

use super::Assists;
use crate::roots::Roots;

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
    /// How long it had run when marking ended.
    pub(super) marked: Option<i64>,
}

/// An assist that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) cycle: Option<u64>,
    pub(super) assists: Assists,
}

/// Follows assists.
#[derive(Default, Debug)]
pub(super) struct OpenAssists {
    open: HashMap<GoId, Open>,
    funcs: HashMap<StringId, Sum>,
    /// Of goroutines whose functions were not known.
    nameless: HashMap<GoId, Sum>,
}

/// Assists, and the longest one.
type Sum = (Assists, i64);

fn add(sum: &mut Sum, (assists, longest): &Sum) {
    sum.0.add(assists);
    sum.1 = sum.1.max(*longest);
}

impl OpenAssists {
    /// A goroutine begins to assist, or is told to do so: what is known is not told again.
    pub(super) fn begin(&mut self, goroutine: GoId, open: Open) {
        self.open.entry(goroutine).or_insert(open);
        if open.func != StringId::EMPTY && !self.nameless.is_empty() {
            self.name(goroutine, open.func);
        }
    }

    /// Now the function is known.
    fn name(&mut self, goroutine: GoId, func: StringId) {
        if let Some(sum) = self.nameless.remove(&goroutine) {
            add(self.funcs.entry(func).or_default(), &sum);
        }
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
        Some(self.book(goroutine, open, now))
    }

    fn book(&mut self, goroutine: GoId, mut open: Open, now: TraceTime) -> Ended {
        open.pause(now);
        let (time, running) = (now.since(open.since), open.ran);
        let assists = Assists { count: 1, time, running, marking: open.marked.unwrap_or(running) };
        let sum = match open.func {
            StringId::EMPTY => self.nameless.entry(goroutine).or_default(),
            func => self.funcs.entry(func).or_default(),
        };
        add(sum, &(assists, time));
        Ended { cycle: open.cycle, assists }
    }

    /// Marking ends. Who assists may go on, but does not mark.
    pub(super) fn end_mark(&mut self, now: TraceTime) {
        self.open.values_mut().for_each(|open| open.end_mark(now));
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime) {
        self.funcs.clear();
        self.nameless.clear();
        self.open.values_mut().for_each(|open| open.restart(at));
    }

    /// All that go on end.
    pub(super) fn end_all(&mut self, now: TraceTime) -> Vec<Ended> {
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|(goroutine, open)| self.book(goroutine, open, now)).collect()
    }

    /// Who assisted, those first who did longest.
    pub(super) fn into_payers(mut self, roots: &Roots) -> Vec<Payer> {
        let nameless: Vec<_> = self.nameless.keys().copied().collect();
        nameless.into_iter().for_each(|goroutine| self.name(goroutine, roots.known(goroutine)));
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
            self.ran = self.ran.saturating_add(now.since(since));
        }
    }

    fn end_mark(&mut self, now: TraceTime) {
        let runs = self.runs_since.map_or(0, |since| now.since(since));
        self.marked.get_or_insert(self.ran.saturating_add(runs));
    }

    fn restart(&mut self, at: TraceTime) {
        (self.since, self.ran) = (at, 0);
        self.marked = self.marked.map(|_| 0);
        self.runs_since = self.runs_since.map(|_| at);
    }
}
