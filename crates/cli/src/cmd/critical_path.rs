//! `goscope critical-path`: what the time of a task, a region or a goroutine was made of.

use anyhow::{Context, Result, bail};
use clap::Args;
use goscope_analysis::critical_path::{self, Finder, Found, Milestones, Path, Segment, Target};
use goscope_export::pprof;
use goscope_trace::{Bounds, GoId, StringId, TaskId, TraceTime, timeline::Timeline};

use crate::{
    args::{
        filter::{WindowArgs, id},
        input::Input,
        output::OptionalOutput,
        show::ShowArgs,
        threads::Threads,
    },
    follow::{Followed, Reading},
    render::{critical_path::report, names::Names},
    spool,
    status::Status,
};

/// Show what the time of a task, a region or a goroutine was made of
///
/// Walks back from its end: while the goroutine ran, was in a system call or had no proc, the time counts for that; while
/// it waited, for what whoever ended the wait did in the meantime. Prints who is to blame, and the chain of what happened.
/// With --from and --to, only that part of it counts; without a target, that part of the main goroutine.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope critical-path --task 'GET /orders' trace.out     the slowest task of this type
  goscope critical-path --task 17 trace.out
  goscope critical-path --region 'render' -o blame.pb.gz trace.out
  goscope critical-path --goroutine 42 --from 1.2s --to 1.3s trace.out
  goscope critical-path --task 17 --json trace.out | jq '.segments[]'

The trace is read twice, and of an interval with more than four million steps once for each four million, the last
ones first, so that memory stays below some 300 MB; from standard input, it is kept in a temporary file.
Exit status: 0 fine, 1 the trace is damaged (what can be read is explained), 2 no trace, or no such target.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// A task: its id, or its type, of which the slowest is taken
    #[arg(long, value_name = "ID|TYPE", group = "target")]
    task: Option<String>,
    /// The slowest region of a type
    #[arg(long, value_name = "TYPE", group = "target")]
    region: Option<String>,
    /// A goroutine, from its creation to its end: 42 or G42
    #[arg(long, value_name = "ID", value_parser = id("G"), group = "target")]
    goroutine: Option<u64>,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    output: OptionalOutput,
    #[command(flatten)]
    show: ShowArgs,
}

/// The goroutine that runs the program's main function.
const MAIN: u64 = 1;

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let sink = options.output.output().map(|output| output.open_discarding()).transpose()?;
    let _kept = spool::keep(&options.input)?;
    let reading = Reading::new(&options.input, options.threads);
    let (found, milestones, followed) = find(options, &reading)?;
    let name = name(&found, &followed);
    let (segments, second) = explain(&found, &milestones, &Reading { is_silent: true, ..reading })?;
    if let Some(mut sink) = sink {
        pprof::write(&critical_path::profile(&segments), second.tables(), &mut sink)?;
        sink.commit()?;
        return Ok(followed.status);
    }
    show(&name, &found, &segments, &followed, &second, options)?;
    Ok(followed.status)
}

fn show(
    name: &str,
    found: &Found,
    segments: &[Segment],
    first: &Followed,
    second: &Followed,
    options: &Options,
) -> Result<()> {
    report(name, found, segments, first.start, Names(second.tables())).show(&options.show)
}

/// Finds what is to be explained, and where the trace is divided for that.
fn find(options: &Options, reading: &Reading<'_>) -> Result<(Found, Milestones, Followed)> {
    let (mut finder, mut milestones) = (Finder::new(options.target()), Milestones::default());
    let followed = reading.follow(&WindowArgs::default().interval(), |event, tables, _| {
        finder.add(event, tables);
        milestones.add(event);
    })?;
    let Some(found) = finder.finish(followed.tables()) else {
        let (what, command) = options.words();
        bail!(
            "{}: the trace shows no {what} from its beginning: `goscope {command}` lists them",
            reading.input.name()
        );
    };
    let Bounds { from, to } = options.window.interval().filter()?.bounds(&followed.clock);
    let found = Found { from: found.from.max(from), to: found.to.min(to), ..found };
    if found.from >= found.to {
        bail!("{}: the {} has no time between --from and --to", reading.input.name(), options.words().0);
    }
    Ok((found, milestones, followed))
}

/// Explains it, the last part first. The first pass reads furthest, and so has all names.
fn explain(
    found: &Found,
    milestones: &Milestones,
    reading: &Reading<'_>,
) -> Result<(Vec<Segment>, Followed)> {
    let mut path = Path::new(found);
    let mut furthest: Option<Followed> = None;
    while let Some(to) = path.needs() {
        let since = milestones.before(to).max(found.from);
        let (timeline, followed) = keep(&mut path, since, to, reading)?;
        path.walk(&timeline, since, followed.tables());
        furthest.get_or_insert(followed);
    }
    let followed = furthest.context("an interval without time has no path")?;
    Ok((path.finish(), followed))
}

/// Keeps the timeline of a part of the path.
fn keep(
    path: &mut Path,
    since: TraceTime,
    to: TraceTime,
    reading: &Reading<'_>,
) -> Result<(Timeline, Followed)> {
    let mut timeline = Timeline::between(since, to);
    let mut is_done = false;
    let followed = reading.follow_while(&WindowArgs::default().interval(), |event, tables, _| {
        timeline.add(event, tables);
        is_done = is_done || path.has_enough(&timeline, event.time);
        !is_done
    })?;
    Ok((timeline.finish(), followed))
}

fn name(found: &Found, followed: &Followed) -> String {
    let names = Names(followed.tables());
    match (found.task, found.name) {
        (TaskId::NONE, StringId::EMPTY) => format!("goroutine {}", found.goroutine),
        (TaskId::NONE | TaskId::BACKGROUND, name) => format!("region {}", names.func(name)),
        (task, name) => format!("{} of task {task}", names.func(name)),
    }
}

impl Options {
    fn target(&self) -> Target {
        match (&self.task, &self.region, self.goroutine) {
            (Some(task), ..) => match task.parse() {
                Ok(id) => Target::Task(TaskId(id)),
                Err(_) => Target::TaskType(task.clone().into_bytes()),
            },
            (_, Some(region), _) => Target::Region(region.clone().into_bytes()),
            (.., goroutine) => Target::Goroutine(GoId(goroutine.unwrap_or(MAIN))),
        }
    }

    /// The target in words, and the command that lists those that there are.
    fn words(&self) -> (String, &'static str) {
        match (&self.task, &self.region, self.goroutine) {
            (Some(task), ..) => (format!("task {task}"), "tasks"),
            (_, Some(region), _) => (format!("region {region}"), "regions"),
            (.., goroutine) => {
                (format!("goroutine {}", goroutine.unwrap_or(MAIN)), "goroutines --by goroutine")
            }
        }
    }
}
