//! `goscope latency`: how long goroutines were runnable before they ran.

use anyhow::Result;
use clap::Args;
use goscope_analysis::latency::{Latencies, Settings};

use crate::{
    args::{filter::IntervalArgs, input::Input, show::ShowArgs, slices::Every, threads::Threads},
    follow::Reading,
    render::{histogram::Histogram, latency::report, names::Names},
    status::Status,
};

/// Show how long goroutines were runnable before they ran: scheduler latency
///
/// A wait begins as its goroutine becomes runnable and ends as it runs. The one before the first run of a new goroutine
/// counts too, which `go tool trace -pprof=sched` leaves out. With --from and --to, waits count that end between them, each
/// in full. Quantiles may be too great by a thirty-second; all else is exact.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope latency trace.out
  goscope latency --sort p99 --top 5 trace.out             which functions' goroutines had to wait
  goscope latency --every 100ms --func '^net/http' trace.out
  goscope latency --from 1.2s --to 1.3s --worst 30 trace.out
  goscope latency --json trace.out | jq '.worst[] | select(.cause == \"woken\")'

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    every: Every,
    /// Show so many of the longest waits
    #[arg(long, value_name = "N", default_value_t = Settings::default().worst)]
    worst: usize,
    #[command(flatten)]
    interval: IntervalArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut latencies = Latencies::new(Settings { every: options.every.nanoseconds(), worst: options.worst });
    let reading = Reading::new(&options.input, options.threads);
    let followed = reading.follow_while(&options.interval, |event, tables, choice| {
        let since = choice.bounds.from;
        latencies.add(event, tables, since, |span| choice.cut(&mut { *span }, tables));
        !latencies.is_full()
    })?;
    options.every.check(followed.duration())?;
    let found = latencies.finish(followed.seen.to);
    let waits = found.all.buckets();
    report(&found, &followed, Names(followed.tables())).show(&options.show)?;
    if options.show.is_for_people() {
        Histogram::of_counts(waits).print("How many waits took how long")?;
    }
    Ok(followed.status)
}
