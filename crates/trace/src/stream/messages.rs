//! The last messages of logs of family v1, which are in no table of the file. Their numbers go round.

use std::collections::VecDeque;

use super::{limits, tables::PLACE};

#[derive(Default, Debug)]
pub(super) struct Messages {
    texts: VecDeque<Box<[u8]>>,
    bytes: usize,
    /// The number of the first one.
    first: u32,
}

impl Messages {
    /// Keeps a message, and the ones before it as long as there is room.
    pub(super) fn add(&mut self, text: &[u8]) -> u32 {
        self.texts.push_back(text.into());
        self.bytes += text.len();
        while self.texts.len() > limits::MESSAGES || self.texts.len() > 1 && self.bytes > limits::MESSAGE_TEXT
        {
            self.bytes -= self.texts.pop_front().map_or(0, |text| text.len());
            self.first = self.first.wrapping_add(1) & PLACE;
        }
        self.first.wrapping_add(self.texts.len() as u32 - 1) & PLACE
    }

    pub(super) fn get(&self, number: u32) -> Option<&[u8]> {
        let place = number.wrapping_sub(self.first) & PLACE;
        self.texts.get(place as usize).map(|text| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_are_there() {
        let mut messages = Messages { first: PLACE - 10, ..Messages::default() };
        let numbers: Vec<_> =
            (0..2 * limits::MESSAGES).map(|n| messages.add(n.to_string().as_bytes())).collect();
        let (old, new) = numbers.split_at(limits::MESSAGES);
        assert!(old.iter().all(|number| messages.get(*number).is_none()));
        assert!(
            new.iter()
                .zip(limits::MESSAGES..)
                .all(|(number, n)| messages.get(*number) == Some(n.to_string().as_bytes()))
        );
    }

    #[test]
    fn one_large_message_is_kept() {
        let mut messages = Messages::default();
        let small = messages.add(b"small");
        let large = messages.add(&vec![b'a'; limits::MESSAGE_TEXT + 1]);
        assert_eq!(
            (messages.get(small), messages.get(large).map(<[u8]>::len)),
            (None, Some(limits::MESSAGE_TEXT + 1))
        );
    }
}
