//! Names of the trace, as they are shown: harmless to a terminal, and with words for what has none.

use goscope_trace::{Frame, GoId, RangeKind, StackId, StringId, Tables};

use super::{event::write_text, report::Cell};

/// What stands for a name that the trace does not tell.
pub const UNKNOWN: &str = "(unknown)";

/// A text that a program wrote, harmless.
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_text(bytes, &mut text);
    text
}

/// Looks up names.
#[derive(Clone, Copy)]
pub struct Names<'a>(pub &'a Tables);

impl Names<'_> {
    /// A string.
    pub fn text(&self, id: StringId) -> String {
        text(self.0.string(id))
    }

    /// A string, or what stands for one that is not there.
    pub fn func(&self, id: StringId) -> String {
        if id == StringId::EMPTY { UNKNOWN.into() } else { self.text(id) }
    }

    /// What the program calls something, or what stands for no name.
    pub fn name(&self, id: StringId) -> String {
        if id == StringId::EMPTY { "(no name)".into() } else { self.text(id) }
    }

    /// The frames of a stack for programs, the innermost first: with `func`, `file` and `line`.
    pub fn frames(&self, stack: StackId) -> Cell {
        let frame = |frame: &Frame| {
            let (func, file) = (self.0.name(frame).to_string(), self.text(frame.file));
            Cell::Map(vec![("func", func.into()), ("file", file.into()), ("line", Cell::Id(frame.line))])
        };
        Cell::List(self.0.stack(stack).iter().map(frame).collect())
    }

    /// Where in the program a stack is, as short as it goes.
    pub fn top(&self, stack: StackId) -> String {
        let mut text = String::new();
        let _ = super::event::write_place(stack, self.0, &mut text);
        text
    }

    /// The same, if the stack shows any place: Go 1.21 and 1.22 write stacks of a frame that is none.
    pub fn place(&self, stack: StackId) -> Option<String> {
        let has_place = self.0.stack(stack).iter().any(|frame| frame.pc != 0);
        has_place.then(|| self.top(stack))
    }

    /// A goroutine, with the function that it started with.
    pub fn goroutine(&self, id: GoId, func: StringId) -> String {
        if func == StringId::EMPTY { format!("G{id}") } else { format!("G{id} {}", self.text(func)) }
    }

    /// The kind of a range, a stop of the world with its reason.
    pub fn range(&self, kind: RangeKind) -> String {
        match kind {
            RangeKind::StopTheWorld(reason) => format!("{} ({})", kind.as_str(), self.text(reason)),
            kind => kind.as_str().into(),
        }
    }
}
