//! `goscope slice`: a part of a trace, as a trace.

use std::{io::Write, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use goscope_trace::{GoId, Kind, TaskId, edit};
use goscope_wire::{FormatVersion, Header};

use crate::{
    args::{
        filter::{WindowArgs, id},
        input::Input,
        output::{Output, Sink},
        slices::duration,
        threads::Threads,
    },
    cut::Cut,
    render::table::counted,
    status::Status,
};

/// Cut a part out of a trace: a time window, goroutines, or kinds of events
///
/// The slice is a complete trace, which `go tool trace` opens. It starts with the status of each goroutine and P,
/// and with the ranges, tasks and regions that are open at the cut. goscope writes the newest format, whatever
/// format it reads.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope slice big.trace -o part.trace --from 1.2s --to 1.4s
  goscope slice big.trace -o one.trace --goroutine 7,9 --neighbours
  goscope slice big.trace -o request.trace --around-task 12 --margin 5ms
  goscope slice big.trace -o tasks.trace --only tasks,regions,logs
  goscope slice big.trace -o early.trace --generation 1..3

Exit status: 0 success, 1 the trace is damaged and OUT contains the readable part, 2 the part is empty, or it can't \
be written.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    window: WindowArgs,
    /// Only the time of this task, from its begin to its end
    #[arg(long, value_name = "ID", value_parser = id(""), conflicts_with_all = ["from", "to"])]
    around_task: Option<u64>,
    /// Additional time before and after the task
    #[arg(long, value_name = "TIME", requires = "around_task", value_parser = duration)]
    margin: Option<Duration>,
    /// Only these generations, counted from 1: 3 or 3..5. They are copied byte for byte (traces of Go 1.22 and
    /// later)
    #[arg(long, value_name = "N", value_parser = range, conflicts_with_all = ["from", "to", "around_task", "margin", "goroutine", "neighbours", "only"])]
    generation: Option<(u64, u64)>,
    /// Only events on or about these goroutines, and events of Ps: 7,9 or G7,G9
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("G"))]
    goroutine: Vec<u64>,
    /// Also goroutines that these create or unblock, and goroutines that create or unblock these
    #[arg(long, requires = "goroutine")]
    neighbours: bool,
    /// Only these kinds of events, and the states of the goroutines that have them
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    only: Vec<What>,
    #[command(flatten)]
    threads: Threads,
}

/// What a slice may be restricted to.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum What {
    Tasks,
    Regions,
    Logs,
    Samples,
}

impl What {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Tasks => &[Kind::TaskBegin, Kind::TaskEnd],
            Self::Regions => &[Kind::RegionBegin, Kind::RegionEnd],
            Self::Logs => &[Kind::Log],
            Self::Samples => &[Kind::StackSample],
        }
    }
}

/// Parses `3` or `3..5`, both ends included.
fn range(text: &str) -> Result<(u64, u64), String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number =
        |text: &str| text.parse().map_err(|_| "give a generation, such as 3, or a range, such as 3..5");
    match (number(first)?, number(last.trim_start_matches('='))?) {
        (0, _) => Err("generations count from 1".into()),
        (first, last) if first > last => {
            Err("this range is empty: its first generation is behind its last".into())
        }
        range => Ok(range),
    }
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let sink = options.output.open_discarding()?;
    match options.generation {
        Some(range) => copy_generations(options, range, sink),
        None => prepare(options)?.write(sink),
    }
}

/// What is to be cut out.
fn prepare(options: &Options) -> Result<Cut> {
    let kinds: Vec<_> = options.only.iter().flat_map(|what| what.kinds()).copied().collect();
    let needs_two = options.neighbours || options.around_task.is_some() || !kinds.is_empty();
    let mut cut = Cut::new(&options.input, options.window.interval(), options.threads);
    if needs_two {
        cut.keep_input()?;
    }
    if let Some(task) = options.around_task {
        cut.around(TaskId(task), options.margin.unwrap_or_default())?;
    }
    if !options.goroutine.is_empty() {
        cut = cut.goroutines(options.goroutine.iter().copied().map(GoId));
    }
    if options.neighbours {
        cut.add_neighbours()?;
    }
    if !kinds.is_empty() {
        cut.only(kinds)?;
    }
    Ok(cut)
}

fn copy_generations(options: &Options, (first, last): (u64, u64), mut sink: Sink) -> Result<Status> {
    let source = options.input.open()?;
    let wire = goscope_wire::Options { assume: options.input.assume_version, ..Default::default() };
    let records =
        goscope_wire::Reader::with_options(source.reader, wire).with_context(|| options.input.name())?;
    let mut pieces = edit::Pieces::new(records).with_context(|| options.input.name())?;
    let (mut count, mut copied) = (0, 0);
    sink.write_all(&Header::new(FormatVersion::NEWEST).to_bytes())?;
    while count < last
        && let Some(piece) = pieces.next_piece().with_context(|| options.input.name())?
    {
        count += 1;
        if count >= first {
            sink.write_all(piece.bytes)?;
            copied += 1;
        }
    }
    source.progress.finish_and_clear();
    if copied == 0 {
        bail!("{} has only {}", options.input.name(), counted(count, "generation"));
    }
    sink.commit()?;
    Ok(Status::Fine)
}
