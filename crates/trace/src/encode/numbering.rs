//! The numbers that strings and stacks have in a generation, and their records.
//!
//! A generation numbers its own, from 1, in the order in which they are needed. What is longer than Go's reader takes
//! is shortened, and counted.

use foldhash::HashMap;
use goscope_wire::varint;

use crate::{
    event_id,
    tables::{Frame, StackId, StringId, Tables},
};

/// The longest string that Go's reader takes, in bytes.
const MAX_STRING: usize = 1 << 10;
/// The deepest stack that Go's reader takes, in frames.
const MAX_FRAMES: usize = 128;
/// The first numbers are for reasons of stops of the world, which keep theirs in all generations.
const REASONS: usize = 32;
/// Addresses from here on are made up.
const MADE_UP: u64 = 1 << 62;

/// What a generation has numbered.
#[derive(Default, Debug)]
pub(super) struct Numbering {
    /// The generation, as `numbers` tell them apart.
    generation: u32,
    strings: Numbers,
    stacks: Numbers,
    /// The reasons of stops in the order of their numbers, with the generation in which each was written last.
    reasons: Vec<(StringId, u32)>,
    /// What stands at an address: Go's reader takes an address for one place only.
    places: HashMap<u64, Frame>,
    made_up: HashMap<Frame, u64>,
    next_address: u64,
    /// How many strings and stacks were shortened.
    pub(super) shortened: u64,
}

/// By id: in which generation it was numbered last, and how.
#[derive(Default, Debug)]
struct Numbers {
    numbers: Vec<(u32, u32)>,
    last: u32,
}

impl Numbers {
    #[inline]
    fn get(&self, index: usize, generation: u32) -> Option<u64> {
        let (of, number) = *self.numbers.get(index)?;
        (of == generation).then_some(u64::from(number))
    }

    /// Whether any generation has numbered it.
    fn is_known(&self, index: usize) -> bool {
        self.numbers.get(index).is_some_and(|(generation, _)| *generation > 0)
    }

    fn add(&mut self, index: usize, generation: u32) -> u64 {
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, (0, 0));
        }
        self.last += 1;
        self.numbers[index] = (generation, self.last);
        u64::from(self.last)
    }
}

impl Numbering {
    /// Begins a generation: nothing has a number.
    pub(super) fn begin(&mut self) {
        self.generation += 1;
        (self.strings.last, self.stacks.last) = (REASONS as u32, 0);
        self.places.clear();
        self.made_up.clear();
        self.next_address = MADE_UP;
    }

    #[inline]
    pub(super) fn string(&self, id: StringId) -> Option<u64> {
        self.strings.get(id.index(), self.generation)
    }

    #[inline]
    pub(super) fn stack(&self, id: StackId) -> Option<u64> {
        self.stacks.get(id.index(), self.generation)
    }

    /// Whether any generation so far has the string.
    pub(super) fn has_string(&self, id: StringId) -> bool {
        self.strings.is_known(id.index())
    }

    /// Whether any generation so far has the stack.
    pub(super) fn has_stack(&self, id: StackId) -> bool {
        self.stacks.is_known(id.index())
    }

    /// Numbers a string. Returns its record too.
    pub(super) fn new_string(&mut self, id: StringId, tables: &Tables) -> (u64, Vec<u8>) {
        let number = self.strings.add(id.index(), self.generation);
        (number, self.string_record(number, tables.string(id)))
    }

    /// The number of the reason of a stop, if it has been written in this generation.
    pub(super) fn reason(&self, id: StringId) -> Option<u64> {
        let place = self.reasons.iter().position(|reason| *reason == (id, self.generation))?;
        Some(place as u64 + 1)
    }

    /// Numbers the reason of a stop. Returns its record too. `None` if there are more reasons than the runtime has.
    ///
    /// Go's reader names the reason at the end of a stop by the number that it had at the begin, which may have been in another
    /// generation.
    pub(super) fn new_reason(&mut self, id: StringId, tables: &Tables) -> Option<(u64, Vec<u8>)> {
        let place = match self.reasons.iter().position(|(reason, _)| *reason == id) {
            Some(place) => place,
            None if self.reasons.len() == REASONS => return None,
            None => {
                self.reasons.push((id, 0));
                self.reasons.len() - 1
            }
        };
        self.reasons[place].1 = self.generation;
        let number = place as u64 + 1;
        Some((number, self.string_record(number, tables.string(id))))
    }

    fn string_record(&mut self, number: u64, text: &[u8]) -> Vec<u8> {
        let kept = &text[..kept_len(text)];
        self.shortened += u64::from(kept.len() < text.len());
        let mut record = vec![event_id::STRING];
        varint::append(&mut record, number);
        varint::append(&mut record, kept.len() as u64);
        record.extend_from_slice(kept);
        record
    }

    /// The frames of a stack that are kept: the innermost.
    pub(super) fn frames<'a>(&mut self, frames: &'a [Frame]) -> &'a [Frame] {
        self.shortened += u64::from(frames.len() > MAX_FRAMES);
        &frames[..frames.len().min(MAX_FRAMES)]
    }

    /// Numbers a stack of frames with the numbers of their functions and files. Returns its record too.
    pub(super) fn new_stack(&mut self, id: StackId, frames: &[(&Frame, u64, u64)]) -> (u64, Vec<u8>) {
        let number = self.stacks.add(id.index(), self.generation);
        let mut record = vec![event_id::STACK];
        varint::append(&mut record, number);
        varint::append(&mut record, frames.len() as u64);
        for (frame, func, file) in frames {
            let numbers = [self.address(frame), *func, *file, frame.line];
            numbers.into_iter().for_each(|number| varint::append(&mut record, number));
        }
        (number, record)
    }

    /// The address of a frame; if another place in the program has it already, one that nothing has.
    fn address(&mut self, frame: &Frame) -> u64 {
        if *self.places.entry(frame.pc).or_insert(*frame) == *frame {
            return frame.pc;
        }
        if let Some(address) = self.made_up.get(frame) {
            return *address;
        }
        while self.places.contains_key(&self.next_address) {
            self.next_address += 1;
        }
        self.places.insert(self.next_address, *frame);
        self.made_up.insert(*frame, self.next_address);
        self.next_address
    }
}

/// How much of a text is kept: whole characters.
fn kept_len(text: &[u8]) -> usize {
    if text.len() <= MAX_STRING {
        return text.len();
    }
    let is_inside = |at: &usize| text[*at] & 0xc0 == 0x80;
    (MAX_STRING - 3..=MAX_STRING).rev().find(|at| !is_inside(at)).unwrap_or(MAX_STRING)
}
