//! `goscope heap`: how large the heap was, and what was on it.

use anyhow::Result;
use clap::{Args, ValueEnum};
use goscope_analysis::heap::{Metrics, Objects};
use goscope_trace::{Event, Part, TraceTime};

use crate::{
    args::{filter::WindowArgs, input::Input, show::ShowArgs, threads::Threads},
    follow::{Followed, Reading},
    render::heap::{Heap, report},
    status::Status,
};

/// Show how large the heap was and, where the trace tells, what was on it
///
/// Every trace tells the size of the heap, as the garbage collector counts it, and the goal, at which a collection is to
/// have ended. A program that runs with GODEBUG=traceallocfree=1 (since Go 1.23) traces each object, span and stack
/// too: what was there before, what was allocated and freed, and what is left. Nothing tells the stack of an
/// allocation: a site is the function that the allocating goroutine started with.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope heap trace.out
  goscope heap --by site --sort live trace.out      who allocated what is left
  goscope heap --from 1s --to 2s trace.out          what was there counts as before
  goscope heap --by time --csv trace.out > heap.csv
  goscope heap --json trace.out | jq '.types[] | select(.live_bytes > 1000000)'

Sizes of objects are those of their slots in the heap: of the next size class, or whole pages.
What is told over time is thinned to 4096 points of a measure: the least, the greatest, the last.
A narrow terminal has fewer columns; --json and --csv have all.

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// What the first table is about, which --top, --sort and --csv are for [default: type, or time without objects]
    #[arg(long, value_name = "KEY")]
    by: Option<Key>,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// What a table is about.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Key {
    /// Objects of a type
    Type,
    /// Objects of those who allocate: the functions that goroutines start with
    Site,
    /// Spans of a size class, and how much of them is used
    Span,
    /// The measures of a moment
    Time,
}

impl Key {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Type, Self::Site, Self::Span, Self::Time];
}

/// What follows the heap.
#[derive(Default)]
struct Fold {
    metrics: Metrics,
    objects: Objects,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut fold = Fold::default();
    let reading = Reading::new(&options.input, options.threads);
    let followed = reading.follow_parts(&options.window.interval(), |event, part, choice| {
        if let Some(from) = choice.begins(event.time) {
            fold.begin(from);
        }
        fold.add(event, part);
        true
    })?;
    if let Some(from) = followed.begins_without_event() {
        fold.begin(from);
    }
    fold.metrics.wait(followed.seen.to);
    fold.objects.wait(followed.seen.to);
    report(&fold.finish(&followed), options.by, followed.tables()).show(&options.show)?;
    Ok(followed.status)
}

impl Fold {
    /// Only what is from a moment on counts, unless that is no moment but the beginning of all.
    fn begin(&mut self, from: TraceTime) {
        if from > TraceTime(i64::MIN) {
            self.metrics.begin(from);
            self.objects.begin(from);
        }
    }

    #[inline]
    fn add(&mut self, event: &Event, part: &Part<'_>) {
        self.metrics.add(event);
        self.objects.add(event, part.tables, part.experimental_batches);
    }

    fn finish(self, followed: &Followed) -> Heap {
        Heap {
            measures: self.metrics.finish(),
            objects: self.objects.finish(),
            start: followed.start,
            seen: followed.seen,
        }
    }
}
