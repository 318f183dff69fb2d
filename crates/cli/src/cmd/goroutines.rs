//! `goscope goroutines`: what goroutines did with their time, one by one or in groups.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use goscope_analysis::{Lives, Part, Summary};
use goscope_trace::TraceTime;
use regex::bytes::Regex;

use crate::{
    args::{
        filter::{WindowArgs, id, regex},
        input::Input,
        threads::Threads,
    },
    follow::{Followed, follow},
    render::{goroutines::Report, json},
    status::Status,
};

/// Show what goroutines did with their time
///
/// For each group of goroutines: how many there are, and for how long they ran, could have run but had no proc, waited
/// (and for what), and were in system calls, with a proc and without. Times are those of all of them together;
/// --spread shows how those of one are spread. A goroutine that was there before the trace is named by any stack of its own;
/// (unknown) are those without any. Who has no creator was there before, or started by a timer (time.AfterFunc), or is a
/// call from C.
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
    #[command(flatten)]
    window: WindowArgs,
    /// Only these goroutines: 7,9 or G7,G9
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("G"))]
    goroutine: Vec<u64>,
    /// Only those that start with a function whose name matches
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    func: Option<Regex>,
}

/// What goroutines of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Key {
    /// The function that they start with
    Func,
    /// The function that whoever created them started with
    Creator,
    /// What the runtime labelled them last: its workers have labels
    Label,
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
    let (summary, followed) = summarize(options)?;
    let mut report = Report::of(&summary, followed.tables(), options.by);
    report.sort(options.sort);
    report.cut(options.top.unwrap_or_default());
    match options {
        Options { json: true, .. } => json::print(&report)?,
        Options { csv: true, .. } => report.print_csv()?,
        _ => match spread {
            Some(part) => report.print_spread(part)?,
            None => report.print()?,
        },
    }
    Ok(followed.status)
}

fn part(column: Column) -> Result<Part> {
    column.part().context("--spread takes a part of the time, such as running: a count is not spread")
}

/// Follows goroutines through the part of a trace that is asked for, as far as it can be read.
fn summarize(options: &Options) -> Result<(Summary, Followed)> {
    let mut lives = Lives::without_regions();
    let followed =
        follow(&options.input, options.threads, &options.window.interval(), |event, tables, choice| {
            if let Some(from) = choice.begins(event.time).filter(|from| *from > TraceTime(i64::MIN)) {
                lives.restart(from);
            }
            lives.add(event, tables);
        })?;
    if let Some(from) = followed.begins_without_event() {
        lives.restart(from);
    }
    lives.wait(followed.seen.to);
    let mut summary = lives.finish(followed.tables());
    let names = followed.tables();
    summary.goroutines.retain(|goroutine| {
        let has_id = options.goroutine.is_empty() || options.goroutine.contains(&goroutine.id.0);
        has_id && options.func.as_ref().is_none_or(|func| func.is_match(names.string(goroutine.func)))
    });
    Ok((summary, followed))
}
