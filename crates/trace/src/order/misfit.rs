//! A region that ends where another one is the innermost: what the message about it names.

use crate::{
    error::{ErrorKind, RegionFault},
    event::Region,
    id::{GoId, TaskId},
    tables::{StackId, Tables},
    text::Escaped,
};

/// The longest name that a message has, in characters.
const MAX_NAME: usize = 80;

/// A region ends that is not the innermost one of its goroutine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Misfit {
    pub(crate) goroutine: GoId,
    pub(crate) ended: Region,
    pub(crate) innermost: Region,
    /// Where it ends.
    pub(crate) stack: StackId,
}

impl Misfit {
    /// The error that it is, with its names.
    #[cold]
    pub(crate) fn kind(&self, tables: &Tables) -> ErrorKind {
        let Self { goroutine, ended, innermost, stack } = *self;
        let [ended, innermost] = [ended, innermost].map(|region| name(region, tables));
        // The innermost frames are those of runtime/trace.
        let is_outside = |func: &[u8]| !func.starts_with(b"runtime/trace.") && !func.is_empty();
        let frame = tables.stack(stack).iter().find(|frame| is_outside(tables.string(frame.func)));
        let place = frame.map(|frame| {
            let text = |id| Escaped(cut(tables.string(id)).as_bytes()).to_string();
            let [func, file] = [frame.func, frame.file].map(text);
            format!("{func} ({file}:{})", frame.line)
        });
        ErrorKind::Region(Box::new(RegionFault { goroutine, ended, innermost, place }))
    }
}

/// The name of a region, with its task if it has one.
fn name(region: Region, tables: &Tables) -> String {
    let name = format!("{:?}", cut(tables.string(region.name)));
    match region.task {
        TaskId::NONE | TaskId::BACKGROUND => name,
        task => format!("{name} of task {task}"),
    }
}

fn cut(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Frame;

    #[test]
    fn names_can_do_no_harm_to_a_terminal() {
        let mut tables = Tables::default();
        let text = tables.intern_string(b"a\x1b[2J\xff\xe2\x80\xae");
        let stack = tables.intern_stack(&[Frame { pc: 1, func: text, file: text, line: 3 }]);
        let [ended, innermost] = [TaskId(1), TaskId(2)].map(|task| Region { task, name: text });
        let told = Misfit { goroutine: GoId(7), ended, innermost, stack }.kind(&tables).to_string();
        assert!(told.chars().all(|letter| letter == '\u{fffd}' || crate::text::is_visible(letter)), "{told}");
    }
}
