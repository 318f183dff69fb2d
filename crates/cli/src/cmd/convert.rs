//! `goscope convert`: a trace of any version becomes one of the newest.

use std::io::{Read, Write};

use anyhow::{Context, Result};
use clap::Args;
use goscope_trace::{Reader, edit, encode::Encoder};
use goscope_wire::{Family, Options as WireOptions};

use crate::{
    args::{
        input::{Input, Source},
        output::Output,
        threads::Threads,
    },
    render::changes,
    status::Status,
};

/// Convert a trace of Go 1.5 or later to the newest format
///
/// Current tools such as `go tool trace` open the result. The events are the same, in the same order, at the same
/// nanosecond. Events that the new format cannot express are omitted, for example the end of a range that never
/// began; goscope reports their number. What the old format does not record gets a default value, which FORMAT.md
/// lists: for example, the clocks of the system are 0, and threads without a name get numbers from 1073741824 on.
///
/// A trace of Go 1.22 or later is copied batch by batch. Its batches stay the same, valid or not; `goscope check`
/// reports errors in them. A trace of an older release must fit into memory.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope convert old.trace -o new.trace && go tool trace new.trace
  zcat 2016.trace.gz | goscope convert - -o - | goscope summary -

Exit status: 0 success, 2 the trace is damaged (`goscope repair` saves the readable part) or OUT can't be written; \
then OUT does not change.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    threads: Threads,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut sink = options.output.open_discarding()?;
    let Source { reader, progress, .. } = options.input.open()?;
    let wire = WireOptions { assume: options.input.assume_version, ..WireOptions::default() };
    convert(reader, wire, options, &mut sink).with_context(|| options.input.name())?;
    progress.finish_and_clear();
    sink.commit()?;
    Ok(Status::Fine)
}

fn convert(
    source: Box<dyn Read + Send>,
    wire: WireOptions,
    options: &Options,
    sink: &mut impl Write,
) -> Result<()> {
    let records = goscope_wire::Reader::with_options(source, wire)?;
    if records.header().version().family() == Family::V2 {
        return Ok(edit::renew(records, sink)?);
    }
    let threads = options.threads.count();
    let mut reader =
        Reader::of_records(records, goscope_trace::Options { threads, wire, ..Default::default() });
    let mut encoder = Encoder::new(sink);
    while let Some(part) = reader.next_part()? {
        encoder.part(&part)?;
    }
    let (_, changed) = encoder.finish()?;
    changes::tell(&options.input.name(), &changed);
    Ok(())
}
