//! The stacks of a generation, once all of its strings are there: they come in any order.
//!
//! Where stacks disagree on what is at an address, the first one is believed, as in Go's reader.

use foldhash::HashMap;
use goscope_wire::Frame as RawFrame;

use super::Assembler;
use crate::{
    error::GenerationError::{self, Duplicate, UnknownString},
    generation::Numbering,
    recover::Remedy,
    tables::{Frame, StackId, StringId},
};

/// A stack: its number, and its part of [`Assembler::frames`].
#[derive(Debug)]
pub(super) struct RawStack {
    pub(super) number: u64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Names the frames of stacks.
struct Namer<'a> {
    strings: &'a Numbering<StringId>,
    /// What is at an address.
    known: HashMap<u64, Frame>,
    /// What is wrong first.
    wrong: Option<GenerationError>,
}

impl Namer<'_> {
    fn frame(&mut self, raw: &RawFrame) -> Frame {
        if let Some(frame) = self.known.get(&raw.pc) {
            return *frame;
        }
        let (func, file) = (self.string(raw.func), self.string(raw.file));
        let frame = Frame { pc: raw.pc, func, file, line: raw.line };
        self.known.insert(raw.pc, frame);
        frame
    }

    fn string(&mut self, number: u64) -> StringId {
        self.strings.get(number).unwrap_or_else(|| {
            if number != 0 {
                self.wrong.get_or_insert(UnknownString(number));
            }
            StringId::EMPTY
        })
    }
}

impl Assembler<'_> {
    /// Gives the stacks their names. Of what is wrong, the first thing is told.
    pub(super) fn intern_stacks(&mut self) -> Result<Numbering<StackId>, GenerationError> {
        let mut namer = Namer { strings: &self.strings, known: HashMap::default(), wrong: None };
        let (mut numbering, mut frames) = (Numbering::new(), Vec::new());
        for RawStack { number, start, end } in &self.stacks {
            frames.clear();
            frames.extend(self.frames[*start..*end].iter().map(|raw| namer.frame(raw)));
            if !numbering.insert(*number, self.tables.intern_stack(&frames)) {
                namer.wrong.get_or_insert(Duplicate(*number));
            }
            if namer.wrong.is_some() && self.salvage.is_none() {
                break;
            }
        }
        namer.wrong.map_or(Ok(()), |error| self.tolerate(error, Remedy::DoneWithout))?;
        Ok(numbering)
    }
}
