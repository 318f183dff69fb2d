//! `goscope tasks` and `goscope regions`: how long they took, by type, and which took longest.

use anyhow::Result;
use clap::Args;
use goscope_analysis::{Lives, Region, Summary, Task};
use goscope_trace::{StringId, TaskId};
use regex::bytes::Regex;

use crate::{
    args::{
        filter::{WindowArgs, regex},
        input::Input,
        show::ShowArgs,
        threads::Threads,
    },
    follow::{Followed, follow},
    render::{histogram::Histogram, names::Names, report::Report, tasks},
    status::Status,
};

/// Show how long tasks took, by type, and how the slowest spent their time
///
/// A task starts with trace.NewTask of Go's package runtime/trace. The time of a task is the time of the goroutine
/// that began it, until the task ended, and the time of other goroutines in their regions of the task. Open counts
/// the tasks that did not end. Earlier counts the tasks that began before the trace, which are listed. Their
/// durations are unknown, so quantiles do not include them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope tasks trace.out
  goscope tasks --name '^GET ' --sort p99 trace.out
  goscope tasks --json trace.out | jq '.slowest[0]'
  goscope task 17 trace.out                          one of them

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct TaskOptions {
    #[command(flatten)]
    common: Common,
}

/// Show how long regions took, by type and position
///
/// A region is a part of the execution of a goroutine, from trace.StartRegion or WithRegion of Go's package
/// runtime/trace to its end. The report also shows how the slowest regions spent their time.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope regions trace.out
  goscope regions --name '^query' --sort max trace.out

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct RegionOptions {
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
struct Common {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Only types whose name matches
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    name: Option<Regex>,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs `goscope tasks`.
pub fn run_tasks(options: &TaskOptions) -> Result<Status> {
    let (summary, followed) = options.common.summarize()?;
    let names = Names(followed.tables());
    let is_task = |task: &&Task| {
        let is_named = task.id != TaskId::BACKGROUND && options.common.has(task.name, names);
        is_named && followed.choice.has_begun_by(task.end)
    };
    let chosen: Vec<_> = summary.tasks.iter().filter(is_task).collect();
    let mut report = Report::default();
    report.table(tasks::task_types(&chosen, names));
    let slowest = tasks::slowest_tasks(&summary, &chosen, followed.start, names);
    report.table(if chosen.is_empty() { slowest.for_programs() } else { slowest });
    report.table(tasks::earlier_tasks(&chosen, followed.start, names));
    options.common.show(report, chosen.iter().copied().filter_map(Task::duration))?;
    Ok(followed.status)
}

/// Runs `goscope regions`.
pub fn run_regions(options: &RegionOptions) -> Result<Status> {
    let (summary, followed) = options.common.summarize()?;
    let names = Names(followed.tables());
    let is_region =
        |region: &&Region| options.common.has(region.name, names) && followed.choice.has_begun_by(region.end);
    let chosen: Vec<_> = summary.regions.iter().filter(is_region).collect();
    let mut report = Report::default();
    report.table(tasks::region_types(&chosen, names));
    let slowest = tasks::slowest_regions(&chosen, followed.start, names);
    report.table(if chosen.is_empty() { slowest.for_programs() } else { slowest });
    options.common.show(report, chosen.iter().copied().filter_map(Region::duration))?;
    Ok(followed.status)
}

impl Common {
    fn summarize(&self) -> Result<(Summary, Followed)> {
        let mut lives = Lives::default();
        let followed = follow(&self.input, self.threads, &self.window.interval(), |event, tables, _| {
            lives.add(event, tables);
        })?;
        Ok((lives.finish(followed.tables()), followed))
    }

    fn has(&self, name: StringId, names: Names<'_>) -> bool {
        self.name.as_ref().is_none_or(|wanted| wanted.is_match(names.0.string(name)))
    }

    fn show(&self, report: Report, durations: impl Iterator<Item = i64>) -> Result<()> {
        report.show(&self.show)?;
        if self.show.is_for_people() {
            Histogram::of(durations).print("How many took how long")?;
        }
        Ok(())
    }
}
