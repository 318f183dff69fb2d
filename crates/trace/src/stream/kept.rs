//! Strings of tasks that outlive the generation in which they began. Each is kept once, and as long as it is used.

use std::{collections::hash_map::Entry, mem};

use rustc_hash::FxHashMap;

use super::limits;

#[derive(Default, Debug)]
pub(super) struct Kept {
    /// The strings, and how many tasks have each.
    strings: Vec<(Box<[u8]>, u32)>,
    places: FxHashMap<Box<[u8]>, u32>,
    free: Vec<u32>,
    /// Those that were released since the generation began, perhaps more than once, and in the one before.
    released: Vec<u32>,
    released_before: Vec<u32>,
    bytes: usize,
}

impl Kept {
    pub(super) fn get(&self, place: u32) -> Option<&[u8]> {
        self.strings.get(place as usize).map(|(text, _)| &**text)
    }

    /// Keeps a string for one more task, if there is room.
    pub(super) fn add(&mut self, text: &[u8]) -> Option<u32> {
        if text.len() > limits::TASK_TEXT - self.bytes {
            return self.places.get(text).copied();
        }
        let place = match self.places.entry(text.into()) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                self.bytes += text.len();
                let place = self.free.pop().unwrap_or(self.strings.len() as u32);
                match self.strings.get_mut(place as usize) {
                    Some(slot) => slot.0 = text.into(),
                    None => self.strings.push((text.into(), 0)),
                }
                *entry.insert(place)
            }
        };
        self.strings[place as usize].1 += 1;
        Some(place)
    }

    /// Says that a task does not need a string any more.
    pub(super) fn release(&mut self, place: u32) {
        if let Some((_, users)) = self.strings.get_mut(place as usize) {
            *users = users.saturating_sub(1);
            self.released.push(place);
        }
    }

    /// When a generation begins, forgets what was released before the last one did, unless another task has it.
    pub(super) fn forget_released(&mut self) {
        let released = mem::take(&mut self.released);
        for place in mem::replace(&mut self.released_before, released) {
            let Some((text, users)) = self.strings.get_mut(place as usize) else { continue };
            if *users == 0 && self.places.remove(text).is_some() {
                self.bytes -= text.len();
                *text = Box::default();
                self.free.push(place);
            }
        }
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
        kept.forget_released();
        assert_eq!(kept.get(0), Some(&b"a"[..]));
        kept.release(0);
        kept.forget_released();
        assert_eq!(kept.get(0), Some(&b"a"[..]));
        kept.forget_released();
        assert_eq!((kept.add(b"c"), kept.get(0), kept.bytes), (Some(0), Some(&b"c"[..]), 2));
    }
}
