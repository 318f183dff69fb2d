//! Goroutines: what each does, since when, and what it did before that.
//!
//! The events of different threads come in any order, but those that another thread than the one before may tell of have
//! numbers ([`GoSeq`](goscope_trace::GoSeq)). So it is known whether two steps follow each other; where something is
//! lacking, what is known on either side of the gap waits in [`gaps`] until that comes. An interval counts as soon as
//! both its ends are known to follow each other, and thus the order in which they come makes no difference.
//!
//! ```text
//! known   ┌ 0 create ┐ gap ┌ 3 start, block ┐ gap ┌ 7 unblock ─ 8 start ┐
//!         └──── pieces in `gaps` ───────────┘     └ `Go::last`: the latest
//! ```

mod again;
mod aside;
mod counts;
mod gaps;
mod go;
mod lives;
mod periods;
mod table;

use goscope_trace::{GoId, GoState, Ticks};

pub(super) use self::{
    counts::Counts,
    go::{Go, NOWHERE, Step},
};
use self::{
    gaps::{Gaps, PieceIx},
    go::{Due, Last},
    lives::Lives,
    periods::Periods,
    table::Table,
};
use super::{
    States,
    book::{REST, UNTOLD},
};

/// What a goroutine did from one moment to another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) state: GoState,
    pub(super) next: GoState,
    pub(super) start: Ticks,
    pub(super) end: Ticks,
    /// The entry of the function that the goroutine started with.
    pub(super) func: u32,
    /// Where it waited, if it did.
    pub(super) spot: u32,
    /// Whether it began earlier, before anybody told.
    pub(super) is_cut: bool,
}

impl Span {
    pub(super) fn ticks(&self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }
}

/// Who wants to know what steps make known.
pub(super) trait Listener {
    /// The entry of the function that the goroutine started with, if its stack tells.
    fn func(&mut self) -> Option<u32>;
    /// An interval is known.
    fn span(&mut self, span: &Span);
    /// The goroutine ran for so many ticks while this was known of its function. That changes.
    fn booked(&mut self, before: u32, func: u32, ticks: u64);
}

/// What could not be followed.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Lost {
    /// Steps of goroutines for which there was no room.
    pub(super) steps: u64,
    /// Gaps in the lives of goroutines: what was lacking never came, or there was no room to wait for it.
    pub(super) gaps: u64,
}

#[derive(Default, Debug)]
pub(super) struct Goroutines {
    table: Table,
    gaps: Gaps,
    lives: Lives,
    periods: Periods,
    states: Counts,
    lost: Lost,
}

impl Goroutines {
    /// Follows a step of a goroutine.
    #[inline]
    pub(super) fn step(&mut self, id: GoId, step: &Step, listener: &mut impl Listener) {
        let Some(place) = self.table.place(id).or_else(|| self.table.add(Go::new(id))) else {
            self.lost.steps += 1;
            return;
        };
        let go = self.table.at(place);
        go.learn(step.from == GoState::NotExist, listener);
        if (go.has_lives || step.is_call_from_c()) && self.live_again(place, step, listener) {
            return;
        }
        let go = self.table.at(place);
        if !go.last.precedes(step) {
            self.step_aside(place, step, listener);
        } else if step.is_told() {
            go.last.number(step);
            go.is_told = true;
        } else {
            let before = go.last;
            go.last.go_on(step);
            self.states.step(before.state, step.to);
            listener.span(&self.periods.span(go, &before, step.at, step.to));
            if step.to != GoState::NotExist {
                return;
            }
        }
        if self.table.at(place).is_over() {
            self.end(place, listener);
        }
    }

    /// A goroutine tells what it is executing, and so what it started with.
    pub(super) fn learn(&mut self, id: GoId, listener: &mut impl Listener) {
        if let Some(place) = self.table.place(id) {
            self.table.at(place).learn(false, listener);
        }
    }

