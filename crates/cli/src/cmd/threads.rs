//! `goscope threads`: what threads of the operating system did with their time.

use anyhow::Result;
use clap::Args;
use goscope_analysis::threads::Threads as Fold;

use crate::{
    args::{filter::WindowArgs, input::Input, show::ShowArgs, threads::Threads},
    follow::follow,
    render::threads::report,
    status::Status,
};

/// Show how threads (Ms) spent their time
///
/// A thread runs goroutines, is in system calls, or has no P. goscope follows a thread from its first event to the
/// end of the trace. If the thread has no P at the end, goscope follows it to its last event, because nothing
/// records whether it still exists. Traces of Go 1.21 and earlier record a thread only when it gets a P, and its
/// system calls seem to take no time unless they block. Goroutines counts each time that a goroutine begins to run
/// on the thread.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope threads trace.out
  goscope threads --sort syscall trace.out       the most time in system calls
  goscope threads --from 1s --to 1.5s --csv trace.out

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut threads = Fold::default();
    let followed =
        follow(&options.input, options.threads, &options.window.interval(), |event, _, choice| {
            threads.add(event, choice.bounds.from);
        })?;
    let found = threads.finish(followed.choice.bounds.from, followed.seen.to);
    report(&found, followed.start).show(&options.show)?;
    Ok(followed.status)
}
