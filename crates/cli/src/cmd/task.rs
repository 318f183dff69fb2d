//! `goscope task`: what one task did.

use anyhow::{Result, bail};
use clap::Args;
use goscope_analysis::{Lives, Story};
use goscope_trace::TaskId;

use crate::{
    args::{
        filter::{WindowArgs, id},
        input::Input,
        show::ShowArgs,
        threads::Threads,
    },
    follow::follow,
    render::{names::Names, task::report},
    status::Status,
};

/// Show one task: its subtasks, regions, messages, and how it spent its time
///
/// The time of the task is the time of the goroutine that began it, until the task ended, and the time of other
/// goroutines in their regions of the task. `goscope critical-path --task ID` shows what the task waited for.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope tasks trace.out                    all tasks
  goscope task 17 trace.out
  goscope task 17 --json trace.out | jq '.tree[]'

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace, or no such task.")]
pub struct Options {
    /// Id of the task
    #[arg(value_name = "ID", value_parser = id(""))]
    id: u64,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let id = TaskId(options.id);
    let (mut lives, mut story) = (Lives::default(), Story::of(id));
    let interval = WindowArgs::default().interval();
    let followed = follow(&options.input, options.threads, &interval, |event, tables, _| {
        lives.add(event, tables);
        story.add(event);
    })?;
    let summary = lives.finish(followed.tables());
    let Ok(place) = summary.tasks.binary_search_by_key(&id, |task| task.id) else {
        bail!("{}: the trace tells of no task {id}: `goscope tasks` lists them", options.input.name());
    };
    let task = &summary.tasks[place];
    report(task, &summary, &story, followed.start, Names(followed.tables())).show(&options.show)?;
    Ok(followed.status)
}
