//! `goscope profile`: where time was spent, by stack.

use std::io::{self, BufWriter};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use goscope_analysis::profile::Settings;
use goscope_export::{folded, pprof};

use crate::{
    args::{
        filter::IntervalArgs, input::Input, kind::KindArg, output::OptionalOutput, show::ShowArgs,
        threads::Threads,
    },
    gather::{Wish, gather, tell_none, why_none},
    render::profile::report,
    status::Status,
};

/// Show where time was spent, by stack, or write a profile for pprof
///
/// Without -o, goscope prints a table of functions. Flat is what was spent while the function was the innermost one.
/// Cum (cumulative) is what was spent in the function and in all functions that it called. The time of a wait counts
/// for the stack with which the wait began or, with --waker, for the stack that ended it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope profile sync trace.out                       waits for locks, channels
  goscope profile sched -o sched.pb.gz trace.out && go tool pprof -http=: sched.pb.gz
  goscope profile chan --waker --top 5 trace.out       stacks that ended waits
  goscope profile all --func '^net/http' --folded trace.out | flamegraph.pl > waits.svg
  goscope profile wall --labels goroutine,func -o wall.pb.gz trace.out

net, sync, syscall and sched have the same samples as `go tool trace -pprof`. sleep, gc, select, chan and mutex \
follow the same rules: a wait counts when it ends, and only after its goroutine first ran in the trace. These two \
limits do not apply to all and wall.

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    /// What to count
    #[arg(value_name = "KIND")]
    kind: KindArg,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    output: OptionalOutput,
    /// Print folded stacks, for tools that draw flame graphs
    #[arg(long, conflicts_with_all = ["path", "json", "csv", "top", "sort"])]
    folded: bool,
    /// Count a wait for the stack that ended it
    #[arg(long)]
    waker: bool,
    /// Separate samples by these labels
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    labels: Vec<Label>,
    #[command(flatten)]
    interval: IntervalArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// The labels that can separate samples.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Label {
    /// The goroutine
    Goroutine,
    /// The function that the goroutine started with
    Func,
    /// The reason why the goroutine stopped
    Reason,
    /// The task that the goroutine worked for
    Task,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let kind = options.kind.0;
    if options.waker && !kind.has_wakers() {
        bail!("--waker is for waits, and {} has none", kind.name());
    }
    if !options.labels.is_empty() && !options.show.json && options.output.output().is_none() {
        bail!("--labels are for -o and --json: a table is by function, and folded stacks have no labels");
    }
    let sink = options.output.output().map(|output| output.open_discarding()).transpose()?;
    let wish = Wish { kind, otherwise: None, settings: options.settings() };
    let (profile, followed) = gather(wish, &options.input, options.threads, &options.interval)?;
    if sink.is_some() || options.folded {
        tell_none(kind, &options.input, &profile, &followed, &options.interval);
    }
    if let Some(mut sink) = sink {
        pprof::write(&profile, followed.tables(), &mut sink)?;
        sink.commit()?;
    } else if options.folded {
        folded::write(&profile, followed.tables(), &mut BufWriter::new(io::stdout().lock()))?;
    } else {
        let none = why_none(kind, &followed, &options.interval);
        report(&profile, followed.tables(), none).show(&options.show)?;
    }
    Ok(followed.status)
}

impl Options {
    fn settings(&self) -> Settings {
        let has = |label| self.labels.contains(&label);
        Settings {
            waker: self.waker,
            goroutine: has(Label::Goroutine),
            func: has(Label::Func),
            reason: has(Label::Reason),
            task: has(Label::Task),
            open: self.interval.has_times(),
        }
    }
}
