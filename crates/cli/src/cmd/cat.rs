//! `goscope cat`: a trace's records as text or JSON, as they arrive.

use std::io::{self, BufWriter};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use goscope_wire::{Family, Header, Record};

use crate::{
    args::{binary::Binary, input::Input},
    render::{
        self,
        record::{JsonPrinter, TextPrinter},
    },
    status::Status,
    walk::{Visit, walk},
};

/// Print every record or event of a trace
///
/// Records come in the order of the file, as they arrive, with their arguments as the file has them. Events come
/// in the order in which they happened, over all threads, and are checked against the rules of the scheduler.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope cat trace.out                           text, which `goscope assemble` turns back into a trace
  goscope cat --as go-wire trace.out              what `go tool trace -d=wire` prints
  goscope cat --as go-events trace.out            what `go tool trace -d=parsed` prints
  goscope cat --as json trace.out | jq -c 'select(.event == \"GoCreate\")'

Exit status: 0 fine, 1 the trace is damaged (what can be read is printed), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// How to print records
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: Form,
    /// Stop at the first damage: with --as go-events
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    binary: Binary,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// The text form of the trace, with its header line
    Text,
    /// What `go tool trace -d=wire` prints: headers since 1.22 only
    GoWire,
    /// JSON, a record a line
    Json,
    /// Events in order, as `go tool trace -d=parsed` prints them
    GoEvents,
    /// Events in order, of traces before 1.22, as the parser of Go 1.21 has them
    GoV1,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let out = BufWriter::with_capacity(256 << 10, io::stdout().lock());
    let walked = match options.form {
        Form::Text => walk(&options.input, &mut TextPrinter::new(out)),
        Form::GoWire => walk(&options.input, &mut GoWire(TextPrinter::without_header(out))),
        Form::Json => walk(&options.input, &mut JsonPrinter { out }),
        Form::GoV1 => return render::event::print_go_v1(&options.input, out),
        Form::GoEvents => {
            let Options { input, strict, binary, .. } = options;
            return render::event::print_go_events(input, *strict, binary, out);
        }
    };
    Ok(walked?.status())
}

/// The text form without its header line, of what Go has a text form for.
struct GoWire<W: io::Write>(TextPrinter<W>);

impl<W: io::Write> Visit for GoWire<W> {
    fn header(&mut self, header: Header) -> Result<()> {
        if header.version().family() == Family::V1 {
            bail!(
                "Go prints no records of traces before 1.22: use --as text for this one ({})",
                header.version()
            );
        }
        self.0.header(header)
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.0.record(record)
    }

    fn waiting(&mut self) -> Result<()> {
        self.0.waiting()
    }
}
