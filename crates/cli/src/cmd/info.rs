//! `goscope info`: what kind of trace this is, and what is in it.

use anyhow::Result;
use clap::Args;

use crate::{
    args::{input::Input, threads::Threads},
    count::{count, outline},
    render::{info::Info, json},
    status::Status,
};

/// Show what kind of trace this is and what is in it
///
/// Of a plain file since Go 1.22 only the headers of batches are read, which takes milliseconds. With --full all of
/// it is read: records, procs and types of events are counted, and damage within batches is found. Older traces, and
/// what comes through a pipe or is compressed, are always read in full.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope info trace.out
  goscope info --full trace.out             records by type of event, too
  goscope info --json trace.out.gz | jq .generations

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Read all of the trace
    #[arg(long)]
    full: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let (info, status) = match quick(options) {
        Some(info) => (info, Status::Fine),
        None => full(options)?,
    };
    if options.json {
        json::print(&info)?;
    } else {
        info.print()?;
    }
    Ok(status)
}

fn quick(options: &Options) -> Option<Info> {
    if options.full {
        return None;
    }
    let (header, outline, bytes) = outline(&options.input)?;
    Some(Info::of_outline(options.input.file_name(), header, &outline, bytes))
}

fn full(options: &Options) -> Result<(Info, Status)> {
    let (header, counts, mut walked) = count(&options.input, options.threads.count())?;
    if counts.outline().is_unfinished(header.version()) {
        walked.note_unfinished(&options.input.name());
    }
    Ok((Info::of(options.input.file_name(), header, &counts, &walked), walked.status()))
}
