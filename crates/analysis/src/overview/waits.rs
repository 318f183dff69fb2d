//! What goroutines of the program wait for. Those of the runtime wait most of the time, and are left out.

use foldhash::HashMap;
use goscope_trace::{StringId, Tables, timeline::GoSpan};

use super::{Spot, is_of_program};

/// Waits for the same reason at the same place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// What for, and where.
    pub at: Spot,
    /// How many.
    pub count: u64,
    /// How long they were together, in nanoseconds.
    pub time: i64,
    /// The longest one.
    pub longest: i64,
}

/// Adds up waits. Memory grows with the places at which goroutines wait.
#[derive(Default, Debug)]
pub(super) struct Waits {
    sums: HashMap<Spot, Wait>,
    /// Whether a function is one that goroutines of the program start with, by its number.
    are_of_program: Vec<Option<bool>>,
}

impl Waits {
    #[inline]
    pub(super) fn add(&mut self, span: &GoSpan, tables: &Tables) {
        if !self.is_of_program(span.func, tables) {
            return;
        }
        let (at, time) = (Spot { reason: span.reason, stack: span.stack }, span.duration());
        let wait = self.sums.entry(at).or_insert(Wait { at, count: 0, time: 0, longest: 0 });
        wait.count += 1;
        wait.time = wait.time.saturating_add(time);
        wait.longest = wait.longest.max(time);
    }

    #[inline]
    fn is_of_program(&mut self, func: StringId, tables: &Tables) -> bool {
        if self.are_of_program.len() <= func.index() {
            self.are_of_program.resize(func.index() + 1, None);
        }
        *self.are_of_program[func.index()].get_or_insert_with(|| is_of_program(tables.string(func)))
    }

    /// The longest first.
    pub(super) fn finish(self) -> Vec<Wait> {
        let mut waits: Vec<_> = self.sums.into_values().collect();
        waits.sort_unstable_by_key(|wait| (std::cmp::Reverse(wait.time), wait.at));
        waits
    }
}
