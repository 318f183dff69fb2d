//! Dense numbers for the goroutines and procs of a trace.
//!
//! What is known of a goroutine lies in lists by its dense number, so that no event looks anything up
//! after it is read.

use foldhash::HashMap;

/// Ids in the order in which they were first seen. The place of an id is its dense number.
#[derive(Debug)]
pub(crate) struct Names {
    ids: Vec<u64>,
    /// The numbers of small ids, which nearly all are: [`NONE`] where there is none.
    small: Vec<u32>,
    large: HashMap<u64, u32>,
}

/// Ids up to so many times the number of ids are small: a stranger's file must not make the list grow faster.
const SPARSE: u64 = 64;
/// The smallest number of ids to go by.
const FEW: u64 = 64;
/// No number.
const NONE: u32 = u32::MAX;

impl Names {
    /// Numbers the first ids, which have to differ.
    pub(super) fn with(ids: &[u64]) -> Self {
        let mut names = Self { ids: Vec::new(), small: Vec::new(), large: HashMap::default() };
        for id in ids {
            names.number(*id);
        }
        names
    }

    /// The dense number of an id.
    #[inline]
    pub(super) fn number(&mut self, id: u64) -> u32 {
        match usize::try_from(id).ok().and_then(|place| self.small.get(place)) {
            Some(number) if *number != NONE => *number,
            _ => self.add(id),
        }
    }

    /// The dense number of a small id that has one.
    #[inline(always)]
    pub(super) fn known(&self, id: u64) -> Option<u32> {
        let number = usize::try_from(id).ok().and_then(|place| self.small.get(place));
        number.copied().filter(|number| *number != NONE)
    }

    /// The dense number of an id that is new, or large.
    #[cold]
    fn add(&mut self, id: u64) -> u32 {
        let next = self.ids.len() as u32;
        if let Some(number) = self.large.get(&id) {
            return *number;
        }
        if id < (self.ids.len() as u64 + FEW) * SPARSE {
            let place = id as usize;
            self.small.resize(self.small.len().max(place + 1), NONE);
            self.small[place] = next;
        } else {
            self.large.insert(id, next);
        }
        self.ids.push(id);
        next
    }

    /// The id that has a dense number.
    #[inline(always)]
    pub(crate) fn id(&self, number: u32) -> u64 {
        self.ids[number as usize]
    }

    /// The ids by their dense numbers. Afterwards nothing is numbered any more.
    pub(super) fn take_ids(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_number() {
        let mut names = Names::with(&[0, 1_000_000]);
        let ids = [7, u64::MAX, 1_000_000, 70_000, 0, 7, u64::MAX, 70_000];
        let numbers: Vec<_> = ids.into_iter().map(|id| names.number(id)).collect();
        assert_eq!(numbers, [2, 3, 1, 4, 0, 2, 3, 4]);
        // By now this one would be small.
        for id in 0..100_000 {
            names.number(id);
        }
        assert_eq!(names.number(1_000_000), 1);
        assert_eq!(names.take_ids()[..5], [0, 1_000_000, 7, u64::MAX, 70_000]);
    }
}
