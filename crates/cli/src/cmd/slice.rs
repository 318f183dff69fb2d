//! `goscope slice`: a part of a trace, as a trace.

use std::{collections::BTreeSet, io::Write, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use goscope_trace::{Bounds, EventKind, GoId, Kind, TaskId, TraceTime, edit, slice::Slicer};
use goscope_wire::{FormatVersion, Header};
use tempfile::NamedTempFile;

use crate::{
    args::{
        filter::{IntervalArgs, WindowArgs, id},
        input::Input,
        output::{Output, Sink},
        slices::duration,
        threads::Threads,
    },
    follow::Reading,
    render::changes,
    spool,
    status::Status,
};

/// Cut a part out of a trace: a window of time, some goroutines, some kinds of events
///
/// The part is a trace like any other, which `go tool trace` opens: it begins by telling the states of goroutines and procs,
/// ranges, tasks and regions that go on, as they were at the cut. A slice of the newest version is written, whatever version is read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope slice big.trace -o part.trace --from 1.2s --to 1.4s
  goscope slice big.trace -o one.trace --goroutine 7,9 --neighbours
  goscope slice big.trace -o request.trace --around-task 12 --margin 5ms
  goscope slice big.trace -o tasks.trace --only tasks,regions,logs
  goscope slice big.trace -o early.trace --generation 1..3

Exit status: 0 fine, 1 the trace is damaged and OUT has what could be read, 2 there is nothing in the part, or it can't be written.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    window: WindowArgs,
    /// Only what happens during this task, from its begin to its end
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to"])]
    around_task: Option<u64>,
    /// So much more before and after the task
    #[arg(long, value_name = "TIME", requires = "around_task", value_parser = duration)]
    margin: Option<Duration>,
    /// Only these generations, from 1: 3 or 3..5. They are copied byte for byte (traces of Go 1.22 and later)
    #[arg(long, value_name = "N", value_parser = range, conflicts_with_all = ["from", "to", "around_task", "goroutine", "only"])]
    generation: Option<(u64, u64)>,
    /// Only what happens on these goroutines and to them, and procs: 7,9 or G7,G9
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id("G"))]
    goroutine: Vec<u64>,
    /// Also goroutines that these create or unblock, or are created or unblocked by
    #[arg(long, requires = "goroutine")]
    neighbours: bool,
    /// Only these, and the states of goroutines that have them
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
    let sink = options.output.open_beside(&options.input)?;
    match options.generation {
        Some(range) => copy_generations(options, range, sink),
        None => Cut::prepare(options)?.write(options, sink),
    }
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
        bail!("{} has only {count} generations", options.input.name());
    }
    sink.commit()?;
    Ok(Status::Fine)
}

/// What is to be cut out: found by reading the trace once before, where that is needed.
struct Cut {
    input: Input,
    /// Keeps what came through a pipe.
    _spooled: Option<NamedTempFile>,
    /// The window of a task.
    task: Option<Bounds>,
    goroutines: Option<BTreeSet<GoId>>,
    kinds: Option<Vec<Kind>>,
}

impl Cut {
    fn prepare(options: &Options) -> Result<Self> {
        let needs_two = options.neighbours || options.around_task.is_some() || !options.only.is_empty();
        let (input, spooled) =
            if needs_two { spool::seekable(&options.input)? } else { (options.input.clone(), None) };
        let named =
            (!options.goroutine.is_empty()).then(|| options.goroutine.iter().copied().map(GoId).collect());
        let kinds = (!options.only.is_empty())
            .then(|| options.only.iter().flat_map(|what| what.kinds()).copied().collect::<Vec<_>>());
        let mut cut = Self { input, _spooled: spooled, task: None, goroutines: named, kinds };
        if let Some(task) = options.around_task {
            cut.task = Some(cut.window_of(TaskId(task), options)?);
        }
        if options.neighbours {
            cut.add_neighbours(options)?;
        }
        if cut.kinds.is_some() {
            cut.restrict_to_kinds(options)?;
        }
        Ok(cut)
    }

    fn interval(options: &Options) -> IntervalArgs {
        options.window.interval()
    }

