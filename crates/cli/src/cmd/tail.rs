//! `goscope tail`: events of a program that runs, as they happen.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufWriter},
    path::Path,
    time::Duration,
};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use goscope_live::{LiveSource, Place, Stop};
use goscope_wire::FormatVersion;

use crate::{
    args::{
        connection::{Connection, GRACE, Waiting, tell_retry},
        duration::duration,
        filter::{NO_SYNC, StreamFilterArgs},
        input::{Input, is_stdin},
        layers::Unwrapped,
        version,
    },
    one_trace::OneTrace,
    render::event::{
        Palette,
        stream::{ShowStream, json::StreamJson, readable::StreamLines, show_source, show_stream, with_name},
    },
    status::Status,
};

/// The bytes that are printed at once.
const BUFFER: usize = 64 << 10;

/// How long a server may be silent. Since Go 1.22 the runtime writes something every second.
const SILENCE: Duration = Duration::from_mins(1);

/// Print the events of a running program as they happen
///
/// The source is a server, a file that grows, a named pipe or standard input, compressed or not. goscope prints an
/// event as soon as the program has written it. The runtime writes events about once a second, or when it has 64 KiB
/// of them. Batches of different threads alternate. A string or stack that is not known yet has a number, which a
/// later line defines. Times are ticks until the length of a tick is known. A file is followed by its name: if it is
/// truncated or replaced, goscope reports that and continues with the new file.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope tail http://localhost:6060 --kind Log,TaskBegin
  goscope tail --as json /var/log/app.trace | jq -c 'select(.kind == \"GoTransition\")'
  mkfifo trace.pipe; go test -trace trace.pipe & goscope tail trace.pipe

Exit status: 0 success, 1 the trace is damaged or its end is missing (goscope prints what has arrived), 2 no trace.")]
pub struct Options {
    /// The source: a file, http://HOST[:PORT] or unix:SOCKET with the path of the trace if that is not
    /// /debug/pprof/trace, or - for standard input
    #[arg(value_name = "SOURCE", default_value = "-", hide_default_value = true)]
    source: OsString,
    /// Read a trace of an unknown format as this version
    #[arg(long, value_name = "1.NN", value_parser = version::parser())]
    assume_version: Option<FormatVersion>,
    /// Length of the trace to request from a server, unless the URL contains seconds=N
    #[arg(long = "for", value_name = "DURATION", default_value = "1h", value_parser = duration)]
    duration: Duration,
    /// Form of the output
    #[arg(long = "as", value_name = "FORM", default_value = "events")]
    form: Form,
    /// Print complete stacks, with --as events
    #[arg(long)]
    stacks: bool,
    /// Stop at the first damage
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    filter: StreamFilterArgs,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Form {
    /// Events as lines of text
    Events,
    /// Events, and everything else in a stream, as JSON, one a line; the book describes the fields
    Json,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    if options.filter.has_sync() {
        bail!("a stream {NO_SYNC}");
    }
    match options.form {
        Form::Json if options.stacks => bail!("--stacks is for --as events only"),
        Form::Json => {
            let out = || BufWriter::with_capacity(BUFFER, io::stdout().lock());
            options.tail(|| StreamJson::new(out()))
        }
        Form::Events => {
            let palette = Palette::of_stdout();
            let out = || BufWriter::with_capacity(BUFFER, palette.stdout());
            options.tail(|| StreamLines::new(out(), options.stacks, palette))
        }
    }
}

impl Options {
    /// Follows the source. Each trace in it is shown by a form of its own.
    fn tail<S: ShowStream>(&self, form: impl Fn() -> S) -> Result<Status> {
        let place = Place::parse(&self.source)?;
        match &place {
            Place::File(path) if !is_regular(path) => {
                let input = Input { file: path.clone(), assume_version: self.assume_version };
                show_stream(&input, self.strict, self.filter.filter(), &mut form())
            }
            _ => self.follow(self.open(place)?, form),
        }
    }

    fn open(&self, place: Place) -> Result<(String, LiveSource)> {
        let (place, options) = match place {
            Place::Target(target) => {
                let target = target.lasting(self.duration);
                let asked = Some(target.duration().unwrap_or(self.duration));
                let waiting = Waiting { asked, grace: GRACE, silence: SILENCE };
                (Place::Target(target), self.connection.options(waiting, Stop::default())?)
            }
            Place::File(path) => (Place::File(path), self.connection.options_of_file()),
        };
        Ok((place.to_string(), LiveSource::open(&place, &options, &mut tell_retry)?))
    }

    fn follow<S: ShowStream>(
        &self,
        (name, source): (String, LiveSource),
        form: impl Fn() -> S,
    ) -> Result<Status> {
        let (mut status, mut source) = (Status::Fine, source);
        loop {
            let wire = goscope_wire::Options { assume: self.assume_version, ..Default::default() };
            let filter = self.filter.filter();
            let trace = OneTrace::new(&mut source);
            let mut reader = Unwrapped::of_live(trace).map_err(|error| with_name(error, &name))?;
            status = status.max(show_source(&mut reader, &name, wire, self.strict, filter, &mut form())?);
            drop(reader);
            match source.anew() {
                Some(why) => anstream::eprintln!("{name}: {why}: going on with the new one"),
                None => return Ok(status),
            }
        }
    }
}

/// Whether a file has an end that may move. What is not there is told by opening it.
fn is_regular(path: &Path) -> bool {
    !is_stdin(path) && fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}
