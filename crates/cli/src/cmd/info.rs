//! `goscope info`: what kind of trace this is, and what is in it.

use anyhow::Result;
use clap::Args;

use crate::{
    args::{input::Input, threads::Threads},
    count::{count, outline},
    render::{info::Info, json},
    status::Status,
};

/// Show the format and the contents of a trace
///
/// For a plain file of Go 1.22 or later, goscope reads only the headers of the batches, which takes milliseconds.
/// With --full it reads the whole trace: it counts records, Ps and types of events, and finds damage within batches.
/// Older traces, compressed traces and pipes are always read in full.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope info trace.out
  goscope info --full trace.out             also the records by type of event
  goscope info --json trace.out.gz | jq .generations

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Read the whole trace
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
