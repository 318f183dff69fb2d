//! `goscope gc`: the cycles of garbage collection, and what they cost.

use anyhow::Result;
use clap::Args;
use goscope_analysis::gc::Collections;

use crate::{
    args::{filter::WindowArgs, input::Input, show::ShowArgs, threads::Threads},
    follow::follow,
    render::gc::report,
    status::Status,
};

/// Show the cycles of garbage collection, and what they cost
///
/// Workers is the time of the goroutines that mark in the background, while the cycle marks (what they do behind that,
/// `goscope procs` shows); Assists that of goroutines that allocated and had to help, running or waiting; Procs the part
/// of all procs' time that both took while the cycle marked. Heap is the size of all objects as the cycle began, Peak the
/// most while it marked, Live what it found to be in use, Goal the size that it was meant not to exceed. Sweeping and
/// Freed are of garbage that the cycle found, but for what the background sweeper does, of which traces do not tell. Stops
/// are those for the collector: `goscope stw` shows the others, and those of the tracer itself.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope gc trace.out
  goscope gc --sort assists --top 5 trace.out          the cycles that kept the program most
  goscope gc --from 1.5s --to 2s trace.out
  goscope gc --json trace.out | jq '.cycles[] | select(.pauses_ns > 1000000)'
  goscope stw trace.out                                why the world took so long to stop
  goscope mmu trace.out                                what that left to the program

Before Go 1.10 traces do not tell of sweep termination, and before 1.9 neither of assists nor of what was freed.
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
    let mut collections = Collections::default();
    let interval = options.window.interval();
    let followed = follow(&options.input, options.threads, &interval, |event, tables, choice| {
        if let Some(from) = choice.begins(event.time) {
            collections.restart(from);
        }
        collections.add(event, tables);
    })?;
    if let Some(from) = followed.begins_without_event() {
        collections.restart(from);
    }
    collections.wait(followed.seen.to);
    let collected = collections.finish(followed.tables());
    report(&collected, &followed).show(&options.show)?;
    Ok(followed.status)
}
