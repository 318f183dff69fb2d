//! `tracegrep`: a trace in, the same trace without some types of events, or without some texts, out.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    path::PathBuf,
};

use anyhow::{Context, Result, anyhow};
use clap::{ArgGroup, Parser, builder::NonEmptyStringValueParser};
use goscope_trace::edit::{Dropper, Refusal};
use goscope_wire::{Decoder, ErrorKind, EventId, FormatVersion, Step, Table};
use regex::bytes::Regex;

use crate::{
    args::{
        filter::regex,
        input::{Input, Source},
        output::Sink,
    },
    render::table,
    status::Status,
};

/// The bytes that are asked for at once. A pipe gives what it has.
const CHUNK: usize = 256 << 10;

/// What traces end with since Go 1.26.
const END: &str = "EndOfGeneration";

/// Remove types of events, or texts in strings, from a Go execution trace
///
/// Reads a trace and writes a trace of the same format, each batch as soon as it arrives. Go's tools open the
/// result. Types of events that other events need are kept, such as those of the scheduler. Types that belong
/// together, such as the begin and the end of regions, are removed together or not at all. tracegrep reports what it
/// could not remove. `goscope spec` lists the types.
#[derive(Parser, Debug)]
#[command(name = "tracegrep", version, max_term_width = 100)]
#[command(group = ArgGroup::new("wish").args(["regex", "strip"]).multiple(true).required(true))]
#[command(after_help = "\
Examples:
  tracegrep -r UserLog < trace.out > quiet.out
  tracegrep -r '^(GCSweep|GCMarkAssist|HeapAlloc)' trace.out > small.out
  tracegrep -v -r '^User' trace.out > own.out     annotations and what they need
  tracegrep -s /home/me/ trace.out > public.out   remove a path
  curl -sN localhost:6060/debug/pprof/trace?seconds=60 | tracegrep -r CPUSample | goscope summary

Exit status: 0 success, 1 the trace ends early (the complete batches are written), 2 wrong usage, no trace, or a \
damaged trace.")]
pub struct Options {
    /// The trace: a file, or - for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,
    /// Remove events of types whose name matches; can be given several times
    #[arg(short, long, value_name = "REGEX", value_parser = regex)]
    regex: Vec<Regex>,
    /// Remove events of all other types instead
    #[arg(short = 'v', long, requires = "regex")]
    invert: bool,
    /// Remove this text from all strings and messages, at any position; can be given several times
    #[arg(short, long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    strip: Vec<String>,
    /// Do not report what could not be removed
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the program.
pub fn run(options: &Options) -> Result<Status> {
    let mut out = Sink::stdout("")?;
    let input = Input { file: options.file.clone(), assume_version: None };
    let mut pipe =
        Pipe { options, dropper: None, ready: Vec::new(), end: None, is_whole: true, is_cut: false };
    let status = pipe.run(&input, &mut out)?;
    out.commit()?;
    if status == Status::Findings {
        anstream::eprintln!(
            "tracegrep: {}: the trace ends early: what came complete is written",
            input.name()
        );
    }
    if let Some(dropper) = pipe.dropper.filter(|_| !options.quiet) {
        tell(dropper.refusals());
    }
    Ok(status)
}

/// A trace on its way.
struct Pipe<'a> {
    options: &'a Options,
    /// What drops events, once the header has told the version.
    dropper: Option<Dropper>,
    /// What is complete and not written yet.
    ready: Vec<u8>,
    /// What every trace of the version ends with, and whether it was the last to come.
    end: Option<EventId>,
    is_whole: bool,
    /// Whether the compressed bytes end too early.
    is_cut: bool,
}

impl Pipe<'_> {
    fn run(&mut self, input: &Input, out: &mut Sink) -> Result<Status> {
        let Source { mut reader, progress, .. } = input.open()?;
        let (mut decoder, mut chunk) = (Decoder::default(), vec![0; CHUNK]);
        let ended = loop {
            let step = self.take(&mut decoder);
            out.write_all(&self.ready).context("the output")?;
            self.ready.clear();
            match step {
                Ok(true) => out.flush().context("the output")?,
                ended => break ended,
            }
            self.feed(&mut decoder, reader.read(&mut chunk).map(|len| &chunk[..len]))
                .with_context(|| input.name())?;
        };
        progress.finish_and_clear();
        self.status(ended).with_context(|| input.name())
    }

    /// Gives the decoder what has come.
    fn feed(&mut self, decoder: &mut Decoder, read: io::Result<&[u8]>) -> io::Result<()> {
        match read {
            Ok([]) => decoder.finish(),
            Ok(bytes) => decoder.push(bytes),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.dropper.is_some() => {
                self.is_cut = true;
                decoder.finish();
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn status(&self, ended: Result<bool>) -> Result<Status> {
        match ended {
            Ok(_) if self.is_whole && !self.is_cut => Ok(Status::Fine),
            Ok(_) => Ok(Status::Findings),
            Err(error) if self.dropper.is_some() && is_cut(&error) => Ok(Status::Findings),
            Err(error) if self.dropper.is_some() => Err(anyhow!(
                "{error}; this is as far as the trace is whole: `goscope repair` makes a whole one of what can be read"
            )),
            Err(error) => Err(error),
        }
    }

    /// Takes what has come. `false` at the end.
    fn take(&mut self, decoder: &mut Decoder) -> Result<bool> {
        loop {
            match (decoder.next_step()?, &mut self.dropper) {
                (Step::Record(record), Some(dropper)) => {
                    dropper.push(&record, &mut self.ready)?;
                    self.is_whole = self.end.is_none_or(|end| end == record.id());
                }
                (Step::Header(header), _) => {
                    self.ready.extend(header.to_bytes());
                    self.dropper = Some(self.options.dropper(header.version()));
                    self.end = Table::of(header.version()).by_name(END).map(|spec| spec.id);
                }
                (Step::NeedMore(_), _) => return Ok(true),
                (Step::Record(_) | Step::End, _) => return Ok(false),
            }
        }
    }
}

impl Options {
    fn dropper(&self, version: FormatVersion) -> Dropper {
        let matches = |name: &str| self.regex.iter().any(|regex| regex.is_match(name.as_bytes()));
        if !self.regex.is_empty()
            && !self.quiet
            && !Table::of(version).events().any(|spec| matches(spec.name))
        {
            anstream::eprintln!(
                "tracegrep: no type of format {version} has such a name: `goscope spec` lists them"
            );
        }
        let is_wanted = |name: &str| !self.regex.is_empty() && matches(name) != self.invert;
        Dropper::new(version, is_wanted)
            .without_texts(self.strip.iter().map(|text| text.clone().into_bytes()))
    }
}

/// Whether there is nothing wrong but that the trace does not go on.
fn is_cut(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref().map(goscope_wire::Error::kind);
    matches!(kind, Some(ErrorKind::Truncated { .. } | ErrorKind::TruncatedBatch { .. }))
}

/// Tells standard error what stays, a line for each reason.
fn tell(refusals: impl Iterator<Item = Refusal>) {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Refusal { event, count, reason } in refusals {
        reasons.entry(reason).or_default().push(format!("{} {event}", table::count(count)));
    }
    for (reason, events) in reasons {
        anstream::eprintln!("tracegrep: not dropped: {}: {reason}", events.join(", "));
    }
}
