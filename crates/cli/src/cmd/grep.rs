//! `goscope grep`: the events of traces that match a pattern.

use std::{
    collections::BTreeSet,
    io::{self, BufWriter, Write},
};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use regex::bytes::Regex;

use crate::{
    args::{
        events::EventArgs,
        filter::{in_any_case, regex},
        input::{Input, Inputs},
        output::{OptionalOutput, Output},
    },
    cut::Cut,
    grep::{Grep, Lines, Matcher},
    render::event::{Clocks, Form as EventForm, Palette, json::Json, readable::Readable},
    status::{self, Status},
};

/// The bytes that are printed at once.
const BUFFER: usize = 256 << 10;

/// Search traces for events that match a pattern
///
/// An event matches if the pattern matches its line, as `goscope cat` prints it, or a text that the event refers to:
/// a function in its stack or in the stack of the goroutine that it is about, a reason, a label, the type of a task
/// or region, the category or the message of a log. Each text is matched separately.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope grep net/http trace.out                 events in this package
  goscope grep -C 3 'chan send' trace.out         with 3 events before and after
  goscope grep --kind Log --as json order-17 trace.out | jq .message
  goscope grep -c --goroutine 42 --func '^main' Waiting trace.out
  goscope grep -l 'GC .dedicated' *.out           traces with work of the GC
  goscope grep order-17 trace.out -o order.trace  the goroutines, as a trace

Exit status: 0 a match was found, 1 no match was found, or a trace is damaged (goscope searches the readable part), \
2 wrong usage, or a trace can't be read.")]
pub struct Options {
    /// Regular expression to search for
    #[arg(value_parser = regex)]
    pattern: Regex,
    #[command(flatten)]
    inputs: Inputs,
    /// Ignore the difference between upper and lower case
    #[arg(short, long)]
    ignore_case: bool,
    /// Print the events that do not match
    #[arg(short = 'v', long)]
    invert: bool,
    /// Print only the number of events that match
    #[arg(short, long, conflicts_with = "path")]
    count: bool,
    /// Print only the names of the traces with a match. Reading a trace stops at its first match
    #[arg(short = 'l', long = "files", conflicts_with_all = ["count", "path"])]
    only_files: bool,
    /// Number of events of the same goroutine to print before and after each match. A line -- marks omitted events
    #[arg(short = 'C', long, value_name = "N", conflicts_with_all = ["count", "only_files", "path"])]
    context: Option<u32>,
    /// Form of the output
    #[arg(long = "as", value_name = "FORM", default_value = "events", conflicts_with_all = ["count", "only_files", "path"])]
    form: Form,
    /// Clock of the time column [default: start]
    #[arg(long)]
    clock: Option<Clocks>,
    /// Print complete stacks, with --as events
    #[arg(long, conflicts_with_all = ["count", "only_files", "path"])]
    stacks: bool,
    #[command(flatten)]
    output: OptionalOutput,
    #[command(flatten)]
    events: EventArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// Events as lines of text
    Events,
    /// Events as JSON, one a line; the book describes the fields
    Json,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    if options.stacks && options.form == Form::Json {
        bail!("--stacks is for --as events only: JSON has whole stacks anyway");
    }
    let regex = if options.ignore_case { in_any_case(&options.pattern)? } else { options.pattern.clone() };
    let mut inputs = options.inputs.each();
    if let Some(output) = options.output.output() {
        return match (inputs.next(), inputs.next()) {
            (Some(input), None) => cut_out(options, regex, &input, &output),
            _ => bail!("-o writes a part of one trace: give one FILE"),
        };
    }
    let is_named = inputs.len() > 1;
    let (mut status, mut found) = (Status::Fine, 0);
    for input in inputs {
        let search = Search { options, regex: &regex, name: input.name(), is_named };
        let (its_status, its_found) = match search.run(&input) {
            Ok(result) => result,
            Err(error) => (status::tell("goscope", error)?, 0),
        };
        status = status.max(its_status);
        found += its_found;
    }
    Ok(if found == 0 { status.max(Status::Findings) } else { status })
}

/// Writes the goroutines that have events that match, as a trace.
fn cut_out(options: &Options, regex: Regex, input: &Input, output: &Output) -> Result<Status> {
    let sink = output.open_discarding()?;
    let mut cut = Cut::new(input, options.events.filter.times(), options.events.threads);
    cut.keep_input()?;
    let matcher = Matcher::new(regex, options.invert, options.clocks());
    let goroutines = Some(BTreeSet::new());
    let mut grep =
        Grep { matcher, lines: None::<Lines<Json, io::Sink>>, stops_at_first: false, found: 0, goroutines };
    options.events.show(input, &mut grep)?;
    let goroutines = grep.goroutines.unwrap_or_default();
    if goroutines.is_empty() {
        anstream::eprintln!("{}: no goroutine has an event that matches", input.name());
        return Ok(Status::Findings);
    }
    cut.goroutines(goroutines).write(sink)
}

/// The search of a trace.
struct Search<'a> {
    options: &'a Options,
    regex: &'a Regex,
    name: String,
    /// Whether there are several, and each tells its name.
    is_named: bool,
}

impl Search<'_> {
    /// Returns how reading ended, and how many events match.
    fn run(&self, input: &Input) -> Result<(Status, u64)> {
        let Self { options, name, .. } = self;
        let palette = Palette::of_stdout();
        let out = BufWriter::with_capacity(BUFFER, palette.stdout());
        if options.count || options.only_files {
            return self.tell(input, out);
        }
        let context = options.context.unwrap_or_default() as usize;
        match options.form {
            Form::Events => {
                let form = Readable::new(options.clocks(), options.stacks, palette);
                let lines = Lines::new(form, out, context);
                self.grep(input, Some(if self.is_named { lines.named(name) } else { lines }))
            }
            Form::Json => {
                let form = Json::of(self.is_named.then(|| input.file_name()));
                self.grep(input, Some(Lines::new(form, out, context).without_gaps()))
            }
        }
    }

    /// Prints no events, but how many there are, or that there are some.
    fn tell(&self, input: &Input, mut out: impl Write) -> Result<(Status, u64)> {
        let (status, found) = self.grep(input, None::<Lines<Json, io::Sink>>)?;
        match (self.options.only_files, self.is_named) {
            (true, _) if found == 0 => {}
            (true, _) => writeln!(out, "{}", self.name)?,
            (false, true) => writeln!(out, "{}: {found}", self.name)?,
            (false, false) => writeln!(out, "{found}")?,
        }
        out.flush()?;
        Ok((status, found))
    }

    fn grep<F: EventForm, W: Write>(
        &self,
        input: &Input,
        lines: Option<Lines<F, W>>,
    ) -> Result<(Status, u64)> {
        let Self { options, regex, .. } = self;
        let matcher = Matcher::new((*regex).clone(), options.invert, options.clocks());
        let mut grep =
            Grep { matcher, lines, stops_at_first: options.only_files, found: 0, goroutines: None };
        let status = options.events.show(input, &mut grep)?;
        Ok((status, grep.found))
    }
}

impl Options {
    fn clocks(&self) -> Clocks {
        self.clock.unwrap_or_default()
    }
}
