//! Messages of the program until somebody looks: as ids that hold for a generation, then as texts.

use goscope_trace::{Log, StreamTables};

use super::Logged;

/// The messages that are kept, and the bytes of each.
const KEPT: usize = 256;
const LONGEST: usize = 4096;

#[derive(Default, Debug)]
pub(super) struct Messages {
    unknown: Vec<Log>,
    known: Vec<Logged>,
    left_out: u64,
}

impl Messages {
    pub(super) fn add(&mut self, log: Log, tables: &StreamTables) {
        if self.unknown.len() + self.known.len() >= KEPT {
            self.left_out += 1;
        } else if let Some(message) = logged(log, tables) {
            self.known.push(message);
        } else {
            self.unknown.push(log);
        }
    }

    /// The generation ends, and all texts are known that ever will be.
    pub(super) fn end_generation(&mut self, tables: &StreamTables) {
        let known = self.unknown.drain(..).filter_map(|log| logged(log, tables));
        self.known.extend(known);
    }

    /// What there was since the last look, and how much more.
    pub(super) fn take(&mut self) -> (Vec<Logged>, u64) {
        (std::mem::take(&mut self.known), std::mem::take(&mut self.left_out))
    }
}

fn logged(log: Log, tables: &StreamTables) -> Option<Logged> {
    let text = |id| {
        let text = tables.string(id)?;
        Some(String::from_utf8_lossy(&text[..text.len().min(LONGEST)]).into_owned())
    };
    Some(Logged { category: text(log.category)?, text: text(log.message)? })
}
