//! The strings and stacks of a trace. Both come after their use, mostly at the end of the file.
//!
//! Source: Go 1.21.13 and Go 1.27.3, `parser.go` (`EvString`, `EvStack`).

use std::{collections::hash_map::Entry, ops::Range};

use foldhash::HashMap;
use goscope_wire::Record;

use super::Result;
use crate::{
    error::GenerationError,
    generation::Numbering,
    tables::{Frame, StackId, StringId, Tables},
};

/// Strings and stacks as they come.
#[derive(Debug)]
pub(super) struct Symbols {
    strings: Numbering<StringId>,
    /// The stacks: their numbers, and their parts of `frames`.
    stacks: Vec<(u64, Range<usize>)>,
    frames: Vec<goscope_wire::Frame>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { strings: Numbering::new(), stacks: Vec::new(), frames: Vec::new() }
    }
}

impl Symbols {
    pub(super) fn add_string(&mut self, number: u64, record: &Record<'_>, tables: &mut Tables) -> Result<()> {
        let text = tables.intern_string(record.data().unwrap_or_default());
        let is_new = self.strings.insert(number, text);
        if is_new { Ok(()) } else { Err(GenerationError::Duplicate(number).into()) }
    }

    pub(super) fn add_stack(&mut self, number: u64, record: &Record<'_>) {
        let start = self.frames.len();
        self.frames.extend(record.frames());
        self.stacks.push((number, start..self.frames.len()));
    }

    /// The strings and stacks by their numbers. Where stacks have the same number the last one is believed.
    pub(super) fn finish(self, tables: &mut Tables) -> (Numbering<StringId>, Numbering<StackId>) {
        let mut ids = self.intern_stacks(tables);
        // Sorted, so that the numbers lie in a list; the last of equal ones first.
        ids.reverse();
        ids.sort_by_key(|(number, _)| *number);
        let mut stacks = Numbering::new();
        for (number, id) in ids {
            stacks.insert(number, id);
        }
        (self.strings, stacks)
    }

    /// Where stacks disagree on what is at an address, the first one is believed. A stack without frames is
    /// none.
    fn intern_stacks(&self, tables: &mut Tables) -> Vec<(u64, StackId)> {
        let mut known = HashMap::default();
        let mut frames = Vec::new();
        let mut ids = Vec::with_capacity(self.stacks.len());
        for (number, part) in self.stacks.iter().filter(|(_, part)| !part.is_empty()) {
            frames.clear();
            frames.extend(self.frames[part.clone()].iter().map(|frame| match known.entry(frame.pc) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => *entry.insert(self.frame(frame)),
            }));
            ids.push((*number, tables.intern_stack(&frames)));
        }
        ids
    }

    /// A frame may name strings that are not there: they are empty. In header 1.5 it is only an address.
    fn frame(&self, frame: &goscope_wire::Frame) -> Frame {
        let string = |number| self.strings.get(number).unwrap_or(StringId::EMPTY);
        Frame { pc: frame.pc, func: string(frame.func), file: string(frame.file), line: frame.line }
    }
}
