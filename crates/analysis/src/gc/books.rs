//! What belongs to which cycle, and all of it together.

use super::{Costs, Cycle};

/// So many cycles are kept as they are. What comes later counts, but is not told one by one.
const KEPT: usize = 1 << 16;

/// The cycles so far.
#[derive(Default, Debug)]
pub(super) struct Books {
    /// Their numbers follow each other.
    cycles: Vec<Cycle>,
    pub(super) total: Costs,
}

impl Books {
    pub(super) fn push(&mut self, cycle: Cycle) {
        if self.cycles.len() < KEPT {
            self.cycles.push(cycle);
        }
    }

    /// A cycle, if it is kept.
    pub(super) fn cycle(&mut self, number: u64) -> Option<&mut Cycle> {
        let first = self.cycles.first()?.number;
        self.cycles.get_mut(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// Books something for a cycle, and for all.
    pub(super) fn book(&mut self, cycle: Option<u64>, change: impl Fn(&mut Costs)) {
        change(&mut self.total);
        if let Some(cycle) = cycle.and_then(|number| self.cycle(number)) {
            change(&mut cycle.costs);
        }
    }

    /// What was before does not count, but that one cycle goes on.
    pub(super) fn restart(&mut self, going_on: Option<u64>) {
        self.total = Costs::default();
        self.cycles.retain(|cycle| Some(cycle.number) == going_on);
    }

    pub(super) fn into_cycles(self) -> Vec<Cycle> {
        self.cycles
    }
}
