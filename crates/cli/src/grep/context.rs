//! The events of the same goroutine before and after a match.
//!
//! An event belongs to the goroutine on which it happened, and to the one that it is about. The context of a match is that
//! of the first of them. An event is shown once, however many matches it stands beside.
//!
//! Invariant: what is kept is bounded, by [`MAX_KEPT`] and [`MAX_GOROUTINES`]. Beyond that the goroutines are forgotten that
//! did nothing for the longest time; of these less context is shown.

use std::collections::VecDeque;

use anyhow::Result;
use foldhash::HashMap;
use goscope_trace::{Clock, Event, EventKind, GoId, GoState, Scope};

/// The events that are kept of all goroutines.
const MAX_KEPT: usize = 1 << 18;

/// The goroutines of which something is known.
const MAX_GOROUTINES: usize = 1 << 16;

/// The goroutines that an event belongs to at most.
const MAX_OWNERS: usize = 2;

/// An event that may be shown, and what the clocks showed when it came.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub event: Event,
    pub clock: Clock,
    number: u64,
    /// The numbers of those before it, of each goroutine that it belongs to; 0 if there is none.
    before: [u64; MAX_OWNERS],
}

/// Tells what is to be shown.
#[derive(Debug)]
pub struct Context {
    size: usize,
    goroutines: HashMap<GoId, Around>,
    /// The events in all of [`Around::kept`].
    kept: usize,
    /// The numbers of the last event, and of the last one that was shown.
    number: u64,
    shown: u64,
}

/// What there is around the next match of a goroutine.
#[derive(Default, Debug)]
struct Around {
    /// Of the last events those that were not shown, the latest last; with their places among all.
    kept: VecDeque<(u64, Seen)>,
    /// How many there were.
    count: u64,
    /// How many of the next ones are to be shown.
    after: usize,
    /// The number of the last event.
    last: u64,
}

impl Context {
    /// So many events before and after each match.
    pub fn new(size: usize) -> Self {
        Self { size, goroutines: HashMap::default(), kept: 0, number: 0, shown: 0 }
    }

    /// Takes the next event, and calls `show` for each that is to be shown now: whether it matches, and whether
    /// something is missing between it and the one before.
    pub fn add(
        &mut self,
        is_match: bool,
        event: &Event,
        clock: &Clock,
        mut show: impl FnMut(&Seen, bool, bool) -> Result<()>,
    ) -> Result<()> {
        self.number += 1;
        let mut seen = Seen { event: *event, clock: *clock, number: self.number, before: [0; MAX_OWNERS] };
        if self.size == 0 {
            return if is_match { self.show(&seen, true, &mut show) } else { Ok(()) };
        }
        let owners = owners(event);
        for (before, owner) in seen.before.iter_mut().zip(&owners) {
            let around = self.goroutines.entry(*owner).or_default();
            *before = std::mem::replace(&mut around.last, self.number);
            around.count += 1;
        }
        let is_behind_match = self.count_after(&owners);
        if is_match {
            for before in self.take_kept(owners.first()) {
                self.show(&before, false, &mut show)?;
            }
            self.show(&seen, true, &mut show)?;
            self.expect_after(owners.first());
        } else if is_behind_match {
            self.show(&seen, false, &mut show)?;
        } else {
            self.keep(&seen, &owners);
        }
        self.forget(event);
        Ok(())
    }

    fn show(
        &mut self,
        seen: &Seen,
        is_match: bool,
        show: &mut impl FnMut(&Seen, bool, bool) -> Result<()>,
    ) -> Result<()> {
        let shown = std::mem::replace(&mut self.shown, seen.number);
        show(seen, is_match, shown > 0 && !seen.before.contains(&shown))
    }

    /// Counts an event among those behind matches. Returns whether it is one of them.
    fn count_after(&mut self, owners: &[GoId]) -> bool {
        let mut is_behind = false;
        for owner in owners {
            let around = self.goroutines.entry(*owner).or_default();
            is_behind |= around.after > 0;
            around.after = around.after.saturating_sub(1);
        }
        is_behind
    }

    fn expect_after(&mut self, owner: Option<&GoId>) {
        if let Some(around) = owner.and_then(|owner| self.goroutines.get_mut(owner)) {
            around.after = self.size;
        }
    }

    /// Those of the last events of a goroutine that were not shown. They are not kept for any other one any more.
    fn take_kept(&mut self, owner: Option<&GoId>) -> Vec<Seen> {
        let Some(around) = owner.and_then(|owner| self.goroutines.get_mut(owner)) else { return Vec::new() };
        let first = around.count.saturating_sub(self.size as u64);
        let kept = std::mem::take(&mut around.kept);
        self.kept -= kept.len();
        let taken: Vec<_> =
            kept.into_iter().filter(|(place, _)| *place >= first).map(|(_, seen)| seen).collect();
        taken.iter().for_each(|seen| self.stop_keeping(seen));
        taken
    }

    fn stop_keeping(&mut self, seen: &Seen) {
        for owner in owners(&seen.event) {
            let Some(around) = self.goroutines.get_mut(&owner) else { continue };
            if let Ok(place) = around.kept.binary_search_by_key(&seen.number, |(_, kept)| kept.number) {
                around.kept.remove(place);
                self.kept -= 1;
            }
        }
    }

