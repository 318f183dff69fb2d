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

/// Show the stops of the world, and who delayed them
///
/// A stop begins when somebody wants the world to stop. Stopping is the time from then until the last of the other procs
/// has stopped; Delayed by is the goroutine that ran there last, with where it was when it stopped, if any ran there since
/// the stop began: else the proc was looking for work, or in a system call. A dash says that nobody else ran, or that it
/// can't be told: of stops that the trace shows in part only.
/// Percentile is the part of all stops that are not longer. The tracer's own stops, to start or to stop the trace, are shown
/// apart, and count nowhere else.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope stw trace.out                                the longest 20, and how they are spread by reason
  goscope stw --sort stopping trace.out                those that took longest to begin
  goscope stw --reason '^GC' --top 0 trace.out
  goscope stw --from 1.5s --to 2s --json trace.out | jq '.stops[0].delayed_in'
  goscope stw --csv trace.out > stops.csv
  goscope profile stw trace.out                        by stack: who stopped the world

Before Go 1.21 traces tell only of stops for garbage collection, before 1.10 only of what is done while the world stands.
Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
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
