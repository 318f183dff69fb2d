//! Stacks as JSON, each made once: they are most of what is printed.

use std::borrow::Cow;

use goscope_trace::{Frame, StackId, Tables, text::escape_invalid};
use serde::{Serialize, ser::Serializer};
use serde_json::value::RawValue;

use super::value::Address;
use crate::render::{event::symbols::Symbols, json};

/// The bytes of JSON that are kept for the next time. Stacks beyond that are made anew each time.
const MAX_KEPT: usize = 64 << 20;

/// The JSON of stacks, by their numbers.
#[derive(Default)]
pub struct Stacks {
    made: Vec<Option<Box<RawValue>>>,
    bytes: usize,
}

impl Stacks {
    /// Makes the JSON of a stack, if it is not there yet and is to be kept.
    pub fn prepare(&mut self, id: StackId, tables: &Tables) -> serde_json::Result<()> {
        if self.made.len() <= id.index() {
            self.made.resize(id.index() + 1, None);
        }
        if self.made[id.index()].is_none() && self.bytes < MAX_KEPT {
            let json = json::raw(&Frames { frames: tables.stack(id), symbols: tables })?;
            self.bytes += json.get().len();
            self.made[id.index()] = Some(json);
        }
        Ok(())
    }

    /// A stack that was prepared; `None`, if it has no frames.
    pub fn get<'a>(&'a self, id: StackId, tables: &'a Tables) -> Option<Stack<'a>> {
        let frames = tables.stack(id);
        (!frames.is_empty()).then(|| match self.made.get(id.index()) {
            Some(Some(json)) => Stack::Made(json),
            _ => Stack::ToMake(Frames { frames, symbols: tables }),
        })
    }
}

/// A stack, innermost frame first.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Stack<'a> {
    Made(&'a RawValue),
    ToMake(Frames<'a, Tables>),
}

/// The frames of a stack, and what they refer to.
pub struct Frames<'a, S> {
    pub frames: &'a [Frame],
    pub symbols: &'a S,
}

impl<S: Symbols> Serialize for Frames<'_, S> {
    fn serialize<O: Serializer>(&self, out: O) -> Result<O::Ok, O::Error> {
        out.collect_seq(self.frames.iter().map(|frame| JsonFrame::new(frame, self.symbols)))
    }
}

#[derive(Serialize)]
struct JsonFrame<'a> {
    func: Cow<'a, str>,
    file: Cow<'a, str>,
    line: u64,
    pc: Address,
}

impl<'a> JsonFrame<'a> {
    fn new(frame: &Frame, symbols: &'a impl Symbols) -> Self {
        // Names of functions and files are UTF-8; what is not is replaced.
        let name = |id| escape_invalid(symbols.name(id));
        Self { func: name(frame.func), file: name(frame.file), line: frame.line, pc: Address(frame.pc) }
    }
}
