//! Figures by name, where a name is a number that holds for a generation, and its text comes later.
//!
//! In each generation a number has an entry of its own until its text is known; then the entry becomes one with that
//! of the same text.
//!
//! Invariant: there are no more entries than [`Book::new`] says. What there is no entry for counts for the rest,
//! which has no name.

use std::hash::Hash;

use foldhash::HashMap;

use super::window::{Place, Window};

/// What is kept of something with a name.
pub(super) trait Figures: Default {
    /// A slice of the window begins.
    fn clear(&mut self, place: Place);
    /// The window is laid out anew: what was is forgotten.
    fn reset(&mut self);
    /// It turned out to be the same as another one.
    fn absorb(&mut self, other: &Self);
    /// Whether nothing happened in the window.
    fn is_idle(&self, window: &Window) -> bool;
}

/// The entry of what has no name, or found no room.
pub(super) const REST: u32 = 0;
/// No entry: nothing has told yet which one it is.
pub(super) const UNTOLD: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct Book<Id, Name, F> {
    entries: Vec<Entry<Name, F>>,
    most: usize,
    /// Entries that are not used.
    free: Vec<u32>,
    /// Those of the generation.
    ids: HashMap<Id, u32>,
    names: HashMap<Name, u32>,
    left_out: u64,
}

#[derive(Default, Debug)]
struct Entry<Name, F> {
    /// As far as it is known.
    name: Name,
    is_named: bool,
    is_free: bool,
    figures: F,
}

impl<Id: Copy + Eq + Hash, Name: Clone + Default + Eq + Hash, F: Figures> Book<Id, Name, F> {
    pub(super) fn new(most: usize) -> Self {
        let rest = Entry { is_named: true, ..Entry::default() };
        let names = HashMap::from_iter([(Name::default(), REST)]);
        Self { entries: vec![rest], most, free: Vec::new(), ids: HashMap::default(), names, left_out: 0 }
    }

    /// The entry of a number, which may be new: then `told` gives its name as far as it is known, and whether that is
    /// all of it.
    #[inline]
    pub(super) fn entry(&mut self, id: Id, told: impl FnOnce() -> (Name, bool)) -> u32 {
        match self.ids.get(&id) {
            Some(entry) => *entry,
            None => self.add(id, told()),
        }
    }

    #[cold]
    fn add(&mut self, id: Id, (name, is_named): (Name, bool)) -> u32 {
        let known = self.names.get(&name).filter(|_| is_named).copied();
        let is_room = self.ids.len() < self.most;
        let entry = known.or_else(|| is_room.then(|| self.add_entry(name, is_named))?);
        if is_room && let Some(entry) = entry {
            self.ids.insert(id, entry);
        }
        self.left_out += u64::from(entry.is_none());
        entry.unwrap_or(REST)
    }

