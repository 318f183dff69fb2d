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

/// Show how goroutines spent their time
///
/// For each group of goroutines: their number, and how long they ran, were runnable without a P, waited (and for
/// what), and were in system calls with and without a P. The times are sums over the group; --spread shows the
/// distribution over the goroutines of a group. A goroutine that existed before the trace is named by any of its
/// stacks; (unknown) are goroutines without a stack. A goroutine without a creator existed before the trace, was
/// started by a timer (time.AfterFunc), or is a call from C.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope goroutines trace.out                           by start function
  goscope goroutines --sort runnable --top 10 trace.out  longest without a P
  goscope goroutines --by goroutine --spread waiting trace.out
  goscope goroutines --json trace.out | jq '.groups[] | select(.func == \"main.worker\").times'

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// What the goroutines of a group have in common
    #[arg(long, value_name = "KEY", default_value = "func")]
    by: Key,
    /// Column to sort the groups by, the greatest value first
    #[arg(long, value_name = "COLUMN", default_value = "total")]
    sort: Column,
    /// Number of groups to show, 0 for all of them [default: all]
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Show the distribution of this part of the time over the goroutines of each group
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
    /// Only goroutines that start with a function whose name matches
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    func: Option<Regex>,
}

/// What goroutines of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Key {
    /// The function that they start with
    Func,
    /// The function that their creator started with
    Creator,
    /// The last label from the runtime, which labels its workers
    Label,
    /// Their state at the end of the trace
    State,
    /// Nothing: each goroutine is a group
    Goroutine,
}

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
#[value(rename_all = "snake_case")]
pub enum Column {
    /// Number of goroutines
    Count,
    /// Time from the beginning to the end
    Total,
    /// Time running on a P
    Running,
    /// Time runnable, without a P
    Runnable,
    /// Time waiting
    Waiting,
    /// Time in system calls, with a P
    Syscall,
    /// Time in system calls that blocked, without a P
    SyscallBlocked,
    /// Time in an unknown state
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
