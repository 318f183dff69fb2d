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

/// Show where time was spent, by stack, or write that for pprof
///
/// Without -o, a table of the functions: flat is what was spent where they were innermost, cumulative what was spent in
/// them and in all that they called. Time counts for the stack with which a wait began or, with --waker, for that which
/// ended it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope profile sync trace.out                       who waited for locks and channels
  goscope profile sched -o sched.pb.gz trace.out && go tool pprof -http=: sched.pb.gz
  goscope profile chan --waker --top 5 trace.out       who kept them waiting
  goscope profile all --func '^net/http' --folded trace.out | flamegraph.pl > waits.svg
  goscope profile wall --labels goroutine,func -o wall.pb.gz trace.out

net, sync, syscall and sched have the samples of `go tool trace -pprof`; sleep, gc, select, chan and mutex are made
by the same rules: a wait counts as it ends, and since its goroutine first ran in the trace. all and wall count all.

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    /// What counts
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
    /// Attribute a wait to the stack that ended it
    #[arg(long)]
    waker: bool,
    /// Tell samples apart by these, as labels
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    labels: Vec<Label>,
    #[command(flatten)]
    interval: IntervalArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// What samples can be told apart by.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Label {
    /// The goroutine
    Goroutine,
    /// The function that the goroutine started with
    Func,
    /// Why it stopped
    Reason,
    /// The task that it worked for
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