    fn end(&mut self, place: u32, listener: &mut impl Listener) {
        let go = self.table.at(place);
        if go.func == UNTOLD {
            listener.booked(UNTOLD, REST, go.ran[0].saturating_add(go.ran[1]));
        }
        self.table.remove(place);
    }

    pub(super) fn get(&self, id: GoId) -> Option<&Go> {
        self.table.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Go> {
        self.table.iter()
    }

    pub(super) fn states(&self) -> States {
        self.states.get()
    }

    /// How long a goroutine ran in the window.
    pub(super) fn ran(&self, go: &Go, now: Ticks, window: u64) -> u64 {
        self.periods.ran(go, now, window)
    }

    /// The window is laid out anew: a period is two to this power of ticks long.
    pub(super) fn set_periods(&mut self, shift: u32) {
        self.periods.set(shift);
        self.table.iter_mut().for_each(|go| go.ran = [0; 2]);
    }

    /// The window is longer than it was: periods must not be shorter.
    pub(super) fn lengthen_periods(&mut self, shift: u32) {
        if self.periods.are_shorter(shift) {
            self.set_periods(shift);
        }
    }

    pub(super) fn lost(&self) -> Lost {
        self.lost
    }

    /// All of the generation has come: what is lacking now will never come. The entries of functions and places may
    /// have become others.
    pub(super) fn end_generation(&mut self, func: impl Fn(u32) -> u32, spot: impl Fn(u32) -> u32) {
        self.give_up_gaps();
        // Nothing has told of them since another trace began: they are gone.
        self.table.retain(|go| go.last.state != GoState::Undetermined);
        for go in self.table.iter_mut() {
            (go.func, go.last.spot) = (func(go.func), spot(go.last.spot));
            // It has no name: perhaps another stack will tell one. Until now all is booked.
            if go.func == REST {
                (go.func, go.ran) = (UNTOLD, [0; 2]);
            }
            go.last.due = Due::STATUS;
            go.was_told = std::mem::replace(&mut go.is_told, false);
        }
    }

    /// Forgets goroutines of which two generations have not told: in family v2 each tells of all.
    pub(super) fn forget_untold(&mut self) {
        let states = &mut self.states;
        self.table.retain(|go| {
            let is_kept = go.is_told || go.was_told;
            if !is_kept {
                states.step(go.last.state, GoState::NotExist);
            }
            is_kept
        });
    }

    /// Makes room for what waits. Returns whether a goroutine is still there: what has ended, and waited only for
    /// something that is lacking, is not.
    fn make_room(&mut self, go: u32) -> bool {
        let id = self.table.at(go).id;
        if self.gaps.is_full() || self.lives.is_full() {
            self.give_up_gaps();
        }
        let is_there = self.table.at(go).id == id;
        self.lost.gaps += u64::from(!is_there);
        is_there
    }

    /// What is lacking is not waited for any more.
    fn give_up_gaps(&mut self) {
        self.lost.gaps += self.gaps.heads() as u64;
        self.gaps.clear();
        self.lives.clear();
        for go in self.table.iter_mut() {
            (go.head, go.has_lives) = (PieceIx::NONE, false);
        }
        self.table.retain(|go| go.last.state != GoState::NotExist);
    }

    /// The entries that goroutines refer to: of functions, and of places where they wait.
    pub(super) fn entries(&self, mut func: impl FnMut(u32), mut spot: impl FnMut(u32)) {
        for go in self.table.iter() {
            func(go.func);
            spot(go.last.spot);
        }
        self.gaps.iter().for_each(|piece| piece.last.iter().for_each(|last| spot(last.spot)));
    }

    /// Nothing is known any more of what they do.
    pub(super) fn forget_states(&mut self) {
        self.give_up_gaps();
        self.states = Counts::default();
        for go in self.table.iter_mut() {
            (go.last, go.is_told, go.was_told) = (Last::NOTHING, false, false);
        }
    }
}
