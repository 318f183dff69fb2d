//! Messages of the program until somebody looks: as ids that hold for a generation, then as texts.
//!
//! Invariant: of the same ids one is kept; there are no more than [`KEPT`] of them, and no more than [`BYTES`] of texts.

use foldhash::HashSet;
use goscope_trace::{Log, StreamTables, StringId, text::escape_invalid};

use super::Logged;

/// The messages that are kept, the bytes of all, and those of one text.
const KEPT: usize = 1 << 14;
const BYTES: usize = 1 << 20;
const LONGEST: usize = 4096;

#[derive(Default, Debug)]
pub(super) struct Messages {
    unknown: Vec<Log>,
    known: Vec<Logged>,
    /// Those that have come since the last look, or wait for their texts.
    ids: HashSet<(StringId, StringId)>,
    /// Of those that are known.
    bytes: usize,
    left_out: u64,
}

impl Messages {
    pub(super) fn add(&mut self, log: Log, tables: &StreamTables) {
        if self.ids.contains(&ids(log)) {
            return;
        }
        if self.unknown.len() + self.known.len() >= KEPT {
            self.left_out += 1;
            return;
        }
        self.ids.insert(ids(log));
        match logged(log, tables) {
            Some(message) => self.keep(message),
            None => self.unknown.push(log),
        }
    }

    fn keep(&mut self, message: Logged) {
        let bytes = message.category.len() + message.text.len();
        if self.bytes + bytes > BYTES {
            self.left_out += 1;
        } else {
            self.bytes += bytes;
            self.known.push(message);
        }
    }

    /// The generation ends, and all texts are known that ever will be.
    pub(super) fn end_generation(&mut self, tables: &StreamTables) {
        self.ids.clear();
        let known = std::mem::take(&mut self.unknown).into_iter().filter_map(|log| logged(log, tables));
        known.for_each(|message| self.keep(message));
    }

    /// What there was since the last look, and how much more.
    pub(super) fn take(&mut self) -> (Vec<Logged>, u64) {
        self.bytes = 0;
        self.ids.clear();
        self.ids.extend(self.unknown.iter().copied().map(ids));
        (std::mem::take(&mut self.known), std::mem::take(&mut self.left_out))
    }
}

fn ids(log: Log) -> (StringId, StringId) {
    (log.category, log.message)
}

fn logged(log: Log, tables: &StreamTables) -> Option<Logged> {
    let text = |id| {
        let text = tables.string(id)?;
        Some(escape_invalid(&text[..text.len().min(LONGEST)]).into_owned())
    };
    Some(Logged { category: text(log.category)?, text: text(log.message)? })
}
