//! Texts that outlive the generation that told them: each is kept once, as long as something is called so.

use std::sync::Arc;

use goscope_trace::{StackId, StreamTables, StringId};
use rustc_hash::FxHashSet;

/// Where goroutines block: why, and the functions that were executed, innermost first.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Spot {
    pub(super) reason: Arc<str>,
    pub(super) stack: Arc<[Arc<str>]>,
}

#[derive(Default, Debug)]
pub(super) struct Names(FxHashSet<Arc<str>>);

impl Names {
    fn keep(&mut self, text: &[u8]) -> Arc<str> {
        let text = String::from_utf8_lossy(text);
        if let Some(known) = self.0.get(&*text) {
            return known.clone();
        }
        let name: Arc<str> = text.into();
        self.0.insert(name.clone());
        name
    }

    /// A string, if it is known.
    pub(super) fn string(&mut self, id: StringId, tables: &StreamTables) -> Option<Arc<str>> {
        tables.string(id).map(|text| self.keep(text))
    }

    /// The function with which a stack starts, if it is known.
    pub(super) fn root(&mut self, id: StackId, tables: &StreamTables) -> Option<Arc<str>> {
        self.string(tables.stack(id)?.last()?.func, tables)
    }

    /// A place, as far as it is known.
    pub(super) fn spot(&mut self, (reason, stack): (StringId, StackId), tables: &StreamTables) -> Spot {
        let frames = tables.stack(stack).unwrap_or_default().iter();
        let stack = frames.map(|frame| self.string(frame.func, tables).unwrap_or_default()).collect();
        Spot { reason: self.string(reason, tables).unwrap_or_default(), stack }
    }

    /// Forgets what nothing is called any more.
    pub(super) fn sweep(&mut self) {
        self.0.retain(|name| Arc::strong_count(name) > 1);
    }
}
