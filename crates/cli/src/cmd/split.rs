//! `goscope split`: a trace in parts, each a trace of its own.

mod traces;

use std::{ffi::OsString, fs::File, io::Write, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};
use goscope_trace::{
    Reader, TraceTime,
    edit::Pieces,
    encode::{self, Cut},
};
use goscope_wire::{Family, FormatVersion, Header, Traces};
use tempfile::tempfile;

use crate::{
    args::{
        input::Input,
        out_path::OutPath,
        output::{Output, Sink},
        size::size,
        slices::duration,
    },
    render::changes,
    status::Status,
};

/// Split a trace into parts
///
/// Each part is a complete trace, and `goscope merge` joins the parts again. Go starts a new generation about once a
/// second. goscope cuts between two generations, so a part can be longer than requested. A trace of Go 1.21 or older
/// has no generations: goscope converts it, and cuts where a part has the requested length or size. With --size,
/// such a part can still be larger: it ends only when no more than half of its bytes repeat statuses, strings and
/// stacks from before it.
///
/// A file can contain several traces, one after another: `cat` and `>>` in a shell create such files. Other commands
/// read only the first trace, and report that there are more. With --traces, each trace becomes a file, byte for
/// byte.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope split big.trace --every 10s     big-1.trace, big-2.trace, …
  goscope split big.trace --size 50MB -o 'out/%n.trace'
  goscope split big.trace --generations && goscope merge big-*.trace -o again.trace
  goscope split appended.trace --traces   separate appended traces

Exit status: 0 success, 1 with --traces: a trace is damaged (its part may also contain the traces after it), 2 the \
trace is damaged (`goscope repair` saves the readable part) or a part can't be written.")]
#[group(skip)]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    rule: Rule,
    /// Names of the parts, with %n for the number of the part [default: NAME-%n.trace for a trace NAME.trace]
    #[arg(short = 'o', long = "output", value_name = "PATTERN", value_parser = pattern())]
    output: Option<OutPath>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// The options that determine where a part ends.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Rule {
    /// Length of a part, such as 1s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    every: Option<Duration>,
    /// Approximate size of a part, such as 50MB or 20MiB
    #[arg(long, value_name = "BYTES", value_parser = size)]
    size: Option<u64>,
    /// Write a part for each generation
    #[arg(long)]
    generations: bool,
    /// Write a part for each trace in the file, unchanged
    #[arg(long)]
    traces: bool,
}

impl Rule {
    fn cut(&self) -> Cut {
        match (self.every, self.size) {
            (Some(every), _) => Cut::Every(i64::try_from(every.as_nanos()).unwrap_or(i64::MAX)),
            (_, Some(size)) => Cut::Size(size),
            _ => Cut::Generation,
        }
    }
}

/// What stands for the number of a part.
const PLACES: [&str; 1] = ["%n"];

/// Parses a name that has a place for a number.
fn pattern() -> impl TypedValueParser<Value = OutPath> {
    OsStringValueParser::new().try_map(|name| {
        let name = OutPath::from(name);
        let why = "the name needs a %n, for the number of the part: 'part-%n.trace'";
        if name.has(&PLACES) { Ok(name) } else { Err(why) }
    })
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let name = options.input.name();
    let source = options.input.open()?;
    let wire = goscope_wire::Options { assume: options.input.assume_version, ..Default::default() };
    let mut parts = Parts::new(options);
    if options.rule.traces {
        let status = parts.write_traces(Traces::new(source.reader, wire), &name)?;
        source.progress.finish_and_clear();
        return Ok(status);
    }
    let records = goscope_wire::Reader::with_options(source.reader, wire).with_context(|| name.clone())?;
    match records.header().version().family() {
        Family::V2 => parts.write(Pieces::new(records)?, &name)?,
        Family::V1 => {
            let mut reader =
                Reader::of_records(records, goscope_trace::Options { wire, ..Default::default() });
            if options.rule.cut() == Cut::Generation {
                bail!(
                    "{name}: a trace of format {} has no generations: use --every or --size",
                    reader.version()
                );
            }
            let converted = tempfile().context("a temporary file")?;
            let (converted, changed) = encode::write_generations(&mut reader, options.rule.cut(), converted)
                .with_context(|| name.clone())?;
            changes::tell(&name, &changed);
            parts.cut = Cut::Generation;
            parts.write(Pieces::new(goscope_wire::Reader::new(rewound(converted)?)?)?, &name)?;
        }
    }
    source.progress.finish_and_clear();
    Ok(Status::Fine)
}

fn rewound(mut file: File) -> Result<File> {
    use std::io::Seek;
    file.rewind()?;
    Ok(file)
}

/// Names like that of the trace, up to its ending.
fn beside(trace: &Path) -> OutPath {
    let name = trace.file_name().unwrap_or_default();
    let mut pattern = match name.to_str().map(|name| name.split(".trace").next().unwrap_or_default()) {
        Some("" | "-") => OsString::from("part"),
        Some(stem) => stem.into(),
        None => name.to_owned(),
    };
    pattern.push("-%n.trace");
    pattern.into()
}

/// The parts that are written.
struct Parts<'a> {
    options: &'a Options,
    cut: Cut,
    pattern: OutPath,
    count: u64,
}

impl<'a> Parts<'a> {
    fn new(options: &'a Options) -> Self {
        let pattern = options.output.clone().unwrap_or_else(|| beside(&options.input.file));
        Self { options, cut: options.rule.cut(), pattern, count: 0 }
    }

    /// The name of the part that was opened last.
    fn name(&self) -> OutPath {
        self.pattern.numbered(&PLACES, self.count)
    }

    fn open(&mut self) -> Result<Sink> {
        self.count += 1;
        let output = Output { path: self.name(), force: self.options.force };
        output.open_discarding()
    }

    fn open_trace(&mut self) -> Result<Sink> {
        let mut sink = self.open()?;
        sink.write_all(&Header::new(FormatVersion::NEWEST).to_bytes())?;
        Ok(sink)
    }

    fn write<R: std::io::Read>(&mut self, mut pieces: Pieces<R>, name: &str) -> Result<()> {
        let mut part: Option<(Sink, TraceTime, u64)> = None;
        while let Some(piece) = pieces.next_piece().with_context(|| name.to_owned())? {
            let len = piece.bytes.len() as u64;
            // Rather a generation less than one too many.
            let is_due = |start, bytes| self.cut.is_due(TraceTime(piece.start.since(start)), bytes + len);
            let (mut sink, start, bytes) = match part.take() {
                Some((sink, start, bytes)) if !is_due(start, bytes) => (sink, start, bytes),
                before => {
                    before.map_or(Ok(()), |(sink, ..)| sink.commit())?;
                    (self.open_trace()?, piece.start, 0)
                }
            };
            sink.write_all(piece.bytes)?;
            part = Some((sink, start, bytes + len));
        }
        part.map_or(Ok(()), |(sink, ..)| sink.commit())?;
        self.tell_count();
        Ok(())
    }

    fn tell_count(&self) {
        let last = self.name();
        match self.count {
            1 => anstream::eprintln!("1 part: {last}"),
            count => anstream::eprintln!("{count} parts, up to {last}"),
        }
    }
}
