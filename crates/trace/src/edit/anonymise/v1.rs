//! Traces of family v1: one stream of records, most of which are nothing but numbers and pass in bulk.

use std::io::{Read, Write};

use goscope_wire::{BulkChunk, BulkScanner, EventId, Reader, Table};

use super::{changes::Changes, out::Out};
use crate::edit::Result;

/// Copies a trace, from behind its header, with all changes.
pub(super) fn run<R: Read, W: Write>(
    reader: &mut Reader<R>,
    changes: &mut Changes<'_>,
    out: &mut Out<W>,
) -> Result<()> {
    let table = Table::of(reader.header().version());
    let has_addresses = table.events().filter(|spec| spec.has_addresses());
    let except: Vec<EventId> = has_addresses.map(|spec| spec.id).collect();
    let bulk = BulkScanner::new(table.version(), &except);
    while let Some(run) = reader.next_run(&bulk)? {
        match run {
            BulkChunk::Events(bytes) => out.bytes.extend_from_slice(bytes),
            BulkChunk::Record(record) => changes.record(&record, &mut out.bytes)?,
        }
        out.pass_on()?;
    }
    Ok(())
}