    fn add_entry(&mut self, name: Name, is_named: bool) -> Option<u32> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.entries.len() >= self.most => return None,
            None => {
                self.entries.push(Entry::default());
                self.entries.len() as u32 - 1
            }
        };
        let entry = &mut self.entries[place as usize];
        (entry.name, entry.is_named, entry.is_free) = (name, is_named, false);
        if is_named {
            self.names.insert(entry.name.clone(), place);
        }
        Some(place)
    }

    #[inline]
    pub(super) fn figures(&mut self, entry: u32) -> &mut F {
        let entry = if (entry as usize) < self.entries.len() { entry } else { REST };
        &mut self.entries[entry as usize].figures
    }

    /// The name of an entry, as far as it is known.
    pub(super) fn name(&self, entry: u32) -> Option<&Name> {
        self.entries.get(entry as usize).filter(|entry| !entry.is_free).map(|entry| &entry.name)
    }

    /// All entries: their numbers, and their names as far as they are known.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Name, &F)> {
        let used = self.entries.iter().zip(0..).filter(|(entry, _)| !entry.is_free);
        used.map(|(entry, place)| (place, &entry.name, &entry.figures))
    }

    /// All entries whose names are known, to change their figures.
    pub(super) fn named(&mut self) -> impl Iterator<Item = (u32, &Name, &mut F)> {
        let named = self.entries.iter_mut().zip(0..).filter(|(entry, _)| entry.is_named && !entry.is_free);
        named.map(|(entry, place)| (place, &entry.name, &mut entry.figures))
    }

    pub(super) fn clear(&mut self, place: Place) {
        self.entries.iter_mut().for_each(|entry| entry.figures.clear(place));
    }

    pub(super) fn reset(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.figures.reset());
    }

    /// The generation ends, and all names are known that ever will be. Returns what entries became.
    pub(super) fn resolve(&mut self, mut name: impl FnMut(Id) -> Name) -> Became {
        let mut became = Became((0..self.entries.len() as u32).collect());
        let mut ids: Vec<_> = std::mem::take(&mut self.ids).into_iter().collect();
        // The first one of a name keeps its entry: not by the order of a hash map.
        ids.sort_unstable_by_key(|(_, place)| *place);
        for (id, place) in ids {
            if !self.entries[place as usize].is_named {
                became.0[place as usize] = self.settle(place, name(id));
            }
        }
        became
    }

    /// An entry gets its name. Returns the one that has it.
    fn settle(&mut self, place: u32, name: Name) -> u32 {
        let Some(known) = self.names.get(&name).copied() else {
            let entry = &mut self.entries[place as usize];
            (entry.name, entry.is_named) = (name.clone(), true);
            self.names.insert(name, place);
            return place;
        };
        let figures = self.release(place);
        self.entries[known as usize].figures.absorb(&figures);
        known
    }

    fn release(&mut self, place: u32) -> F {
        let entry = std::mem::take(&mut self.entries[place as usize]);
        self.entries[place as usize].is_free = true;
        self.free.push(place);
        if entry.is_named {
            self.names.remove(&entry.name);
        }
        entry.figures
    }

    /// Whether room is running out.
    pub(super) fn is_crowded(&self) -> bool {
        2 * (self.entries.len() - self.free.len()) > self.most
    }

    /// Forgets what nobody refers to, and what did nothing in the window.
    pub(super) fn make_room(&mut self, used: &Used, window: &Window) {
        for place in 1..self.entries.len() as u32 {
            let entry = &self.entries[place as usize];
            if !entry.is_free && !used.has(place) && entry.figures.is_idle(window) {
                self.release(place);
            }
        }
        let entries = &self.entries;
        self.ids.retain(|_, place| !entries[*place as usize].is_free);
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
        self.0.get(entry as usize).copied().unwrap_or(entry)
    }
}

/// Entries that somebody refers to.
#[derive(Default, Debug)]
pub(super) struct Used(Vec<bool>);

impl Used {
    pub(super) fn note(&mut self, entry: u32) {
        if entry == UNTOLD {
            return;
        }
        if self.0.len() <= entry as usize {
            self.0.resize(entry as usize + 1, false);
        }
        self.0[entry as usize] = true;
    }

    fn has(&self, entry: u32) -> bool {
        self.0.get(entry as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug)]
    struct Sum(u64);

    impl Figures for Sum {
        fn clear(&mut self, _: Place) {
            self.0 = 0;
        }

        fn reset(&mut self) {
            self.0 = 0;
        }

        fn absorb(&mut self, other: &Self) {
            self.0 += other.0;
        }

        fn is_idle(&self, _: &Window) -> bool {
            self.0 == 0
        }
    }

    fn add(book: &mut Book<u32, String, Sum>, id: u32, value: u64) -> u32 {
        let entry = book.entry(id, || (String::new(), false));
        book.figures(entry).0 += value;
        entry
    }

    fn sums(book: &Book<u32, String, Sum>) -> Vec<(String, u64)> {
        let mut sums: Vec<_> = book.iter().map(|(_, name, sum)| (name.clone(), sum.0)).collect();
        sums.sort();
        sums
    }

    #[test]
    fn numbers_of_the_same_name_become_one() {
        let mut book = Book::new(10);
        let before = add(&mut book, 1, 5);
        assert_eq!(book.resolve(|_| "a".into()).of(before), before);
        let (same, other) = (add(&mut book, 1, 7), add(&mut book, 2, 1));
        let named = book.entry(3, || ("a".into(), true));
        let became = book.resolve(|id| if id == 1 { "a".into() } else { "b".into() });
        assert_eq!((became.of(same), became.of(other), named), (before, other, before));
        assert_eq!(sums(&book), [("".into(), 0), ("a".into(), 12), ("b".into(), 1)]);
    }

    #[test]
    fn what_finds_no_room_counts_for_the_rest_until_there_is_some() {
        let mut book = Book::new(4);
        let entries: Vec<_> = (0..6).map(|id| add(&mut book, id, 1)).collect();
        assert_eq!((&entries[..], book.left_out()), (&[1, 2, 3, REST, REST, REST][..], 3));
        assert!(book.is_crowded());
        let mut used = Used::default();
        used.note(2);
        [1, 2].into_iter().for_each(|entry| book.figures(entry).clear(0));
        book.make_room(&used, &Window::new(1000));
        assert_eq!(sums(&book).len(), 3); // the rest, what is used, what is not idle
        assert_eq!((add(&mut book, 9, 1), add(&mut book, 1, 1)), (1, 2));
    }
}
