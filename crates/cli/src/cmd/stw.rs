//! `goscope stw`: the stops of the world, and who delayed them.

use anyhow::Result;
use clap::Args;
use goscope_analysis::stw::{Stop, Stops};
use goscope_trace::{GoState, Tables, timeline::GoSpan};

use crate::{
    args::{filter::IntervalArgs, input::Input, show::ShowArgs, threads::Threads},
    follow::{Choice, follow},
    render::stw::report,
    status::Status,
};

/// Show the stops of the world, and the goroutines that delayed them
///
/// A stop begins when a goroutine requests to stop the world. Stopping is the time from then until the last of the
/// other Ps has stopped. Delayed by is the goroutine that ran last on this P since the stop began, and At is its
/// position when it stopped. If no goroutine ran there since then, the column shows (no goroutine): the P was
/// looking for work, or in a system call. A dash means that no other goroutine ran, or that the trace contains only
/// a part of the stop and the answer is unknown.
///
/// Percentile is the share of all stops that are not longer. The tracer stops the world itself, to start or to stop
/// the trace. These stops are listed separately and count nowhere else.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope stw trace.out                   the longest 20, and a table by reason
  goscope stw --sort stopping trace.out   the longest stopping times first
  goscope stw --reason '^GC' --top 0 trace.out
  goscope stw --from 1.5s --to 2s --json trace.out | jq '.stops[0].delayed_in'
  goscope stw --csv trace.out > stops.csv
  goscope profile stw trace.out           by the stack that stopped the world

Traces before Go 1.21 record only stops for garbage collection. Traces before Go 1.10 record a stop only from the \
time at which the world has stopped.

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    interval: IntervalArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut stops = Stops::default();
    let mut followed =
        follow(&options.input, options.threads, &options.interval, |event, tables, choice| {
            stops.add(event, tables, |stop| cut(stop, choice, tables));
        })?;
    stops.wait(followed.seen.to);
    let (tables, choice) = (followed.reader.tables(), &mut followed.choice);
    let stopped = stops.finish(tables, |stop| cut(stop, choice, tables));
    report(&stopped, &followed).show(&options.show)?;
    Ok(followed.status)
}

/// The part of a stop that counts: as that of an interval in which its goroutine did nothing else.
fn cut(stop: Stop, choice: &mut Choice, tables: &Tables) -> Option<Stop> {
    let Stop { start, end, reason, goroutine, func, stack, proc, thread, .. } = stop;
    let (state, before) = (GoState::Running, GoState::Undetermined);
    let (begun_by, has_run, ending) = (goroutine, true, None);
    let mut part = GoSpan {
        goroutine,
        func,
        state,
        before,
        start,
        told: start,
        end,
        reason,
        stack,
        proc,
        thread,
        begun_by,
        has_run,
        ending,
    };
    if choice.cut(&mut part, tables) { stop.within(part.start, part.end) } else { None }
}