    /// Reads the trace once before, without telling of damage.
    fn reading(&self, options: &Options) -> Reading<'_> {
        Reading { is_silent: true, ..Reading::new(&self.input, options.threads) }
    }

    /// From a task's begin to its end, and the margin.
    fn window_of(&self, task: TaskId, options: &Options) -> Result<Bounds> {
        let mut found: Option<(TraceTime, TraceTime)> = None;
        let mut is_over = false;
        let followed = self.reading(options).follow(&Self::interval(options), |event, _, _| {
            if event.kind.task() == Some(task) && !is_over {
                found = Some((found.map_or(event.time, |(begin, _)| begin), event.time));
                is_over = matches!(event.kind, EventKind::TaskEnd(_));
            }
        })?;
        let Some((begin, end)) = found else {
            bail!("{} has no task {task}: `goscope tasks` lists them", self.input.name());
        };
        let end = if is_over { end } else { followed.seen.to };
        let margin = i64::try_from(options.margin.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX);
        Ok(Bounds {
            from: TraceTime(begin.0.saturating_sub(margin)),
            to: TraceTime(end.0.saturating_add(margin).saturating_add(1)),
        })
    }

    /// Adds who creates or unblocks those that are named, and whom these create or unblock.
    fn add_neighbours(&mut self, options: &Options) -> Result<()> {
        let Some(named) = self.goroutines.clone() else { return Ok(()) };
        let mut all = named.clone();
        let task = self.task;
        self.reading(options).follow(&Self::interval(options), |event, _, choice| {
            let EventKind::GoTransition(transition) = event.kind else { return };
            let (by, whom) = (event.goroutine, transition.goroutine);
            let is_within = choice.has_begun(event.time) && task.is_none_or(|task| has(task, event.time));
            if is_within && by.is_some() && by != whom && (named.contains(&by) || named.contains(&whom)) {
                all.extend([by, whom]);
            }
        })?;
        self.goroutines = Some(all);
        Ok(())
    }

    /// Of the goroutines, those that have events of the kinds that are asked for.
    fn restrict_to_kinds(&mut self, options: &Options) -> Result<()> {
        let (kinds, named, task) =
            (self.kinds.clone().unwrap_or_default(), self.goroutines.take(), self.task);
        let mut with_them = BTreeSet::new();
        self.reading(options).follow(&Self::interval(options), |event, _, choice| {
            let is_within = choice.has_begun(event.time) && task.is_none_or(|task| has(task, event.time));
            let is_named = named.as_ref().is_none_or(|named| named.contains(&event.goroutine));
            if is_within && is_named && kinds.contains(&event.kind.kind()) {
                with_them.insert(event.goroutine);
            }
        })?;
        self.goroutines = Some(with_them);
        Ok(())
    }

    fn write(&self, options: &Options, sink: Sink) -> Result<Status> {
        let mut slicer = Slicer::new(sink);
        if let Some(goroutines) = &self.goroutines {
            slicer = slicer.goroutines(goroutines.iter().copied());
        }
        if let Some(kinds) = &self.kinds {
            slicer = slicer.kinds(kinds.iter().copied());
        }
        let (mut failure, mut end) = (None, None);
        let reading = Reading { is_silent: false, reads_on: true, ..self.reading(options) };
        let followed = reading.follow_parts(&Self::interval(options), |event, part, choice| {
            let bounds = self.task.unwrap_or(choice.bounds);
            if event.time >= bounds.to {
                end = Some(bounds.to);
            }
            match slicer.event(event, part, bounds) {
                Ok(step) => step.is_continue(),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        })?;
        if let Some(error) = failure {
            return Err(error).context("the output");
        }
        if slicer.events() == 0 {
            bail!("{}: nothing happens in this part of the trace", self.input.name());
        }
        let (sink, changed) = slicer.finish(end).context("the output")?;
        sink.commit()?;
        changes::tell(&self.input.name(), &changed);
        Ok(followed.status)
    }
}

fn has(bounds: Bounds, time: TraceTime) -> bool {
    bounds.from <= time && time < bounds.to
}
