//! Traces of family v2: batches of events pass as they are, others are made anew with what changes in them.

use std::io::{Read, Write};

use goscope_wire::{ArgKind, BatchEvents, Experiment, FormatVersion, Part, RawBatch, Reader, Record};

use super::{changes::Changes, experiment, out::Out, split::Split};
use crate::edit::{ErrorKind, Result};

/// Copies a trace, from behind its header, with all changes.
pub(super) fn run<R: Read, W: Write>(
    reader: &mut Reader<R>,
    changes: &mut Changes<'_>,
    out: &mut Out<W>,
) -> Result<()> {
    let version = reader.header().version();
    let mut events = BatchEvents::new(version);
    while let Some(part) = reader.next_part()? {
        match part {
            Part::Batch(batch) if has_only_events(&batch, &mut events) => copy(&batch, &mut out.bytes),
            Part::Batch(batch) => change(&batch, version, changes, &mut out.bytes)?,
            Part::Record(record) => change_between(&record, changes, &mut out.bytes)?,
        }
        out.pass_on()?;
    }
    Ok(())
}

/// Whether a batch is nothing but timed events, which are nothing but numbers. Its first byte alone is no proof: what
/// comes behind it may be names all the same.
fn has_only_events(batch: &RawBatch<'_>, events: &mut BatchEvents) -> bool {
    let mut rest = batch.bytes;
    while let Some(len) = events.decode(rest).ok().filter(|len| *len > 0) {
        rest = &rest[len..];
    }
    rest.is_empty()
}

fn copy(batch: &RawBatch<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(batch.head);
    out.extend_from_slice(batch.bytes);
}

/// Appends a batch of strings, of stacks, or of whatever else there is, with all changes.
fn change(
    batch: &RawBatch<'_>,
    version: FormatVersion,
    changes: &mut Changes<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut records = batch.records(version);
    let mut split = Split::new(None);
    let mut offset = batch.offset;
    loop {
        let record = records.next_record().map_err(|kind| ErrorKind::Batch { offset, kind })?;
        let Some(record) = record else { break };
        offset = record.offset() + record.bytes().len() as u64;
        match marker(&record) {
            Some(marker) if record.offset() == batch.offset => split = Split::new(Some(marker)),
            _ => split.add(|out| changes.record(&record, out))?,
        }
    }
    append(batch, split, out)
}

/// What a record says of its batch, if it is the one that says what the batch holds.
fn marker(record: &Record<'_>) -> Option<u8> {
    let is_marker = record.spec().is_some_and(|spec| spec.args.is_empty());
    record.bytes().first().copied().filter(|_| is_marker)
}

fn append(batch: &RawBatch<'_>, split: Split, out: &mut Vec<u8>) -> Result<()> {
    // One that was too large already is not made worse.
    if split.cant_be_split() && batch.bytes.len() <= Split::MOST_BYTES {
        return Err(ErrorKind::TooLarge { offset: batch.offset }.into());
    }
    for bytes in split.finish() {
        batch.append_head(bytes.len() as u64, out);
        out.extend_from_slice(&bytes);
    }
    Ok(())
}

/// Appends what stands between batches of events: a batch of an experiment, or the end of a generation.
fn change_between(record: &Record<'_>, changes: &mut Changes<'_>, out: &mut Vec<u8>) -> Result<()> {
    let Some(experiment) = experiment_of(record) else { return changes.record(record, out) };
    let data = record.data().filter(|_| experiment == Experiment::ALLOC_FREE);
    let Some(batches) = data.and_then(|data| experiment::change(data, changes)) else {
        return Err(ErrorKind::Experiment { offset: record.offset(), experiment }.into());
    };
    batches.iter().for_each(|data| record.append_with_data(data, out));
    Ok(())
}

fn experiment_of(record: &Record<'_>) -> Option<Experiment> {
    let place = record.spec()?.positions(ArgKind::Experiment).next()?;
    record.args().get(place).copied().map(Experiment)
}
