//! `goscope split`: a trace in parts, each a trace of its own.

use std::{fs::File, io::Write, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Args;
use goscope_trace::{
    Reader, TraceTime,
    edit::Pieces,
    encode::{self, Cut},
};
use goscope_wire::{Family, FormatVersion, Header};
use tempfile::tempfile;

use crate::{
    args::{
        input::Input,
        output::{Output, Sink},
        slices::duration,
    },
    render::changes,
    status::Status,
};

/// Cut a trace into parts
///
/// Each part is a trace of its own, and `goscope merge` makes one of them again. Go begins a new generation about once a second,
/// and a trace is cut between two of them, so a part may be longer than asked for. A trace of Go 1.21 or older, which has
/// none, is converted and cut where that is due; but of a part that has to tell much of what was before it, no more than half
/// does so.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope split big.trace --every 10s                  big-1.trace, big-2.trace, …
  goscope split big.trace --size 50MB -o 'out/%n.trace'
  goscope split big.trace --generations && goscope merge big-*.trace -o again.trace

Exit status: 0 fine, 2 the trace is damaged (`goscope repair` saves what can be read) or a part
can't be written.")]
#[group(skip)]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    rule: Rule,
    /// What the parts are called, with %n for their numbers [default: the name of the trace, -%n, and .trace]
    #[arg(short = 'o', long = "output", value_name = "PATTERN", value_parser = pattern)]
    output: Option<String>,
    /// Replace what is there already
    #[arg(long)]
    force: bool,
}

/// Where a part ends.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Rule {
    /// Parts that are so long, such as 1s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    every: Option<Duration>,
    /// Parts of about so many bytes, such as 50MB or 20MiB
    #[arg(long, value_name = "BYTES", value_parser = size)]
    size: Option<u64>,
    /// A part for each generation
    #[arg(long)]
    generations: bool,
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

/// The units of sizes, and their bytes.
const UNITS: [(&str, u64); 8] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// Parses a size in bytes.
fn size(text: &str) -> Result<u64, String> {
    let found = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = found.unwrap_or((text, 1));
    let size = number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(bytes));
    size.filter(|size| *size > 0).ok_or_else(|| "a size is expected, such as 50MB, 20MiB or 1000000".into())
}

fn pattern(text: &str) -> Result<String, String> {
    match text.contains("%n") {
        true => Ok(text.into()),
        false => Err("the name needs a %n, for the number of the part: 'part-%n.trace'".into()),
    }
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let name = options.input.name();
    let source = options.input.open()?;
    let wire = goscope_wire::Options { assume: options.input.assume_version, ..Default::default() };
    let records = goscope_wire::Reader::with_options(source.reader, wire).with_context(|| name.clone())?;
    let mut parts = Parts::new(options);
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

/// The parts that are written.
struct Parts<'a> {
    options: &'a Options,
    cut: Cut,
    pattern: String,
    count: usize,
}

impl<'a> Parts<'a> {
    fn new(options: &'a Options) -> Self {
        let stem = options.input.file.file_name().map_or("part", |name| name.to_str().unwrap_or("part"));
        let stem = stem.split(".trace").next().filter(|stem| !matches!(*stem, "" | "-")).unwrap_or("part");
        let pattern = options.output.clone().unwrap_or_else(|| format!("{stem}-%n.trace"));
        Self { options, cut: options.rule.cut(), pattern, count: 0 }
    }

    fn open(&mut self) -> Result<Sink> {
        self.count += 1;
        let path = PathBuf::from(self.pattern.replace("%n", &self.count.to_string()));
        let output = Output { path, force: self.options.force };
        let mut sink = output.open_beside(&self.options.input)?;
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
                    (self.open()?, piece.start, 0)
                }
            };
            sink.write_all(piece.bytes)?;
            part = Some((sink, start, bytes + len));
        }
        part.map_or(Ok(()), |(sink, ..)| sink.commit())?;
        let last = self.pattern.replace("%n", &self.count.to_string());
        match self.count {
            1 => anstream::eprintln!("1 part: {last}"),
            count => anstream::eprintln!("{count} parts, up to {last}"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("50MB"), Ok(50_000_000));
        assert_eq!(size("20 MiB"), Ok(20 << 20));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "0", "MB", "1.5MB", "-1", "99999999999GB", "5 apples"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
