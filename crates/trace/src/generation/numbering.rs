//! The numbers that a generation gives its strings and stacks.

use foldhash::HashMap;

use crate::tables::{StackId, StringId};

/// An id of which one value stands for none.
pub(crate) trait Gap: Copy + PartialEq {
    const GAP: Self;
}

impl Gap for StringId {
    const GAP: Self = Self(u32::MAX);
}

impl Gap for StackId {
    const GAP: Self = Self(u32::MAX);
}

/// A place in a list, which is never so long.
impl Gap for u32 {
    const GAP: Self = Self::MAX;
}

/// From numbers of the file to ids of the trace. Numbers are nearly always small and without gaps, and
/// then a list does; what a stranger's file may have instead is kept in a map.
#[derive(Debug)]
pub(crate) struct Numbering<Id> {
    dense: Vec<Id>,
    sparse: HashMap<u64, Id>,
    count: u64,
}

/// The list may be so many times as long as there are numbers, and a little longer still: a bound on what
/// large numbers with nothing between them can cost.
const SPREAD: u64 = 4;
const SLACK: u64 = 1 << 10;

impl<Id: Gap> Numbering<Id> {
    pub(crate) fn new() -> Self {
        Self { dense: Vec::new(), sparse: HashMap::default(), count: 0 }
    }

    #[inline(always)]
    pub(crate) fn get(&self, number: u64) -> Option<Id> {
        match usize::try_from(number).ok().and_then(|place| self.dense.get(place)) {
            Some(id) if *id != Id::GAP => Some(*id),
            _ => self.get_sparse(number),
        }
    }

    #[cold]
    fn get_sparse(&self, number: u64) -> Option<Id> {
        self.sparse.get(&number).copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a number, unless it is there already.
    pub(crate) fn insert(&mut self, number: u64, id: Id) -> bool {
        if number == 0 || self.get(number).is_some() {
            return false;
        }
        self.count += 1;
        if number < SPREAD * self.count + SLACK {
            let place = number as usize;
            self.dense.resize(self.dense.len().max(place + 1), Id::GAP);
            self.dense[place] = id;
        } else {
            self.sparse.insert(number, id);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_once_and_0_never() {
        let id = |number: u64| StringId(number as u32 / 2);
        let mut numbering = Numbering::new();
        for (number, is_new) in
            [(0, false), (1, true), (1, false), (u64::MAX, true), (u64::MAX, false), (9, true)]
        {
            assert_eq!(numbering.insert(number, id(number)), is_new, "{number}");
        }
        assert_eq!(
            [1, 2, 9, u64::MAX].map(|number| numbering.get(number)),
            [Some(id(1)), None, Some(id(9)), Some(id(u64::MAX))]
        );
    }

    #[test]
    fn gaps_do_not_cost_memory() {
        let mut numbering = Numbering::new();
        (1..1000).for_each(|step| assert!(numbering.insert(step * 60_000, StackId(7))));
        assert!(numbering.dense.len() < 10_000);
        assert_eq!(numbering.get(60_000), Some(StackId(7)));
    }
}
