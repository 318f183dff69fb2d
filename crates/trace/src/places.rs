//! Where in a list something lies, by its id.
//!
//! Ids are nearly always small numbers without large gaps, and then a list of places is smaller and faster than a map.
//! What a stranger's file may have instead is kept in a map.

use foldhash::HashMap;

/// Places in a list, by ids.
///
/// ```
/// use goscope_trace::places::Places;
///
/// let mut places = Places::default();
/// places.set(7, 0);
/// places.set(u64::MAX, 1);
/// assert_eq!([7, u64::MAX, 8].map(|id| places.get(id)), [Some(0), Some(1), None]);
/// assert_eq!(places.remove(7), Some(0));
/// ```
#[derive(Default, Debug)]
pub struct Places {
    /// The places of small ids: [`NONE`] where there is none.
    small: Vec<u32>,
    large: HashMap<u64, u32>,
}

/// Ids are small up to so many times the places: a list takes no more than a map would. A few more are small anyway.
const SPREAD: u64 = 4;
const FEW: u64 = 1 << 10;
/// No place.
const NONE: u32 = u32::MAX;

impl Places {
    /// The place of an id.
    #[inline]
    #[must_use]
    pub fn get(&self, id: u64) -> Option<u32> {
        match usize::try_from(id).ok().and_then(|at| self.small.get(at)) {
            Some(place) if *place != NONE => Some(*place),
            _ if self.large.is_empty() => None,
            _ => self.large.get(&id).copied(),
        }
    }

    /// Notes the place of an id, in a list without long gaps.
    pub fn set(&mut self, id: u64, place: u32) {
        let is_small = id < SPREAD * u64::from(place) + FEW || id < self.small.len() as u64;
        if !is_small || (!self.large.is_empty() && self.large.contains_key(&id)) {
            self.large.insert(id, place);
            return;
        }
        let at = id as usize;
        if at >= self.small.len() {
            self.small.resize(at + 1, NONE);
        }
        self.small[at] = place;
    }

    /// Forgets an id. Returns where it was.
    pub fn remove(&mut self, id: u64) -> Option<u32> {
        match usize::try_from(id).ok().and_then(|at| self.small.get_mut(at)) {
            Some(place) if *place != NONE => Some(std::mem::replace(place, NONE)),
            _ => self.large.remove(&id),
        }
    }
}

/// What has an id of its own.
pub trait Named {
    /// Its id.
    fn id(&self) -> u64;
}

/// Things by their ids, side by side in memory.
///
/// ```
/// use goscope_trace::places::{ById, Named};
///
/// struct Door(u64);
/// impl Named for Door {
///     fn id(&self) -> u64 {
///         self.0
///     }
/// }
/// let mut doors = ById::default();
/// [3, 9, 5].into_iter().for_each(|id| doors.insert(Door(id)));
/// doors.remove(3);
/// assert!(doors.get(3).is_none() && doors.get(5).is_some());
/// ```
#[derive(Debug)]
pub struct ById<T> {
    list: Vec<T>,
    places: Places,
}

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: Places::default() }
    }
}

impl<T: Named> ById<T> {
    /// The thing with an id.
    #[inline]
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&T> {
        self.list.get(self.places.get(id)? as usize)
    }

    /// The thing with an id.
    #[inline]
    pub fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.list.get_mut(self.places.get(id)? as usize)
    }

    /// The thing with an id, which is made if it is not there.
    #[inline]
    pub fn get_or_insert_with(&mut self, id: u64, make: impl FnOnce() -> T) -> &mut T {
        let place = match self.places.get(id) {
            Some(place) => place as usize,
            None => self.add(make()),
        };
        &mut self.list[place]
    }

    /// Adds a thing, in place of the one that has its id.
    pub fn insert(&mut self, thing: T) {
        match self.places.get(thing.id()) {
            Some(place) => self.list[place as usize] = thing,
            None => _ = self.add(thing),
        }
    }

    fn add(&mut self, thing: T) -> usize {
        let place = self.list.len();
        self.places.set(thing.id(), place as u32);
        self.list.push(thing);
        place
    }

    /// Removes the thing with an id.
    pub fn remove(&mut self, id: u64) -> Option<T> {
        let place = self.places.remove(id)?;
        let thing = self.list.swap_remove(place as usize);
        if let Some(moved) = self.list.get(place as usize) {
            self.places.set(moved.id(), place);
        }
        Some(thing)
    }

    /// All things, in an order that only what was done here decides.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.list.iter_mut()
    }

    /// The same as a list.
    #[must_use]
    pub fn into_list(self) -> Vec<T> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Named for (u64, u64) {
        fn id(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn things_are_found_by_their_ids_whatever_was_removed() {
        let (mut ours, mut theirs) = (ById::default(), std::collections::BTreeMap::new());
        let mut random = 1_u64;
        for step in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let id = [random >> 54, random >> 40, random, u64::MAX - (random >> 60)][step as usize % 4];
            if random >> 33 & 3 == 0 {
                assert_eq!(ours.remove(id).map(|(_, value)| value), theirs.remove(&id));
            } else {
                ours.insert((id, step));
                theirs.insert(id, step);
            }
            assert_eq!(ours.get(id).map(|(_, value)| *value), theirs.get(&id).copied());
        }
        let mut all = ours.into_list();
        all.sort_unstable();
        assert!(all.len() > 5000 && all == theirs.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn gaps_do_not_cost_memory() {
        let mut places = Places::default();
        (0..1000).for_each(|place| places.set(u64::from(place) * 60_000, place));
        assert!(places.small.len() < 10_000);
        assert_eq!(places.get(60_000 * 999), Some(999));
    }
}
