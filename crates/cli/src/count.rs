//! What is in a trace: a glance at the heads of its batches, or every record counted, on several threads.
//!
//! Both ways are quick where all is well, in plain files of family v2. Elsewhere the trace is walked through from
//! one end to the other, which finds and tells damage.

use std::fs::File;

use anyhow::Result;
use goscope_wire::{Header, Options, Outline, Record, RecordCounts, fold_pieces, scan_headers};

use crate::{
    args::input::{Input, Metered, progress_bar},
    damage::DamageLog,
    walk::{Visit, Walked, walk},
};

/// Counts the records of a trace.
struct Counter {
    /// Until it is read, that of an empty trace.
    header: Header,
    counts: RecordCounts,
}

impl Visit for Counter {
    fn header(&mut self, header: Header) -> Result<()> {
        self.header = header;
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.counts.add(record);
        Ok(())
    }
}

/// Outlines a trace that is a plain file of family v2, if nothing is wrong with what is read of it.
pub fn outline(input: &Input) -> Option<(Header, Outline, u64)> {
    let bytes = input.plain_len()?;
    let (header, outline) = scan_headers(File::open(&input.file).ok()?, options(input)).ok()??;
    (!outline.is_unfinished(header.version())).then_some((header, outline, bytes))
}

/// Counts the records of a trace.
pub fn count(input: &Input, threads: usize) -> Result<(Header, RecordCounts, Walked)> {
    if let Some(counted) = count_pieces(input, threads) {
        return Ok(counted);
    }
    let header = Header::new(Default::default());
    let mut counter = Counter { header, counts: RecordCounts::default() };
    let walked = walk(input, &mut counter)?;
    Ok((counter.header, counter.counts, walked))
}

fn count_pieces(input: &Input, threads: usize) -> Option<(Header, RecordCounts, Walked)> {
    let bytes = input.plain_len()?;
    let progress = progress_bar(bytes);
    let open = || Ok(Metered { source: File::open(&input.file)?, progress: &progress });
    let counted = fold_pieces(open, threads, options(input), RecordCounts::add, RecordCounts::append);
    progress.finish_and_clear();
    let (header, counts) = counted.ok()??;
    Some((header, counts, Walked { bytes, compression: None, damage: DamageLog::default() }))
}

fn options(input: &Input) -> Options {
    Options { assume: input.assume_version, ..Options::default() }
}
