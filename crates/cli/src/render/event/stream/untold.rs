//! What lines have named before it was known, and when it is told.
//!
//! Such a string or stack gets a number, which is used once, and which stands for it until it is told: a string when
//! it comes, a stack when all names in its frames have come too, at the latest at the end of its generation. What is
//! known is shown as it is.
//!
//! Invariant: nothing here outlives its generation but the numbers that are next. Each frame of a stack is looked
//! at three times at most, however slowly the names come.

use foldhash::HashMap;
use goscope_trace::{EventKind, Frame, RangeKind, StackId, StreamEvent, StreamItem, StreamTables, StringId};

use crate::render::event::{
    json::stack_of_subject,
    symbols::{Symbol, Symbols},
};

/// What is named and has not been told.
#[derive(Default)]
pub struct Untold {
    strings: HashMap<StringId, u64>,
    stacks: HashMap<StackId, u64>,
    /// By the first name that they lack, stacks that have come, and the place of the frame that lacks it.
    waiting: HashMap<StringId, Vec<(StackId, usize)>>,
    last_string: u64,
    last_stack: u64,
}

/// Something that was named by its number, and is known now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    String(StringId, u64),
    Stack(StackId, u64),
}

impl Untold {
    /// Gives numbers to what an event names and nobody knows.
    #[inline]
    pub fn name(&mut self, event: &StreamEvent, tables: &StreamTables) {
        for string in strings_of(&event.kind) {
            if string != StringId::EMPTY && !self.strings.contains_key(&string) {
                self.name_string(string, tables);
            }
        }
        for stack in [event.stack, stack_of_subject(event)] {
            if stack != StackId::NONE && !self.stacks.contains_key(&stack) {
                self.name_stack(stack, tables);
            }
        }
    }

    fn name_string(&mut self, id: StringId, tables: &StreamTables) {
        if tables.string(id).is_none() {
            self.last_string += 1;
            self.strings.insert(id, self.last_string);
        }
    }

    fn name_stack(&mut self, id: StackId, tables: &StreamTables) {
        let lack = tables.stack(id).map(|frames| first_lack(frames, 0, tables));
        if lack != Some(None) {
            self.last_stack += 1;
            self.stacks.insert(id, self.last_stack);
            self.wait(id, lack.flatten());
        }
    }

    fn wait(&mut self, id: StackId, lack: Option<(usize, StringId)>) {
        if let Some((place, name)) = lack {
            self.waiting.entry(name).or_default().push((id, place));
        }
    }

    /// Finds what a stream tells by an item.
    pub fn learn(&mut self, item: &StreamItem, tables: &StreamTables, told: &mut Vec<Told>) {
        match item {
            StreamItem::String(id) => {
                told.extend(self.strings.remove(id).map(|number| Told::String(*id, number)));
                for (stack, place) in self.waiting.remove(id).unwrap_or_default() {
                    self.learn_stack(stack, place, tables, told);
                }
            }
            StreamItem::Stack(id) if self.stacks.contains_key(id) => self.learn_stack(*id, 0, tables, told),
            StreamItem::GenerationEnd(_) => self.end_generation(told),
            _ => {}
        }
    }

    /// Tells a stack, unless names are missing from a frame on.
    fn learn_stack(&mut self, id: StackId, place: usize, tables: &StreamTables, told: &mut Vec<Told>) {
        match first_lack(tables.stack(id).unwrap_or_default(), place, tables) {
            None => told.extend(self.stacks.remove(&id).map(|number| Told::Stack(id, number))),
            lack => self.wait(id, lack),
        }
    }

    /// Tells the stacks that lack names for good, and forgets the rest.
    fn end_generation(&mut self, told: &mut Vec<Told>) {
        let waiting = self.waiting.drain().flat_map(|(_, stacks)| stacks);
        let mut stacks: Vec<_> =
            waiting.filter_map(|(id, _)| self.stacks.remove(&id).map(|number| (number, id))).collect();
        stacks.sort_unstable();
        told.extend(stacks.into_iter().map(|(number, id)| Told::Stack(id, number)));
        self.strings.clear();
        self.stacks.clear();
    }
}

/// The first name, from a frame on, that has not come, and the place of its frame.
fn first_lack(frames: &[Frame], from: usize, tables: &StreamTables) -> Option<(usize, StringId)> {
    let names = |frame: &Frame| [frame.func, frame.file];
    let frames = frames.iter().enumerate().skip(from);
    frames
        .flat_map(|(place, frame)| names(frame).map(|name| (place, name)))
        .find(|(_, name)| tables.string(*name).is_none())
}

/// The strings that an event names: at most two.
fn strings_of(kind: &EventKind) -> [StringId; 2] {
    let one = match kind {
        EventKind::Log(log) => return [log.category, log.message],
        EventKind::Label(label) => label.label,
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) | EventKind::RangeEnd(range, _) => {
            match range.kind {
                RangeKind::StopTheWorld(reason) => reason,
                RangeKind::Mark | RangeKind::Sweep | RangeKind::MarkAssist => StringId::EMPTY,
            }
        }
        EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => task.name,
        EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => region.name,
        EventKind::GoTransition(transition) => transition.reason,
        EventKind::Sync(_)
        | EventKind::Metric(_)
        | EventKind::StackSample
        | EventKind::ProcTransition(_)
        | EventKind::Experimental(_) => StringId::EMPTY,
    };
    [one, StringId::EMPTY]
}

/// The strings and stacks of a stream, as far as they are known, and numbers for the others.
pub struct StreamSymbols<'a> {
    pub tables: &'a StreamTables,
    pub untold: &'a Untold,
}

impl Symbols for StreamSymbols<'_> {
    fn string(&self, id: StringId) -> Symbol<'_, [u8]> {
        match self.untold.strings.get(&id) {
            Some(number) => Symbol::Untold(*number),
            None => Symbol::Known(self.tables.string(id).unwrap_or_default()),
        }
    }

    fn stack(&self, id: StackId) -> Symbol<'_, [Frame]> {
        match self.untold.stacks.get(&id) {
            Some(number) => Symbol::Untold(*number),
            None => Symbol::Known(self.tables.stack(id).unwrap_or_default()),
        }
    }
}
