//! Dense numbers for the goroutines and procs of a trace.
//!
//! What is known of a goroutine lies in lists by its dense number, so that no event looks anything up
//! after it is read.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Ids in the order in which they were first seen. The place of an id is its dense number.
#[derive(Debug)]
pub(super) struct Names<Id> {
    ids: Vec<Id>,
    places: FxHashMap<Id, u32>,
}

impl<Id: Copy + Eq + Hash> Names<Id> {
    /// Numbers the first ids, which have to differ.
    pub(super) fn with(ids: &[Id]) -> Self {
        let places = ids.iter().zip(0..).map(|(id, place)| (*id, place)).collect();
        Self { ids: ids.to_vec(), places }
    }

    /// The dense number of an id.
    #[inline]
    pub(super) fn number(&mut self, id: Id) -> u32 {
        let next = self.ids.len() as u32;
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.ids.push(id);
        }
        place
    }

    /// The ids by their dense numbers.
    pub(super) fn into_ids(self) -> Vec<Id> {
        self.ids
    }

    pub(super) fn ids(&self) -> &[Id] {
        &self.ids
    }
}
