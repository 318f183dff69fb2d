//! `goscope goroutine`: the history of one goroutine.

use anyhow::{Result, bail};
use clap::Args;
use goscope_analysis::history::Historian;
use goscope_trace::GoId;

use crate::{
    args::{
        filter::{WindowArgs, id},
        input::Input,
        show::ShowArgs,
        threads::Threads,
    },
    follow::follow,
    render::{history::report, names::Names},
    status::Status,
};

/// Show the history of one goroutine
///
/// The report contains its creator and the goroutines that it created, everything that it did, with reason and
/// position, the goroutines that ended its waits, and the goroutines whose waits it ended.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope goroutine 42 trace.out
  goscope goroutine 42 --from 1.2s --to 1.3s --top 0 trace.out
  goscope goroutine 42 --sort duration trace.out     its longest states first
  goscope goroutine 42 --json trace.out | jq '.wakers'

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace, or no such \
goroutine.")]
pub struct Options {
    /// The goroutine: 42 or G42
    #[arg(value_name = "ID", value_parser = id("G"))]
    id: u64,
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
    let goroutine = GoId(options.id);
    let mut historian = Historian::new(goroutine);
    let mut followed =
        follow(&options.input, options.threads, &options.window.interval(), |event, tables, choice| {
            historian.add(event, tables, |span| choice.cut(span, tables));
        })?;
    historian.wait(followed.seen.to);
    let (tables, choice) = (followed.reader.tables(), &mut followed.choice);
    let mut history = historian.finish(|span| choice.cut(span, tables));
    history.begin(followed.choice.bounds.from);
    if history.spans.is_empty() {
        bail!(
            "{}: the trace tells nothing of goroutine {goroutine}: `goscope goroutines --by goroutine` lists them",
            options.input.name()
        );
    }
    report(goroutine, &history, followed.start, Names(followed.tables())).show(&options.show)?;
    Ok(followed.status)
}
