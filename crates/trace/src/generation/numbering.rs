//! The numbers that a generation gives its strings and stacks.

use rustc_hash::FxHashMap;

/// From numbers of the file to ids of the trace. Numbers are nearly always small and without gaps, and
/// then a list does; what a stranger's file may have instead is kept in a map.
#[derive(Debug)]
pub(crate) struct Numbering<Id> {
    dense: Vec<Option<Id>>,
    sparse: FxHashMap<u64, Id>,
    count: u64,
}

/// The list may be so many times as long as there are numbers, and a little longer still: a bound on what
/// large numbers with nothing between them can cost.
const SPREAD: u64 = 4;
const SLACK: u64 = 1 << 10;

impl<Id: Copy> Numbering<Id> {
    pub(crate) fn new() -> Self {
        Self { dense: Vec::new(), sparse: FxHashMap::default(), count: 0 }
    }

    #[inline(always)]
    pub(crate) fn get(&self, number: u64) -> Option<Id> {
        match self.dense.get(number as usize) {
            Some(Some(id)) => Some(*id),
            _ => self.sparse.get(&number).copied(),
        }
    }

    /// Adds a number, unless it is there already.
    pub(crate) fn insert(&mut self, number: u64, id: Id) -> bool {
        if number == 0 || self.get(number).is_some() {
            return false;
        }
        self.count += 1;
        if number < SPREAD * self.count + SLACK {
            let place = number as usize;
            self.dense.resize(self.dense.len().max(place + 1), None);
            self.dense[place] = Some(id);
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
        let mut numbering = Numbering::new();
        for (number, is_new) in
            [(0, false), (1, true), (1, false), (u64::MAX, true), (u64::MAX, false), (9, true)]
        {
            assert_eq!(numbering.insert(number, number), is_new, "{number}");
        }
        assert_eq!(
            [1, 2, 9, u64::MAX].map(|number| numbering.get(number)),
            [Some(1), None, Some(9), Some(u64::MAX)]
        );
    }

    #[test]
    fn gaps_do_not_cost_memory() {
        let mut numbering = Numbering::new();
        (1..1000).for_each(|step| assert!(numbering.insert(step * 60_000, ())));
        assert!(numbering.dense.len() < 10_000);
        assert_eq!(numbering.get(60_000), Some(()));
    }
}
