//! Texts that outlive the generation that told them: each is kept once, as long as something is called so.
//!
//! Invariant: no more than [`BYTES`] are kept. What there is no room for is empty.

use std::sync::Arc;

use foldhash::HashSet;
use goscope_trace::{StackId, StreamTables, StringId, text::escape_invalid};

use super::{book::Book, figures::Runs};

/// The bytes of all names, and of one.
const BYTES: usize = 2 << 20;
const LONGEST: usize = 1 << 10;
/// The functions of a stack that are kept, from the innermost on.
const DEEPEST: usize = 32;

/// Where goroutines block: why, and the functions that were executed, innermost first.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Spot {
    pub(super) reason: Arc<str>,
    pub(super) stack: Arc<[Arc<str>]>,
}

#[derive(Default, Debug)]
pub(super) struct Names {
    known: HashSet<Arc<str>>,
    bytes: usize,
}

impl Names {
    fn keep(&mut self, text: &[u8]) -> Arc<str> {
        let text = escape_invalid(&text[..text.len().min(LONGEST)]);
        if let Some(known) = self.known.get(&*text) {
            return known.clone();
        }
        if self.bytes + text.len() > BYTES {
            return Arc::default();
        }
        self.bytes += text.len();
        let name: Arc<str> = text.into();
        self.known.insert(name.clone());
        name
    }

    /// A string, if it is known.
    pub(super) fn string(&mut self, id: StringId, tables: &StreamTables) -> Option<Arc<str>> {
        tables.string(id).map(|text| self.keep(text))
    }

    /// The entry of the function with which a stack starts.
    pub(super) fn function(
        &mut self,
        id: StackId,
        tables: &StreamTables,
        functions: &mut Book<StackId, Arc<str>, Runs>,
    ) -> u32 {
        functions.entry(id, || {
            let name = self.root(id, tables);
            let is_named = name.is_some();
            (name.unwrap_or_default(), is_named)
        })
    }

    /// The function with which a stack starts, if it is known.
    pub(super) fn root(&mut self, id: StackId, tables: &StreamTables) -> Option<Arc<str>> {
        self.string(tables.stack(id)?.last()?.func, tables)
    }

    /// A place as far as it is known, and whether that is all of it.
    pub(super) fn spot(
        &mut self,
        (reason, stack): (StringId, StackId),
        tables: &StreamTables,
    ) -> (Spot, bool) {
        let (reason, stack) = (self.string(reason, tables), self.stack(stack, tables));
        let is_known = reason.is_some() && stack.is_some();
        (Spot { reason: reason.unwrap_or_default(), stack: stack.unwrap_or_default() }, is_known)
    }

    /// The functions of a stack, if all are known.
    fn stack(&mut self, id: StackId, tables: &StreamTables) -> Option<Arc<[Arc<str>]>> {
        tables.stack(id)?.iter().take(DEEPEST).map(|frame| self.string(frame.func, tables)).collect()
    }

    /// Forgets what nothing is called any more.
    pub(super) fn sweep(&mut self) {
        let bytes = &mut self.bytes;
        self.known.retain(|name| {
            let is_used = Arc::strong_count(name) > 1;
            *bytes -= if is_used { 0 } else { name.len() };
            is_used
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_as_long_as_it_is_used() {
        let mut names = Names::default();
        let (one, same) = (names.keep(b"main.work"), names.keep(b"main.work"));
        assert!(Arc::ptr_eq(&one, &same));
        drop((one, same));
        let other = names.keep(b"other");
        names.sweep();
        assert_eq!((names.known.len(), names.bytes, &*other), (1, 5, "other"));
    }

    #[test]
    fn there_is_room_for_so_much() {
        let mut names = Names::default();
        let kept: Vec<_> =
            (0..10_000).map(|number| names.keep(format!("{number:2000}").as_bytes())).collect();
        assert!(names.bytes <= BYTES && kept[0].len() == LONGEST);
        names.sweep();
        let kept: Vec<_> =
            (0..10_000).map(|number| names.keep(format!("{number:<2000}").as_bytes())).collect();
        assert!(kept.iter().filter(|name| !name.is_empty()).count() < 2049);
    }
}
