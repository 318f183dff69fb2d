//! `goscope goroutines`: what goroutines did with their time, one by one or in groups.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use goscope_analysis::{Lives, Part, Summary};
use goscope_trace::Reader;

use crate::{
    args::{input::Input, threads::Threads},
    damage,
    render::{event, goroutines::Report, json},
    status::Status,
};

/// Show what goroutines did with their time
///
/// For each group of goroutines: how many there are, and for how long they ran, could have run but had no proc, waited
/// (and for what), and were in system calls, with a proc and without. Times are those of all of them together;
/// --spread shows how those of one are spread.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope goroutines trace.out                              by the function that they start with
  goscope goroutines --sort runnable --top 10 trace.out     which ones waited longest for a proc
  goscope goroutines --by goroutine --spread waiting trace.out
  goscope goroutines --json trace.out | jq '.groups[] | select(.func == \"main.worker\").times'

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// What goroutines of a group have in common
    #[arg(long, value_name = "KEY", default_value = "func")]
    by: Key,
    /// The order of the groups, the greatest first
    #[arg(long, value_name = "COLUMN", default_value = "total")]
    sort: Column,
    /// Show only so many groups
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Show how a part of the time of one goroutine is spread within each group
    #[arg(long, value_name = "PART")]
    spread: Option<Column>,
    /// Print JSON
    #[arg(long, conflicts_with = "spread")]
    json: bool,
    /// Print comma-separated values
    #[arg(long, conflicts_with_all = ["spread", "json"])]
    csv: bool,
}

/// What goroutines of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Key {
    /// The function that they start with
    Func,
    /// The function that whoever created them started with
    Creator,
    /// What they did when the trace ended
    State,
    /// Nothing: each is a group
    Goroutine,
}

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
#[value(rename_all = "snake_case")]
pub enum Column {
    /// How many goroutines there are
    Count,
    /// From the beginning to the end
    Total,
    /// They ran on a proc
    Running,
    /// They could have run, but had no proc
    Runnable,
    /// They waited
    Waiting,
    /// They were in system calls, and kept their procs
    Syscall,
    /// They were in system calls that blocked, without a proc
    SyscallBlocked,
    /// The trace does not tell
    Unknown,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let spread = options.spread.map(part).transpose()?;
    let mut reader = event::open(&options.input, false, options.threads)?;
    let (summary, status) = summarize(&mut reader, &options.input.name());
    let mut report = Report::of(&summary, reader.tables(), options.by);
    report.sort(options.sort);
    report.cut(options.top);
    match options {
        Options { json: true, .. } => json::print(&report)?,
        Options { csv: true, .. } => report.print_csv()?,
        _ => match spread {
            Some(part) => report.print_spread(part)?,
            None => report.print()?,
        },
    }
    Ok(status)
}

fn part(column: Column) -> Result<Part> {
    column.part().context("--spread takes a part of the time, such as running: a count is not spread")
}

/// Follows goroutines through a trace, as far as it can be read.
fn summarize(reader: &mut Reader<impl std::io::Read>, name: &str) -> (Summary, Status) {
    let mut lives = Lives::without_regions();
    let ended = loop {
        match reader.next_event() {
            Ok(Some(event)) => lives.add(&event, reader.tables()),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let status = damage::tell_end(name, reader.diagnostics(), ended.as_ref());
    (lives.finish(reader.tables()), status)
}