    fn keep(&mut self, seen: &Seen, owners: &[GoId]) {
        for owner in owners {
            let around = self.goroutines.entry(*owner).or_default();
            around.kept.push_back((around.count, *seen));
            self.kept += 1;
            if around.kept.len() > self.size {
                around.kept.pop_front();
                self.kept -= 1;
            }
        }
    }

    /// Forgets a goroutine that has ended and, if too much is known, those that did nothing for long.
    fn forget(&mut self, event: &Event) {
        if let EventKind::GoTransition(transition) = event.kind
            && transition.to == GoState::NotExist
            && let Some(around) = self.goroutines.remove(&transition.goroutine)
        {
            self.kept -= around.kept.len();
        }
        while self.kept > MAX_KEPT || self.goroutines.len() > MAX_GOROUTINES {
            self.forget_half();
        }
    }

    fn forget_half(&mut self) {
        let mut last: Vec<_> = self.goroutines.values().map(|around| around.last).collect();
        last.sort_unstable();
        let pivot = last.get(last.len() / 2).copied().unwrap_or_default();
        self.goroutines.retain(|_, around| around.last > pivot);
        self.kept = self.goroutines.values().map(|around| around.kept.len()).sum();
    }
}

/// The goroutines that an event belongs to.
fn owners(event: &Event) -> Vec<GoId> {
    let about = match event.kind.subject() {
        Scope::Goroutine(id) => id,
        Scope::Global | Scope::Proc(_) => GoId::NONE,
    };
    let mut owners: Vec<_> = [event.goroutine, about].into_iter().filter(|owner| owner.is_some()).collect();
    owners.dedup();
    owners
}

#[cfg(test)]
mod tests {
    use goscope_trace::{GoTransition, ProcId, StackId, StringId, ThreadId, TraceTime};

    use super::*;

    /// Something that a goroutine does, or another one does to it. The time is the number.
    fn event(time: i64, by: u64, about: u64, to: GoState) -> Event {
        let (reason, stack) = (StringId::EMPTY, StackId::NONE);
        let transition = GoTransition { goroutine: GoId(about), from: GoState::Running, to, reason, stack };
        let (thread, proc, kind) = (ThreadId(0), ProcId(0), EventKind::GoTransition(transition));
        Event { time: TraceTime(time), thread, proc, goroutine: GoId(by), stack: StackId::NONE, kind }
    }

    /// What is shown of events by and about goroutines, of which some match: `=` stands before those, `-` before others,
    /// `|` for a gap.
    fn shown(size: usize, events: &[(u64, u64)], matches: &[i64]) -> String {
        let (mut context, mut text) = (Context::new(size), String::new());
        for (time, (by, about)) in (1..).zip(events) {
            let is_match = matches.contains(&time);
            let event = event(time, *by, *about, GoState::Runnable);
            let added = context.add(is_match, &event, &Clock::default(), |seen, is_match, is_gap| {
                let (gap, sign) = (if is_gap { "|" } else { "" }, if is_match { "=" } else { "-" });
                text += &format!("{gap}{sign}{}", seen.event.time);
                Ok(())
            });
            assert!(added.is_ok());
        }
        text
    }

    #[test]
    fn without_context_matches_are_all() {
        assert_eq!(shown(0, &[(1, 1), (1, 1), (2, 2)], &[1, 3]), "=1|=3");
    }

    #[test]
    fn context_is_of_the_same_goroutine() {
        let events = [(1, 1), (2, 2), (1, 1), (1, 1), (2, 2), (1, 1), (1, 1)];
        assert_eq!(shown(1, &events, &[4]), "-3=4-6");
        assert_eq!(shown(2, &events, &[4]), "-1-3=4-6-7");
        assert_eq!(shown(1, &events, &[3, 5]), "-1=3-4|-2=5");
    }

    #[test]
    fn events_of_two_goroutines_are_shown_once() {
        // Goroutine 1 does something to goroutine 2, and both match later.
        let events = [(1, 2), (1, 1), (2, 2)];
        assert_eq!(shown(2, &events, &[2, 3]), "-1=2|=3");
        assert_eq!(shown(2, &events, &[3]), "-1=3");
        // It counts among those before the next match, although it was shown with the other goroutine.
        let events = [(2, 2), (1, 2), (1, 1), (2, 2)];
        assert_eq!(shown(1, &events, &[3, 4]), "-2=3|=4");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (mut context, nothing) = (Context::new(1000), |_: &Seen, _, _| Ok(()));
        for goroutine in 0..2_000 {
            for time in 0..200 {
                let event = event(time, goroutine, goroutine, GoState::Runnable);
                assert!(context.add(false, &event, &Clock::default(), nothing).is_ok());
                assert!(context.kept <= MAX_KEPT && context.goroutines.len() <= MAX_GOROUTINES);
            }
        }
        let kept: usize = context.goroutines.values().map(|around| around.kept.len()).sum();
        assert_eq!(context.kept, kept);
        for goroutine in 0..2_000 {
            let event = event(0, goroutine, goroutine, GoState::NotExist);
            assert!(context.add(false, &event, &Clock::default(), nothing).is_ok());
        }
        assert_eq!((context.kept, context.goroutines.len()), (0, 0));
    }
}
