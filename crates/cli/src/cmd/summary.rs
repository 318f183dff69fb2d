//! `goscope summary`: what a person wants to know of a trace first. It is what `goscope FILE` does.

use anyhow::Result;
use clap::Args;
use goscope_analysis::overview::Overlook;

use crate::{
    args::{filter::WindowArgs, input::Input, threads::Threads},
    follow::follow,
    render::{json, names::Names, summary::Summary, unsampled},
    status::Status,
};

/// Show what a trace contains, and what is unusual
///
/// The summary covers goroutines and what they did, the scheduler, the heap, the garbage collector, waits and tasks.
/// It lists what is unusual, and the command that shows more.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope summary trace.out
  goscope trace.out                               the same
  goscope summary --json trace.out | jq .findings

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut overlook = Overlook::default();
    let interval = WindowArgs::default().interval();
    let followed =
        follow(&options.input, options.threads, &interval, |event, tables, _| overlook.add(event, tables))?;
    let overview = overlook.finish(followed.tables());
    let summary = Summary {
        file: options.input.file_name(),
        written_by: followed.reader.version().releases_text(),
        no_samples: unsampled::none(followed.reader.version()),
        overview: &overview,
        clock: &followed.clock,
        names: Names(followed.tables()),
    };
    let report = summary.report();
    if options.json {
        json::print(&report)?;
    } else {
        report.print()?;
    }
    Ok(followed.status)
}
