//! Figures by name, where a name is a number that holds for a generation, and its text comes later.
//!
//! In each generation a number has an entry of its own until its text is known; then the entry becomes one with that
//! of the same text.
//!
//! Invariant: there are no more entries than [`Book::new`] says. What there is no entry for counts for the rest,
//! which has no name.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::window::Place;

/// What is kept of something with a name.
pub(super) trait Figures: Default {
    /// A slice of the window begins.
    fn clear(&mut self, place: Place);
    /// It turned out to be the same as another one.
    fn absorb(&mut self, other: &Self);
}

/// The entry of what has no name, or found no room.
pub(super) const REST: u32 = 0;

#[derive(Debug)]
pub(super) struct Book<Id, Name, F> {
    entries: Vec<Entry<Name, F>>,
    most: usize,
    /// Entries that are not used.
    free: Vec<u32>,
    ids: FxHashMap<Id, u32>,
    names: FxHashMap<Name, u32>,
    left_out: u64,
}

#[derive(Default, Debug)]
struct Entry<Name, F> {
    name: Option<Name>,
    is_free: bool,
    figures: F,
}

impl<Id: Copy + Eq + Hash, Name: Clone + Default + Eq + Hash, F: Figures> Book<Id, Name, F> {
    pub(super) fn new(most: usize) -> Self {
        let rest = Entry { name: Some(Name::default()), is_free: false, figures: F::default() };
        let names = FxHashMap::from_iter([(Name::default(), REST)]);
        Self { entries: vec![rest], most, free: Vec::new(), ids: FxHashMap::default(), names, left_out: 0 }
    }

    /// The entry of a number, which may be new.
    #[inline]
    pub(super) fn entry(&mut self, id: Id, name: impl FnOnce() -> Option<Name>) -> u32 {
        match self.ids.get(&id) {
            Some(entry) => *entry,
            None => self.add(id, name()),
        }
    }

    #[cold]
    fn add(&mut self, id: Id, name: Option<Name>) -> u32 {
        if self.ids.len() >= self.most {
            self.left_out += 1;
            return REST;
        }
        let known = name.as_ref().and_then(|name| self.names.get(name).copied());
        let entry = known.or_else(|| self.add_entry(name)).unwrap_or_else(|| {
            self.left_out += 1;
            REST
        });
        self.ids.insert(id, entry);
        entry
    }

    fn add_entry(&mut self, name: Option<Name>) -> Option<u32> {
        let entry = Entry { name: name.clone(), is_free: false, figures: F::default() };
        let place = match self.free.pop() {
            Some(place) => {
                self.entries[place as usize] = entry;
                place
            }
            None if self.entries.len() >= self.most => return None,
            None => {
                self.entries.push(entry);
                self.entries.len() as u32 - 1
            }
        };
        if let Some(name) = name {
            self.names.insert(name, place);
        }
        Some(place)
    }

    #[inline]
    pub(super) fn figures(&mut self, entry: u32) -> &mut F {
        &mut self.entries[entry as usize].figures
    }

    /// The name of an entry, if it is known.
    pub(super) fn name(&self, entry: u32) -> Option<&Name> {
        self.entries.get(entry as usize)?.name.as_ref()
    }

    /// All entries, to change their figures.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, Option<&Name>, &mut F)> {
        let used = self.entries.iter_mut().zip(0..).filter(|(entry, _)| !entry.is_free);
        used.map(|(entry, place)| (place, entry.name.as_ref(), &mut entry.figures))
    }

    /// All entries: their numbers, and their names if they are known.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Option<&Name>, &F)> {
        let used = self.entries.iter().zip(0..).filter(|(entry, _)| !entry.is_free);
        used.map(|(entry, place)| (place, entry.name.as_ref(), &entry.figures))
    }

    pub(super) fn clear(&mut self, place: Place) {
        self.entries.iter_mut().for_each(|entry| entry.figures.clear(place));
    }

    /// The generation ends, and all names are known that ever will be. Returns what entries became.
    pub(super) fn resolve(&mut self, mut name: impl FnMut(Id) -> Name) -> Became {
        let mut became = Became((0..self.entries.len() as u32).collect());
        for (id, entry) in std::mem::take(&mut self.ids) {
            let place = entry as usize;
            if self.entries[place].name.is_some() {
                continue;
            }
            let name = name(id);
            if let Some(known) = self.names.get(&name).copied() {
                let gone = std::mem::take(&mut self.entries[place].figures);
                self.entries[known as usize].figures.absorb(&gone);
                self.entries[place].is_free = true;
                self.free.push(entry);
                became.0[place] = known;
            } else {
                self.names.insert(name.clone(), entry);
                self.entries[place].name = Some(name);
            }
        }
        became
    }

    /// How often something found no room.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// What entries became when their names were known.
#[derive(Debug)]
pub(super) struct Became(Vec<u32>);

impl Became {
    pub(super) fn of(&self, entry: u32) -> u32 {
        self.0.get(entry as usize).copied().unwrap_or(REST)
    }
}
