//! Strings and stacks, interned for the whole trace.
//!
//! A trace numbers its strings and stacks anew in each generation. Here each is kept once, however many
//! generations have it, and gets a number for good: equal stacks have equal ids.

use rustc_hash::FxHashMap;

/// A string of the trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct StringId(pub(crate) u32);

impl StringId {
    /// The empty string.
    pub const EMPTY: Self = Self(0);

    /// Its number, for columns by string: those of [`Tables`] count up from 0, in the order in which they come.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A stack of the trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct StackId(pub(crate) u32);

impl StackId {
    /// No stack.
    pub const NONE: Self = Self(0);

    /// Its number, for columns by stack: those of [`Tables`] count up from 0, in the order in which they come.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// The program counter.
    pub pc: u64,
    /// The function's name.
    pub func: StringId,
    /// The path of the source file.
    pub file: StringId,
    /// The line in it.
    pub line: u64,
}

/// The strings and stacks of a trace.
#[derive(Debug)]
pub struct Tables {
    strings: Strings,
    stacks: Vec<(u32, u32)>,
    frames: Vec<Frame>,
    stack_ids: FxHashMap<Box<[Frame]>, StackId>,
}

#[derive(Debug)]
struct Strings {
    texts: Vec<Box<[u8]>>,
    ids: FxHashMap<Box<[u8]>, StringId>,
}

impl Default for Tables {
    fn default() -> Self {
        let strings = Strings {
            texts: vec![Box::default()],
            ids: FxHashMap::from_iter([(Box::default(), StringId::EMPTY)]),
        };
        Self { strings, stacks: vec![(0, 0)], frames: Vec::new(), stack_ids: FxHashMap::default() }
    }
}

impl Tables {
    /// A string. Names of functions and files are UTF-8; the user's strings need not be.
    #[must_use]
    pub fn string(&self, id: StringId) -> &[u8] {
        &self.strings.texts[id.0 as usize]
    }

    /// The frames of a stack, innermost first.
    #[must_use]
    pub fn stack(&self, id: StackId) -> &[Frame] {
        let (start, len) = self.stacks[id.0 as usize];
        &self.frames[start as usize..][..len as usize]
    }

    pub(crate) fn intern_string(&mut self, text: &[u8]) -> StringId {
        if let Some(id) = self.strings.ids.get(text) {
            return *id;
        }
        let id = StringId(self.strings.texts.len() as u32);
        self.strings.texts.push(text.into());
        self.strings.ids.insert(text.into(), id);
        id
    }

    pub(crate) fn intern_stack(&mut self, frames: &[Frame]) -> StackId {
        if let Some(id) = self.stack_ids.get(frames) {
            return *id;
        }
        let id = StackId(self.stacks.len() as u32);
        self.stacks.push((self.frames.len() as u32, frames.len() as u32));
        self.frames.extend_from_slice(frames);
        self.stack_ids.insert(frames.into(), id);
        id
    }
}
