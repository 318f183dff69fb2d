//! Where goroutines are kept: found by id, and then known by a place.

use goscope_trace::GoId;

use super::go::Go;

/// The goroutines that are followed at once.
pub(super) const MOST: usize = 1 << 18;
/// No place.
const FREE: u32 = u32::MAX;

/// A goroutine at a place of the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct GoKey {
    pub(super) place: u32,
    life: u16,
}

impl GoKey {
    /// As a number: lives that have the same one are far apart.
    pub(super) const fn bits(self) -> u32 {
        self.place | (self.life as u32) << MOST.trailing_zeros()
    }
}

#[derive(Debug)]
pub(super) struct Table {
    gos: Vec<Go>,
    free: Vec<u32>,
    /// By hash, and behind that: places. No more than half of them are taken.
    index: Box<[u32]>,
    /// The index has two to the power of 64 less this.
    shift: u32,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { gos: Vec::new(), free: Vec::new(), index: vec![FREE; 64].into(), shift: 58, len: 0 }
    }
}

impl Table {
    #[inline]
    fn hash(&self, id: GoId) -> usize {
        (id.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[inline]
    pub(super) fn at(&mut self, place: u32) -> &mut Go {
        &mut self.gos[place as usize]
    }

    #[inline]
    fn id(&self, place: u32) -> GoId {
        self.gos[place as usize].id
    }

    /// Where in the index an id is, or could be.
    #[inline]
    fn find(&self, id: GoId) -> usize {
        let mut at = self.hash(id);
        while self.index[at] != FREE && self.id(self.index[at]) != id {
            at = (at + 1) & (self.index.len() - 1);
        }
        at
    }

    /// The place of a goroutine.
    #[inline]
    pub(super) fn place(&self, id: GoId) -> Option<u32> {
        let place = self.index[self.find(id)];
        (place != FREE).then_some(place)
    }

    pub(super) fn get(&self, id: GoId) -> Option<&Go> {
        self.gos.get(self.place(id)? as usize)
    }

    /// What tells the goroutine at a place from those that were there before.
    pub(super) fn key(&mut self, place: u32) -> GoKey {
        GoKey { place, life: self.at(place).life }
    }

    /// The same for another one of its lives.
    pub(super) fn key_of(&self, place: u32, life: u16) -> GoKey {
        GoKey { place, life }
    }

    /// Adds a goroutine that is not there, if there is room.
    pub(super) fn add(&mut self, go: Go) -> Option<u32> {
        if self.len == MOST {
            return None;
        }
        if 2 * (self.len + 1) > self.index.len() {
            self.grow();
        }
        let at = self.find(go.id);
        let place = self.free.pop().unwrap_or_else(|| {
            self.gos.push(Go::nobody());
            self.gos.len() as u32 - 1
        });
        let life = self.at(place).life.wrapping_add(1);
        *self.at(place) = Go { life, ..go };
        self.index[at] = place;
        self.len += 1;
        Some(place)
    }

    #[cold]
    fn grow(&mut self) {
        let index = vec![FREE; 2 * self.index.len()];
        let places = std::mem::replace(&mut self.index, index.into());
        self.shift -= 1;
        for place in places.iter().copied().filter(|place| *place != FREE) {
            let at = self.find(self.id(place));
            self.index[at] = place;
        }
    }

    pub(super) fn remove(&mut self, place: u32) {
        let mut hole = self.find(self.id(place));
        let life = self.at(place).life;
        *self.at(place) = Go { life, ..Go::nobody() };
        self.free.push(place);
        self.len -= 1;
        // What stands behind moves up, unless its hash says that it is where it belongs.
        let last = self.index.len() - 1;
        let mut next = hole;
        loop {
            next = (next + 1) & last;
            let moved = self.index[next];
            if moved == FREE {
                break;
            }
            let home = self.hash(self.id(moved));
            if next.wrapping_sub(home) & last >= next.wrapping_sub(hole) & last {
                (self.index[hole], hole) = (moved, next);
            }
        }
        self.index[hole] = FREE;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Go> {
        self.gos.iter().filter(|go| go.id.is_some())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Go> {
        self.gos.iter_mut().filter(|go| go.id.is_some())
    }

    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(&Go) -> bool) {
        for place in 0..self.gos.len() as u32 {
            if self.at(place).id.is_some() && !is_kept(self.at(place)) {
                self.remove(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn there_is_room_for_so_many() {
        let mut table = Table::default();
        let added = (0..MOST as u64 + 10).filter(|id| table.add(Go::new(GoId(*id))).is_some());
        assert_eq!(added.count(), MOST);
        table.retain(|go| go.id.0 % 2 == 0);
        assert_eq!((table.iter().count(), table.len), (MOST / 2, MOST / 2));
        assert!(table.place(GoId(4)).is_some() && table.place(GoId(5)).is_none());
    }

    proptest! {
        #[test]
        fn a_goroutine_is_found_until_it_is_removed(steps in prop::collection::vec((any::<bool>(), 0..200_u64), 1..2000)) {
            let (mut table, mut model) = (Table::default(), BTreeMap::new());
            for (adds, id) in steps {
                let id = GoId(id * 64);
                prop_assert_eq!(table.place(id), model.get(&id).copied());
                match (adds, table.place(id)) {
                    (true, None) => _ = model.insert(id, table.add(Go::new(id)).unwrap()),
                    (false, Some(place)) => {
                        table.remove(place);
                        model.remove(&id);
                    }
                    _ => {}
                }
            }
            prop_assert!(model.iter().all(|(id, place)| table.place(*id) == Some(*place)));
            prop_assert_eq!(table.iter().count(), model.len());
        }
    }
}
