//! `goscope procs`: what procs did with their time, and when one was idle although there was work.

use anyhow::Result;
use clap::Args;
use goscope_analysis::procs::{Procs, Settings};

use crate::{
    args::{filter::WindowArgs, input::Input, show::ShowArgs, slices::Every, threads::Threads},
    follow::Reading,
    render::procs::report,
    status::Status,
};

/// Show how Ps spent their time
///
/// A P is used while it has a goroutine: a goroutine of the program or the runtime, a worker of the garbage
/// collector, or a goroutine in a system call that has not lost its P. Scheduler is the time that the thread of the
/// P needs to find the next goroutine. These times, the time in which the P was idle, and the time in which it did
/// not exist add up to the time of the report. The report also lists the times in which a P was idle although a
/// goroutine was runnable.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope procs trace.out
  goscope procs --sort switches trace.out
  goscope procs --every 10ms --from 1s --to 1.5s trace.out  over time
  goscope procs --json trace.out | jq '.starvations[]'      idle P, runnable G

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    every: Every,
    /// Number of the longest times to show in which a P was idle and a goroutine was runnable
    #[arg(long, value_name = "N", default_value_t = Settings::default().worst)]
    worst: usize,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut procs = Procs::new(Settings { every: options.every.nanoseconds(), worst: options.worst });
    let reading = Reading::new(&options.input, options.threads);
    let followed = reading.follow_while(&options.window.interval(), |event, tables, choice| {
        procs.add(event, tables, choice.bounds.from);
        !procs.is_full()
    })?;
    options.every.check(followed.duration())?;
    let found = procs.finish(followed.seen.to);
    report(&found, followed.start).show(&options.show)?;
    Ok(followed.status)
}
