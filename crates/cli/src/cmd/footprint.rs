//! `goscope footprint`: which events make a trace as large as it is.

use anyhow::Result;
use clap::Args;
use goscope_wire::Table;
use serde::Serialize;

use crate::{
    args::{input::Input, threads::Threads},
    count::count,
    render::{footprint::Footprint, json, table},
    status::Status,
};

/// Show how many bytes and records each type of event takes
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope footprint trace.out
  goscope footprint --json trace.out | jq '.events[] | select(.bytes > 100000)'

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    /// The size of the trace, its header included.
    bytes: u64,
    #[serde(flatten)]
    footprint: Footprint,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let (header, counts, walked) = count(&options.input, options.threads.count())?;
    let (bytes, footprint) = (walked.bytes, Footprint::of(&counts, Table::of(header.version())));
    match options {
        Options { json: true, .. } => json::print(&Report { bytes, footprint })?,
        Options { csv: true, .. } => footprint.print_csv()?,
        _ => table::print(&footprint.table(bytes))?,
    }
    Ok(walked.status())
}
