//! `goscope mmu`: how little the garbage collector left to the program, in windows of any length.

use anyhow::Result;
use clap::{Args, ValueEnum};
use goscope_analysis::mutator::{self, Accounting, Curve, Series, Utilisation};
use jiff::SignedDuration;

use crate::{
    args::{filter::WindowArgs, input::Input, show::ShowArgs, threads::Threads},
    follow::{Followed, follow},
    render::mmu::{Shown, report},
    status::Status,
};

/// Show the minimum mutator utilisation (MMU)
///
/// Mutator utilisation is the share of the time of all Ps that the program has, and not the garbage collector. MMU
/// is the utilisation in the worst window of a length. p99.9, p99 and p95 are the utilisation that 99.9, 99 and 95 %
/// of all windows of this length have at least. No window is longer than the trace. The last row is the window of
/// the whole trace, and has the mean. --flags selects what counts as work of the collector.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope mmu trace.out
  goscope mmu --worst 5 --window 1ms trace.out     the worst windows
  goscope mmu --flags stw,background,assist,sweep trace.out
  goscope mmu --flags stw,assist,per-proc --json trace.out | jq .windows
  goscope mmu --like-go trace.out                  the minima of `go tool trace`

If a trace has several cycles, the rules of Go count more and more Ps for the collector. Therefore Go's curves are \
lower. The page of `go tool trace` also shows the minimum as p99.9, p99 and p95; --like-go shows the quantiles.

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Lengths of the windows, such as 1ms,10ms [default: 100µs to 1s]
    #[arg(long, value_name = "DURATION", value_delimiter = ',', value_parser = length)]
    window: Vec<i64>,
    /// What counts as work of the garbage collector
    #[arg(long, value_name = "FLAG", value_delimiter = ',', default_value = "stw,background,assist")]
    flags: Vec<Flag>,
    /// Count that work by the rules of `go tool trace`, including their errors
    #[arg(long)]
    like_go: bool,
    /// Number of the worst windows to list for each length in --window [default length: 10ms]; these windows do not
    /// overlap
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    worst: Option<u16>,
    #[command(flatten)]
    interval: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// What can count as work of the garbage collector.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Flag {
    /// Stops of the world for the collector
    Stw,
    /// Workers that mark in the background, but not idle workers
    Background,
    /// Goroutines that allocate and must help with marking
    Assist,
    /// Ps that sweep before they allocate
    Sweep,
    /// Each P separately. A worker that has a P of its own does not count
    #[value(alias = "perProc")]
    PerProc,
}

/// The lengths of windows that are shown, in nanoseconds.
const WINDOWS: [i64; 13] = [
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
];

/// The length of the worst windows that are listed.
const WORST: i64 = 10_000_000;

/// Parses the length of a window: a duration of a nanosecond or more.
fn length(text: &str) -> Result<i64, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let length = duration.and_then(|duration| i64::try_from(duration.as_nanos()).ok());
    length.filter(|length| *length > 0).ok_or_else(|| "a duration is expected, such as 10ms".into())
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut utilisation = Utilisation::new(options.mutator());
    let followed =
        follow(&options.input, options.threads, &options.interval.interval(), |event, tables, _| {
            utilisation.add(event, tables);
        })?;
    utilisation.wait(followed.seen.to);
    let series = options.cut(&utilisation.finish(), &followed);
    let longest = series.iter().map(|series| series.end().0.saturating_sub(series.start().0)).max();
    let shown = Shown {
        flags: options.flags(),
        is_like_go: options.like_go,
        windows: options.windows(&WINDOWS, longest.unwrap_or_default()),
        worst: options.worst.map(|count| (options.worst_windows(longest.unwrap_or_default()), count.into())),
    };
    report(&Curve::new(&series), &shown, &followed).show(&options.show)?;
    Ok(followed.status)
}

impl Options {
    fn mutator(&self) -> mutator::Options {
        let has = |flag| self.flags.contains(&flag);
        mutator::Options {
            stop_the_world: has(Flag::Stw),
            background: has(Flag::Background),
            assist: has(Flag::Assist),
            sweep: has(Flag::Sweep),
            per_proc: has(Flag::PerProc),
            accounting: if self.like_go { Accounting::Go } else { Accounting::Exact },
        }
    }

    /// The names of the flags, in the order of their table.
    fn flags(&self) -> Vec<String> {
        let given = Flag::value_variants().iter().filter(|flag| self.flags.contains(flag));
        given.filter_map(|flag| Some(flag.to_possible_value()?.get_name().to_owned())).collect()
    }

    /// What counts of each series.
    fn cut(&self, series: &[Series], followed: &Followed) -> Vec<Series> {
        let bounds = followed.choice.bounds;
        series.iter().filter_map(|series| series.within(bounds.from, bounds.to)).collect()
    }

    /// The lengths that were asked for, or else these; none longer than all of it, which is one of them.
    fn windows(&self, default: &[i64], longest: i64) -> Vec<i64> {
        let chosen =
            if self.window.is_empty() { [default, &[longest]].concat() } else { self.window.clone() };
        let longest_wanted = if self.window.is_empty() { i64::MAX } else { longest };
        let mut windows: Vec<_> = chosen.iter().map(|window| *window.min(&longest_wanted)).collect();
        windows.retain(|window| 0 < *window && *window <= longest);
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    fn worst_windows(&self, longest: i64) -> Vec<i64> {
        let windows =
            if self.window.is_empty() { vec![WORST.min(longest)] } else { self.windows(&[], longest) };
        windows.into_iter().filter(|window| *window > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn windows_are_durations_that_last() {
        assert_eq!([length("10ms"), length("1.5s")], [Ok(10_000_000), Ok(1_500_000_000)]);
        for wrong in ["", "0s", "-1ms", "10", "999999999999h"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }
}
