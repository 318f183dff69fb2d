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

/// Show what threads did with their time: run goroutines, sit in system calls, have no proc
///
/// A thread is followed from its first event to the end of the trace or, if it has no proc then, to its last event: nothing
/// tells whether it is there still. Traces of Go 1.21 and earlier tell of threads only as they get a proc, and their system
/// calls seem to take no time unless they block. Goroutines are counted each time that one begins to run on a thread.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope threads trace.out
  goscope threads --sort syscall trace.out                 which ones were in system calls most
  goscope threads --from 1s --to 1.5s --csv trace.out

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
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
