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

/// Print the events of a trace, or its records
///
/// Events come in the order in which they happened, over all threads, and are checked against the rules of the
/// scheduler: a line each, with the time, the thread (M), proc (P) and goroutine (G) on which it happened, its kind,
/// what happened, and where. Records come in the order of the file, as they arrive, with their arguments as the file
/// has them. With --stream, events come as soon as their bytes do, in the order of the file.
///
/// The forms of Go are for programs: into a file or a pipe, names go as they are, as Go prints them. On a terminal, and
/// in all other forms, characters that can't be seen are escaped.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope cat trace.out | grep -w G42              all about goroutine 42, and who unblocked it
  goscope cat --goroutine 42 --stacks trace.out    the same, with whole stacks
  goscope cat --from 1.5s --to 1.6s trace.out
  goscope cat --func '^net/http\\.' --reason 'chan|select' trace.out
  goscope cat --as json --kind GoTransition trace.out | jq -c 'select(.to == \"Waiting\")'
  goscope cat --as go-events trace.out             what `go tool trace -d=parsed` prints
  goscope cat --as text trace.out                  records, for `goscope assemble`
  curl -sN localhost:6060/debug/pprof/trace?seconds=5 | goscope cat --stream

Exit status: 0 fine, 1 the trace is damaged (what can be read is printed), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// What to print, and how
    #[arg(long = "as", value_name = "FORM", default_value = "events")]
    form: Form,
    /// The clock that lines begin with [default: start]: with --as events
    #[arg(long)]
    clock: Option<Clocks>,
    /// Print whole stacks: with --as events
    #[arg(long)]
    stacks: bool,
    /// Print events as soon as their bytes are there: with --as events and json. Threads take turns; what is not
    /// known yet has a number and is told when it comes; times are ticks until their length has come
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    events: EventArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// Events, to be read and searched
    Events,
    /// Events as JSON, one a line: the book has the names
    Json,
    /// Events as `go tool trace -d=parsed` prints them
    GoEvents,
    /// Events of traces before 1.22, as the parser of Go 1.21 has them
    GoV1,
    /// Records: the text form of the trace, with its header line
    Text,
    /// Records as JSON, one a line
    WireJson,
    /// Records as `go tool trace -d=wire` prints them: headers since 1.22 only
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
