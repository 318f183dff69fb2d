//! The strings and stacks of a trace or generation that is being built.

use goscope_wire::{Frame, Table};

use super::event::Event;

/// A call on a stack: the function, its file and the line.
pub type Call<'a> = (&'a str, &'a str, u64);

/// What is first here has the number 1: 0 is the empty string, and no stack.
#[derive(Default, Debug)]
pub(super) struct Symbols {
    strings: Vec<String>,
    calls: Vec<Known>,
    /// Places in `calls`, innermost first.
    stacks: Vec<Vec<usize>>,
}

/// A call, and its address if that matters.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Known {
    function: String,
    file: String,
    line: u64,
    pc: Option<u64>,
}

impl Symbols {
    /// The number of a string, and whether it is a new one.
    pub(super) fn string(&mut self, text: &str) -> (u64, bool) {
        if text.is_empty() {
            return (0, false);
        }
        let owned = text.to_owned();
        let (place, is_new) = intern(&mut self.strings, owned);
        (place as u64 + 1, is_new)
    }

    /// The number of a stack.
    pub(super) fn stack(&mut self, calls: &[Call<'_>]) -> u64 {
        self.add(calls.iter().map(|&(function, file, line)| (function, file, line, None)))
    }

    /// The number of a stack of bare addresses.
    pub(super) fn stack_at(&mut self, addresses: &[u64]) -> u64 {
        self.add(addresses.iter().map(|pc| ("", "", 0, Some(*pc))))
    }

    fn add<'a>(&mut self, calls: impl Iterator<Item = (&'a str, &'a str, u64, Option<u64>)>) -> u64 {
        let calls = calls.map(|(function, file, line, pc)| {
            let (function, file) = (function.to_owned(), file.to_owned());
            intern(&mut self.calls, Known { function, file, line, pc }).0
        });
        let stack = calls.collect();
        intern(&mut self.stacks, stack).0 as u64 + 1
    }

    /// The address of the innermost call of a stack.
    pub(super) fn pc(&self, stack: u64) -> u64 {
        let innermost = (stack as usize).checked_sub(1).and_then(|place| self.stacks[place].first());
        innermost.map_or(0, |call| self.address(*call))
    }

    /// The stack table, each stack after those of its strings that `strings` wants and that are new.
    pub(super) fn stack_events(&mut self, table: &'static Table, strings: bool) -> Vec<Event> {
        let mut events = Vec::new();
        for (place, stack) in self.stacks.clone().into_iter().enumerate() {
            let frames: Vec<_> =
                stack.into_iter().map(|call| self.frame(table, call, strings, &mut events)).collect();
            let size = frames.len() as u64;
            let values = [("id", place as u64 + 1), ("siz", size), ("nframes", size)];
            events.push(Event::new(table, "Stack", &values).with_frames(frames));
        }
        events
    }

    fn frame(&mut self, table: &'static Table, call: usize, strings: bool, events: &mut Vec<Event>) -> Frame {
        let Known { function, file, line, .. } = self.calls[call].clone();
        let pc = self.address(call);
        let mut number = |text: &str| {
            let (id, is_new) = self.string(text);
            if is_new && strings {
                events.push(string_event(table, id, text));
            }
            id
        };
        Frame { pc, func: number(&function), file: number(&file), line }
    }

    /// An address for a call, unless it has one: in the text segment, as far apart as calls are.
    fn address(&self, call: usize) -> u64 {
        self.calls[call].pc.unwrap_or(0x0040_1000 + 0x25 * call as u64)
    }

    /// The string table.
    pub(super) fn string_events(&self, table: &'static Table) -> Vec<Event> {
        let numbered = self.strings.iter().zip(1..);
        numbered.map(|(text, id)| string_event(table, id, text)).collect()
    }
}

pub(super) fn string_event(table: &'static Table, id: u64, text: &str) -> Event {
    Event::new(table, "String", &[("id", id)]).with_data(text.as_bytes())
}

/// The place of an item in a list, and whether it had to be added.
fn intern<T: PartialEq>(list: &mut Vec<T>, item: T) -> (usize, bool) {
    if let Some(place) = list.iter().position(|other| *other == item) {
        return (place, false);
    }
    list.push(item);
    (list.len() - 1, true)
}
