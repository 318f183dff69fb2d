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

/// Show scheduler latency: how long goroutines were runnable before they ran
///
/// A wait begins when the goroutine becomes runnable, and ends when it runs. The wait before the first run of a new
/// goroutine counts too; `go tool trace -pprof=sched` omits it. With --from and --to, the waits that end in this
/// window count, each with its full duration. Quantiles can be too high by up to 1/32; all other values are exact.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope latency trace.out
  goscope latency --sort p99 --top 5 trace.out   the functions with high latency
  goscope latency --every 100ms --func '^net/http' trace.out
  goscope latency --from 1.2s --to 1.3s --worst 30 trace.out
  goscope latency --json trace.out | jq '.worst[] | select(.cause == \"woken\")'

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    every: Every,
    /// Number of the longest waits to show
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
