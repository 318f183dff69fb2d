//! What changes in a record, whichever family it is of: its text and its addresses.

use std::borrow::Cow;

use foldhash::HashMap;
use goscope_wire::{ArgKind, Record, Tail};

use super::{mapping::Mapping, names::Names};
use crate::edit::{ErrorKind, Result};

/// The addresses whose hashes are remembered at a time. A program has fewer.
const MOST_ADDRESSES: usize = 1 << 16;

/// Makes the changes, and remembers them if that is wanted.
pub(super) struct Changes<'a> {
    pub(super) names: Names<'a>,
    pub(super) mapping: Option<Mapping>,
    addresses: HashMap<u64, u64>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(names: Names<'a>) -> Self {
        Self { names, mapping: None, addresses: HashMap::default() }
    }

    /// What stands for the text of a string or a message.
    pub(super) fn string<'n>(&mut self, name: &'n [u8]) -> Cow<'n, [u8]> {
        let changed = self.names.string(name);
        self.note(name, &changed);
        changed
    }

    /// What stands for the name of a type.
    pub(super) fn type_name<'n>(&mut self, name: &'n [u8]) -> Cow<'n, [u8]> {
        let changed = self.names.type_name(name);
        self.note(name, &changed);
        changed
    }

    fn note(&mut self, was: &[u8], is: &[u8]) {
        if let Some(mapping) = &mut self.mapping {
            mapping.note_name(was, is);
        }
    }

    /// What stands for an address.
    pub(super) fn address(&mut self, address: u64) -> u64 {
        if let Some(known) = self.addresses.get(&address) {
            return *known;
        }
        let changed = self.names.hash.address(address);
        if self.addresses.len() == MOST_ADDRESSES {
            self.addresses.clear();
        }
        self.addresses.insert(address, changed);
        if let Some(mapping) = &mut self.mapping {
            mapping.note_address(address, changed);
        }
        changed
    }

    /// Appends a record with all its changes.
    pub(super) fn record(&mut self, record: &Record<'_>, out: &mut Vec<u8>) -> Result<()> {
        let Some(spec) = record.spec() else {
            return Err(ErrorKind::UnknownEvent { offset: record.offset(), event: record.id() }.into());
        };
        // What an experiment likes is no text, and has no place within a batch of events.
        if spec.positions(ArgKind::Experiment).next().is_some() {
            let kind = goscope_wire::ErrorKind::BatchInsideBatch;
            return Err(ErrorKind::Batch { offset: record.offset(), kind }.into());
        }
        match record.data() {
            Some(text) if spec.tail == Tail::Data => record.append_with_data(&self.string(text), out),
            _ => record.append_with_addresses(|address| self.address(address), out),
        }
        Ok(())
    }
}
