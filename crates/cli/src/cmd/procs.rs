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

/// Show what procs did with their time, and when one was idle although a goroutine was runnable
///
/// A proc is used while it has a goroutine: one of the program or of the runtime, a worker of the garbage collector, or one
/// in a system call that has not lost it. The scheduler's time is what its thread takes to find the next one. These times,
/// with those of being idle and of not being there, add up to the time that is looked at.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope procs trace.out
  goscope procs --sort switches trace.out
  goscope procs --every 10ms --from 1s --to 1.5s trace.out   over time
  goscope procs --json trace.out | jq '.starvations[]'       idle procs and runnable goroutines

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    every: Every,
    /// Show so many of the longest times in which a proc was idle and a goroutine runnable
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
