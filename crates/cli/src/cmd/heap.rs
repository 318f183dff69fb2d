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

/// Show the size of the heap and, if the trace records them, its objects
///
/// Every trace records the size of the heap, as the garbage collector counts it, and the goal, at which a collection
/// should have ended. A program that runs with GODEBUG=traceallocfree=1 (Go 1.23 and later) also traces each object,
/// span and stack. Then the report shows what existed before the trace, what was allocated and freed, and what is
/// left. Traces do not record the stack of an allocation: a site is the function that the allocating goroutine
/// started with.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope heap trace.out
  goscope heap --by site --sort live trace.out      what is left, by site
  goscope heap --from 1s --to 2s trace.out          one second of the trace
  goscope heap --by time --csv trace.out > heap.csv
  goscope heap --json trace.out | jq '.types[] | select(.live_bytes > 1000000)'

The size of an object is that of its slot in the heap: the next size class, or whole pages. Values over time are \
reduced to at most 4096 points for each measure, each with the minimum, the maximum and the last value. With \
--from, Before counts what existed at that time. A narrow terminal shows fewer columns; --json and --csv contain \
all.

Exit status: 0 success, 1 the trace is damaged (the report covers the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    /// Subject of the first table, to which --top, --sort and --csv apply [default: type, or time if the trace has
    /// no objects]
    #[arg(long, value_name = "KEY")]
    by: Option<Key>,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    show: ShowArgs,
}

/// The subject of a table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Key {
    /// Objects by type
    Type,
    /// Objects by site: the function that the allocating goroutine started with
    Site,
    /// Spans by size class, and how much of them is used
    Span,
    /// Measures over time
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
