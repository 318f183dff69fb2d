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

/// Show the cycles of the garbage collector, and what they cost
///
/// Workers is the time of the goroutines that mark in the background, during marking; `goscope procs` shows their
/// time after that. Assists is the time of goroutines that allocated and had to help with marking, running or
/// waiting. Procs is the share of the time of all Ps that workers and assists used during marking.
///
/// Heap is the size of all objects at the start of the cycle. Peak is the greatest size during marking. Live is the
/// size of the objects that the cycle found in use. Goal is the size that the heap should not exceed. Sweeping and
/// Freed cover the garbage that the cycle found. Work of the background sweeper is not included: traces do not
/// record it.
///
/// Stops are the stops of the world for the collector. `goscope stw` shows the others, and those of the tracer
/// itself.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope gc trace.out
  goscope gc --sort assists --top 5 trace.out   the cycles with most assist time
  goscope gc --from 1.5s --to 2s trace.out
  goscope gc --json trace.out | jq '.cycles[] | select(.pauses_ns > 1000000)'
  goscope stw trace.out                         what delayed the stops
  goscope mmu trace.out                         the time left to the program

Traces before Go 1.10 do not record sweep termination. Traces before Go 1.9 also do not record assists and freed \
memory.

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
