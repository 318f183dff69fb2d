//! `goscope cat`: a trace's events, in order, or its records, as they arrive.

use std::io::{self, BufWriter, Write};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    args::{events::EventArgs, filter::NO_SYNC, input::Input},
    printed::AsGo,
    render::{
        event::{
            Clocks, Form as EventForm, Palette, Printer,
            go::{GoEvents, print_v1},
            json::Json,
            readable::Readable,
            stream::{ShowStream, json::StreamJson, readable::StreamLines, show_stream},
        },
        record::{GoWire, JsonPrinter, TextPrinter},
    },
    status::Status,
    walk::walk,
};

/// The bytes that are printed at once.
const BUFFER: usize = 256 << 10;

/// Print the events or the records of a trace
///
/// Events are in the order in which they happened, over all threads. goscope checks them against the rules of the
/// scheduler. Each line contains the time, the thread (M), the P and the goroutine (G) on which the event happened,
/// its kind, what happened, and where. Records are in the order of the file, with the arguments that the file
/// contains, and are printed as they arrive. With --stream, events are also printed as they arrive, in the order of
/// the file.
///
/// The forms go-events, go-v1, go-wire and text are for programs: names are written to a file or a pipe unchanged,
/// as Go prints them. On a terminal, and in all other forms, invisible characters are escaped.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope cat trace.out | grep -w G42            goroutine 42 and its wakers
  goscope cat --goroutine 42 --stacks trace.out  the same, with complete stacks
  goscope cat --from 1.5s --to 1.6s trace.out
  goscope cat --func '^net/http\\.' --reason 'chan|select' trace.out
  goscope cat --as json --kind GoTransition trace.out | jq -c 'select(.to == \"Waiting\")'
  goscope cat --as go-events trace.out           like `go tool trace -d=parsed`
  goscope cat --as text trace.out                records, for `goscope assemble`
  curl -sN localhost:6060/debug/pprof/trace?seconds=5 | goscope cat --stream

Exit status: 0 success, 1 the trace is damaged (goscope prints the readable part), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// Form of the output
    #[arg(long = "as", value_name = "FORM", default_value = "events")]
    form: Form,
    /// Clock of the time column, with --as events [default: start]
    #[arg(long)]
    clock: Option<Clocks>,
    /// Print complete stacks, with --as events
    #[arg(long)]
    stacks: bool,
    /// Print events as soon as their bytes arrive, with --as events or json. Batches of different threads alternate.
    /// A string or stack that is not known yet has a number, which a later line defines. Times are ticks until the
    /// length of a tick is known
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    events: EventArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// Events as lines of text
    Events,
    /// Events as JSON, one a line; the book describes the fields
    Json,
    /// Events as `go tool trace -d=parsed` prints them
    GoEvents,
    /// Events of traces before Go 1.22, as the parser of Go 1.21 gives them
    GoV1,
    /// Records in the text form of the trace, with its header line
    Text,
    /// Records as JSON, one a line
    WireJson,
    /// Records as `go tool trace -d=wire` prints them; only for traces of Go 1.22 and later
    GoWire,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    options.refuse_what_does_not_apply()?;
    options.refuse_what_a_stream_lacks()?;
    let input = &options.input;
    let out = || BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let as_go = || AsGo::new(out());
    match options.form {
        Form::Events if options.stream => options.stream_readable(),
        Form::Json if options.stream => options.stream(&mut StreamJson::new(out())),
        Form::Events => options.print_readable(),
        Form::Json => options.print(Json::default(), out()),
        Form::GoEvents => options.print(GoEvents::default(), as_go()),
        Form::GoV1 => print_v1(input, as_go()),
        Form::Text => Ok(walk(input, &mut TextPrinter::new(as_go()))?.status()),
        Form::WireJson => Ok(walk(input, &mut JsonPrinter { out: out() })?.status()),
        Form::GoWire => Ok(walk(input, &mut GoWire::new(as_go()))?.status()),
    }
}

impl Options {
    fn print_readable(&self) -> Result<Status> {
        let palette = Palette::of_stdout();
        let out = BufWriter::with_capacity(BUFFER, palette.stdout());
        self.print(Readable::new(self.clock.unwrap_or_default(), self.stacks, palette), out)
    }

    fn print(&self, form: impl EventForm, out: impl Write) -> Result<Status> {
        self.events.show(&self.input, &mut Printer { form, out })
    }

    fn stream_readable(&self) -> Result<Status> {
        let palette = Palette::of_stdout();
        let out = BufWriter::with_capacity(BUFFER, palette.stdout());
        self.stream(&mut StreamLines::new(out, self.stacks, palette))
    }

    fn stream(&self, show: &mut impl ShowStream) -> Result<Status> {
        show_stream(&self.input, self.events.strict, self.events.filter.filter()?, show)
    }

    /// What a stream can't tell when an event comes, nobody can ask of it.
    fn refuse_what_a_stream_lacks(&self) -> Result<()> {
        let EventArgs { binary, filter, .. } = &self.events;
        let has_form = matches!(self.form, Form::Events | Form::Json);
        let options = [
            ("is for --as events and json only", !has_form),
            (
                "has no use for --clock: times are ticks at first, and since the first event",
                self.clock.is_some(),
            ),
            ("can't name addresses by --binary: that works without --stream", binary.is_given()),
            (NO_SYNC, filter.has_sync()),
            ("can't choose by --from and --to: times are not known at first", filter.has_times()),
            (
                "can't choose by --func and --reason: most names come later than the events",
                filter.has_texts(),
            ),
        ];
        match options.into_iter().find(|(_, is_wrong)| self.stream && *is_wrong) {
            Some((why, _)) => bail!("--stream {why}"),
            None => Ok(()),
        }
    }

    /// An option that did nothing would be taken to have done something.
    fn refuse_what_does_not_apply(&self) -> Result<()> {
        let EventArgs { strict, binary, filter, .. } = &self.events;
        let is_readable = self.form == Form::Events;
        let is_events = matches!(self.form, Form::Events | Form::Json | Form::GoEvents);
        let options = [
            ("--clock is", self.clock.is_some() && !is_readable, "--as events"),
            ("--stacks is", self.stacks && !is_readable, "--as events"),
            ("--binary is", binary.is_given() && !is_events, "--as events, json and go-events"),
            ("--strict is", *strict && !is_events, "--as events, json and go-events"),
            ("filters are", filter.is_given() && !is_events, "--as events, json and go-events"),
        ];
        match options.into_iter().find(|(_, is_wrong, _)| *is_wrong) {
            Some((what, _, forms)) => bail!("{what} for {forms} only"),
            None => Ok(()),
        }
    }
}
