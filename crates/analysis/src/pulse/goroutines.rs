//! Goroutines: what each does, and since when.

use goscope_trace::{GoId, GoState, Ticks};
use rustc_hash::FxHashMap;

use super::{States, book::REST};

/// The goroutines that are followed at once.
const MOST: usize = 1 << 18;

/// A goroutine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Go {
    pub(super) state: GoState,
    pub(super) since: Ticks,
    /// The entry of the function that it started with.
    pub(super) func: u32,
    /// Where it waits.
    pub(super) spot: u32,
}

/// What a goroutine did from one moment to another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) state: GoState,
    pub(super) next: GoState,
    pub(super) start: Ticks,
    pub(super) end: Ticks,
    pub(super) func: u32,
    pub(super) spot: u32,
}

#[derive(Default, Debug)]
pub(super) struct Goroutines {
    known: FxHashMap<GoId, Go>,
    states: States,
    left_out: u64,
}

impl Goroutines {
    /// A goroutine is in a state from a moment on. Returns what that ends.
    pub(super) fn step(&mut self, id: GoId, from: GoState, to: GoState, at: Ticks) -> Option<Span> {
        let new = Go { state: to, since: at, func: REST, spot: REST };
        if self.known.len() >= MOST && !self.known.contains_key(&id) {
            self.left_out += 1;
            return None;
        }
        let go = self.known.entry(id).or_insert_with(|| {
            count(&mut self.states, to, 1);
            new
        });
        if at < go.since || go.state == to {
            return None;
        }
        let Go { state, since, func, spot } = *go;
        count(&mut self.states, state, -1);
        count(&mut self.states, to, 1);
        (go.state, go.since, go.spot) = (to, at, REST);
        (state == from).then_some(Span { state, next: to, start: since, end: at, func, spot })
    }

    pub(super) fn get_mut(&mut self, id: GoId) -> Option<&mut Go> {
        self.known.get_mut(&id)
    }

    pub(super) fn get(&self, id: GoId) -> Option<&Go> {
        self.known.get(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (GoId, &Go)> {
        self.known.iter().map(|(id, go)| (*id, go))
    }

    pub(super) fn states(&self) -> States {
        self.states
    }

    /// Who has ended is forgotten, and entries may have become others.
    pub(super) fn end_generation(&mut self, func: impl Fn(u32) -> u32, spot: impl Fn(u32) -> u32) {
        self.known.retain(|_, go| go.state != GoState::NotExist);
        for go in self.known.values_mut() {
            (go.func, go.spot) = (func(go.func), spot(go.spot));
        }
    }

    /// Nothing is known any more of what they do.
    pub(super) fn forget_states(&mut self) {
        self.states = States::default();
        self.known.values_mut().for_each(|go| go.state = GoState::Undetermined);
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// One more goroutine is in a state, or one less.
pub(super) fn count(states: &mut States, state: GoState, change: i64) {
    let counter = match state {
        GoState::Running => &mut states.running,
        GoState::Runnable => &mut states.runnable,
        GoState::Waiting => &mut states.waiting,
        GoState::Syscall => &mut states.syscall,
        GoState::NotExist | GoState::Undetermined => return,
    };
    *counter = counter.saturating_add_signed(change);
}
