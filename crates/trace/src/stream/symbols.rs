//! The strings and stacks of a generation: what events call by numbers, before and after it comes.

use foldhash::HashMap;

use super::{
    limits,
    tables::{PLACE, id},
};
use crate::{
    generation::Numbering,
    tables::{Frame, StackId, StringId},
};

/// Two strings or two stacks of a generation have this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Duplicate(pub(super) u64);

/// Contents by number. A number has its place before it has a content.
#[derive(Debug)]
pub(super) struct Entries<T> {
    places: Numbering<u32>,
    /// By place: where in `contents` it is, if that is known.
    parts: Vec<Option<(u32, u32)>>,
    contents: Vec<T>,
    /// How much there may be in `contents`.
    most: usize,
}

impl<T: Copy> Entries<T> {
    fn new(most: usize) -> Self {
        Self { places: Numbering::new(), parts: Vec::new(), contents: Vec::new(), most }
    }

    /// The place of a number: where nothing will ever be, if there are too many.
    #[inline]
    pub(super) fn place(&mut self, number: u64) -> u32 {
        match self.places.get(number) {
            Some(place) => place,
            None => self.add_number(number),
        }
    }

    #[cold]
    fn add_number(&mut self, number: u64) -> u32 {
        let place = self.parts.len();
        if place == limits::NUMBERS || !self.places.insert(number, place as u32) {
            return PLACE;
        }
        self.parts.push(None);
        place as u32
    }

    /// The content of a place, if it is known.
    pub(super) fn get(&self, place: u32) -> Option<&[T]> {
        let (start, len) = (*self.parts.get(place as usize)?)?;
        self.contents.get(start as usize..)?.get(..len as usize)
    }

    /// Whether a number has no content yet.
    fn lacks_content(&self) -> bool {
        self.parts.iter().any(Option::is_none)
    }

    /// Keeps the content of a number, if there is room for it.
    pub(super) fn define(&mut self, number: u64, content: &[T]) -> Result<(), Duplicate> {
        let place = self.place(number);
        if number == 0 || self.get(place).is_some() {
            return Err(Duplicate(number));
        }
        let part = self.keep(content);
        if let Some(slot) = self.parts.get_mut(place as usize) {
            *slot = part;
        }
        Ok(())
    }

    /// Keeps a content without a number, if there is room for it.
    pub(super) fn add(&mut self, content: &[T]) -> u32 {
        let place = self.parts.len();
        if place == limits::NUMBERS {
            return PLACE;
        }
        let part = self.keep(content);
        self.parts.push(part);
        place as u32
    }

    fn keep(&mut self, content: &[T]) -> Option<(u32, u32)> {
        let start = self.contents.len();
        if content.len() > self.most - start {
            return None;
        }
        self.contents.extend_from_slice(content);
        Some((start as u32, content.len() as u32))
    }
}

/// The strings and stacks of a generation.
#[derive(Debug)]
pub(super) struct Symbols {
    /// Which part the ids belong to.
    pub(super) part: u32,
    pub(super) strings: Entries<u8>,
    pub(super) stacks: Entries<Frame>,
    /// What is at an address: the first stack that tells is believed, as by [`Reader`](crate::Reader).
    code: HashMap<u64, Frame>,
}

impl Symbols {
    pub(super) fn new(part: u32) -> Self {
        let (strings, stacks) = (Entries::new(limits::TEXT), Entries::new(limits::FRAMES));
        Self { part, strings, stacks, code: HashMap::default() }
    }

    /// Whether something is not known that was named.
    pub(super) fn has_unknown(&self) -> bool {
        self.strings.lacks_content() || self.stacks.lacks_content()
    }

    #[inline]
    pub(super) fn string_id(&mut self, number: u64) -> StringId {
        if number == 0 { StringId::EMPTY } else { StringId(id(self.part, self.strings.place(number))) }
    }

    #[inline]
    pub(super) fn stack_id(&mut self, number: u64) -> StackId {
        if number == 0 { StackId::NONE } else { StackId(id(self.part, self.stacks.place(number))) }
    }

    pub(super) fn frame(&mut self, frame: &goscope_wire::Frame) -> Frame {
        if let Some(known) = self.code.get(&frame.pc) {
            return *known;
        }
        let goscope_wire::Frame { pc, func, file, line } = *frame;
        let frame = Frame { pc, func: self.string_id(func), file: self.string_id(file), line };
        if self.code.len() < limits::FRAMES {
            self.code.insert(pc, frame);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_place_and_one_content() {
        let mut entries = Entries::new(10);
        let place = entries.place(7);
        assert_eq!((entries.place(7), entries.get(place)), (place, None));
        assert_eq!(entries.define(7, b"seven"), Ok(()));
        assert_eq!(entries.define(7, b"again"), Err(Duplicate(7)));
        assert_eq!(entries.define(0, b"none"), Err(Duplicate(0)));
        assert_eq!(entries.get(place), Some(&b"seven"[..]));
    }

    #[test]
    fn what_there_is_no_room_for_stays_unknown() {
        let mut entries = Entries::new(4);
        assert_eq!((entries.define(1, b"abc"), entries.define(2, b"de")), (Ok(()), Ok(())));
        assert_eq!(
            [1, 2].map(|number| entries.place(number)).map(|place| entries.get(place).is_some()),
            [true, false]
        );
    }
}
