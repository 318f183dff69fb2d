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

/// Explain the duration of a task, a region or a goroutine
///
/// Starts at the end of the interval and goes back in time. While the goroutine runs, is in a system call, or is
/// runnable without a P, the time counts for that. While the goroutine waits, the path follows the goroutine that
/// ended the wait, by the same rules. At the time at which the wait began, the path returns to the goroutine that it
/// explains.
///
/// Prints the causes of the time, and the segments of the path in order. With --from and --to, only the part of the
/// interval between them counts. Without a target, goscope explains this part of the main goroutine.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope critical-path --task 'GET /orders' trace.out  the slowest of this type
  goscope critical-path --task 17 trace.out
  goscope critical-path --region 'render' -o blame.pb.gz trace.out
  goscope critical-path --goroutine 42 --from 1.2s --to 1.3s trace.out
  goscope critical-path --task 17 --json trace.out | jq '.segments[]'

goscope reads the trace twice. For an interval with more than four million steps, it reads the trace once for each \
four million steps, the last steps first. So the memory stays below about 300 MB. Standard input is copied to a \
temporary file.

Exit status: 0 success, 1 the trace is damaged (goscope explains the readable part), 2 no trace, or no such target.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// A task: its id, or a type, which selects the slowest task of this type
    #[arg(long, value_name = "ID|TYPE", group = "target")]
    task: Option<String>,
    /// The slowest region of this type
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
