//! What the ids of strings and stacks stand for: known for all ids of a trace that is read in order, and for some of
//! a stream.

use goscope_trace::{Frame, StackId, StringId, Tables};

/// What an id stands for.
pub enum Symbol<'a, T: ?Sized> {
    /// This.
    Known(&'a T),
    /// What will be told later, under this number.
    Untold(u64),
}

/// The strings and stacks that events refer to.
pub trait Symbols {
    /// A string.
    fn string(&self, id: StringId) -> Symbol<'_, [u8]>;

    /// The frames of a stack, innermost first.
    fn stack(&self, id: StackId) -> Symbol<'_, [Frame]>;

    /// A name in a frame of a known stack; empty, if there is none.
    fn name(&self, id: StringId) -> &[u8] {
        match self.string(id) {
            Symbol::Known(name) => name,
            Symbol::Untold(_) => b"",
        }
    }
}

impl Symbols for Tables {
    fn string(&self, id: StringId) -> Symbol<'_, [u8]> {
        Symbol::Known(self.string(id))
    }

    fn stack(&self, id: StackId) -> Symbol<'_, [Frame]> {
        Symbol::Known(self.stack(id))
    }
}
