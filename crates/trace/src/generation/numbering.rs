//! The numbers that a generation gives its strings and stacks.

use rustc_hash::FxHashMap;

/// From numbers of the file to ids of the trace. Numbers are nearly always small and without gaps, and
/// then a list does; what a stranger's file may have instead is kept in a map.
#[derive(Debug)]
pub(crate) struct Numbering<Id> {
    dense: Vec<Option<Id>>,
    sparse: FxHashMap<u64, Id>,
}

/// The numbers that may be in the list beyond those that it is sure to hold.
const SLACK: u64 = 1 << 16;

impl<Id: Copy> Numbering<Id> {
    pub(crate) fn new() -> Self {
        Self { dense: Vec::new(), sparse: FxHashMap::default() }
    }

    #[inline]
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
        if number < self.dense.len() as u64 + SLACK {
            let place = number as usize;
            self.dense.resize(self.dense.len().max(place + 1), None);
            self.dense[place] = Some(id);
        } else {
            self.sparse.insert(number, id);
        }
        true
    }
}
