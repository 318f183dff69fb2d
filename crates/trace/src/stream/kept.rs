//! Strings of tasks that outlive the generation in which they began. Each is kept once, and as long as it is used.

use std::mem;

use foldhash::HashMap;

use super::limits;

#[derive(Default, Debug)]
pub(super) struct Kept {
    strings: Vec<KeptString>,
    places: HashMap<Box<[u8]>, u32>,
    free: Vec<u32>,
    /// The generations that have begun.
    generation: u64,
    /// Those that were released since the last one began, perhaps more than once, and in the one before.
    released: Vec<u32>,
    released_before: Vec<u32>,
    bytes: usize,
}

#[derive(Debug)]
struct KeptString {
    text: Box<[u8]>,
    /// How many tasks have it.
    users: u32,
    /// The generation in which one of them last released it.
    released_in: u64,
}

impl Kept {
    pub(super) fn get(&self, place: u32) -> Option<&[u8]> {
        self.strings.get(place as usize).map(|string| &*string.text)
    }

    /// Keeps a string for one more task, if there is room.
    pub(super) fn add(&mut self, text: &[u8]) -> Option<u32> {
        let place = match self.places.get(text) {
            Some(place) => *place,
            None if text.len() > limits::TASK_TEXT - self.bytes => return None,
            None => self.add_new(text),
        };
        self.strings[place as usize].users += 1;
        Some(place)
    }

    fn add_new(&mut self, text: &[u8]) -> u32 {
        self.bytes += text.len();
        let string = KeptString { text: text.into(), users: 0, released_in: 0 };
        let place = self.free.pop().unwrap_or(self.strings.len() as u32);
        match self.strings.get_mut(place as usize) {
            Some(slot) => *slot = string,
            None => self.strings.push(string),
        }
        self.places.insert(text.into(), place);
        place
    }

    /// Says that a task does not need a string any more.
    pub(super) fn release(&mut self, place: u32) {
        if let Some(string) = self.strings.get_mut(place as usize) {
            string.users = string.users.saturating_sub(1);
            string.released_in = self.generation;
            self.released.push(place);
        }
    }

    /// When a generation begins, forgets what was released before the last one did, unless another task has it or
    /// released it later.
    pub(super) fn begin_generation(&mut self) {
        let before = mem::replace(&mut self.released_before, mem::take(&mut self.released));
        for place in before {
            let string = &mut self.strings[place as usize];
            let is_unused = string.users == 0 && string.released_in < self.generation;
            if is_unused && self.places.remove(&string.text).is_some() {
                self.bytes -= string.text.len();
                string.text = Box::default();
                self.free.push(place);
            }
        }
        self.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_kept_until_its_last_task_has_ended_and_its_place_is_used_again() {
        let mut kept = Kept::default();
        let places = [kept.add(b"a"), kept.add(b"b"), kept.add(b"a")];
        assert_eq!(places, [Some(0), Some(1), Some(0)]);
        kept.release(0);
        kept.begin_generation();
        assert_eq!(kept.get(0), Some(&b"a"[..]));
        kept.release(0);
        kept.begin_generation();
        assert_eq!((kept.get(0), kept.places.len()), (Some(&b"a"[..]), 2));
        kept.begin_generation();
        assert_eq!((kept.add(b"c"), kept.get(0), kept.bytes), (Some(0), Some(&b"c"[..]), 2));
    }
}
