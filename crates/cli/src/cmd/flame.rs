//! `goscope flame`: where time was spent, as a picture.

use std::{
    ffi::{OsStr, OsString},
    io::{self, BufWriter, IsTerminal, Write},
};

use anyhow::{Result, bail};
use clap::{
    Arg, Args, Command, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValue, RangedI64ValueParser, TypedValueParser},
    value_parser,
};
use goscope_analysis::profile::{Kind, Settings};
use goscope_export::{flame, folded};

use crate::{
    args::{
        filter::IntervalArgs,
        input::{Input, is_stdin},
        kind::KindArg,
        output::OptionalOutput,
        threads::Threads,
    },
    gather::{Wish, gather, tell_none},
    printed,
    status::Status,
};

/// Draw a flame graph of where time was spent, as SVG
///
/// The width of a frame is the time that was spent in its function and in all functions that it called. In a
/// browser, click on a frame to zoom, search with a regular expression, or point at a frame to see its value.
/// Without scripts the file is a picture. With cpu, stw and create, the colours show packages. With all other kinds,
/// they show what the time was spent on.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope flame trace.out -o out.svg                  CPU samples, or all waits
  goscope flame sync trace.out -o sync.svg            waits for locks, channels
  goscope flame all --goroutine 42 --from 1s --to 2s trace.out -o out.svg
  goscope flame chan --reverse trace.out > out.svg    from waits to callers
  goscope flame sched --folded trace.out | sort -k2 -n

Exit status: 0 success, 1 the trace is damaged (the picture shows the readable part), 2 no trace.")]
pub struct Options {
    /// What to count [default: cpu if the trace has CPU samples, else all]
    #[arg(value_name = "KIND", value_parser = KindOrFile)]
    kind: Option<OsString>,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    output: OptionalOutput,
    /// Write folded stacks instead, for other tools that draw flame graphs
    #[arg(long, conflicts_with_all = ["width", "title", "inverted", "reverse"])]
    folded: bool,
    /// Count a wait for the stack that ended it
    #[arg(long)]
    waker: bool,
    /// Width of the picture
    #[arg(long, value_name = "PX", value_parser = width(), default_value = "1200")]
    width: u32,
    /// Title of the picture [default: what it counts]
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    title: Option<String>,
    /// Draw the root at the top and the other frames below it, as an icicle graph
    #[arg(long)]
    inverted: bool,
    /// Start stacks with their innermost functions, and show the callers
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    interval: IntervalArgs,
}

fn width() -> RangedI64ValueParser<u32> {
    let (least, most) = (flame::Settings::LEAST_WIDTH, flame::Settings::MOST_WIDTH);
    value_parser!(u32).range(i64::from(least)..=i64::from(most))
}

/// Parses what stands first: a kind or, without one, the trace.
#[derive(Clone)]
struct KindOrFile;

impl TypedValueParser for KindOrFile {
    type Value = OsString;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<OsString, clap::Error> {
        Ok(value.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(KindArg::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let (kind, input) = options.kind_and_input()?;
    let wish = options.wish(kind)?;
    let output = options.output.output();
    if output.is_none() && !options.folded && io::stdout().is_terminal() {
        bail!("a terminal does not show pictures: -o out.svg writes one to a file");
    }
    let sink = output.map(|output| output.open_discarding()).transpose()?;
    let (profile, followed) = gather(wish, &input, options.threads, &options.interval)?;
    tell_none(wish.kind, &input, &profile, &followed, &options.interval);
    let write = |out: &mut dyn Write| match options.folded {
        true => folded::write(&profile, followed.tables(), &mut BufWriter::new(out)),
        false => out.write_all(flame::svg(&profile, followed.tables(), &options.look()).as_bytes()),
    };
    match sink {
        None => write(&mut io::stdout().lock())?,
        Some(mut sink) => {
            write(&mut sink)?;
            sink.commit()?;
        }
    }
    Ok(followed.status)
}

impl Options {
    /// What counts, and where the trace is: what stands first is the trace, unless it is a kind.
    fn kind_and_input(&self) -> Result<(Option<Kind>, Input)> {
        let Some(first) = &self.kind else { return Ok((None, self.input.clone())) };
        if let Some(Ok(KindArg(kind))) = first.to_str().map(|name| KindArg::from_str(name, false)) {
            return Ok((Some(kind), self.input.clone()));
        }
        if !is_stdin(&self.input.file) {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            bail!("{}: there is no such kind; there are {}", printed::name(first), names.join(", "));
        }
        Ok((None, Input { file: first.into(), ..self.input.clone() }))
    }

    fn wish(&self, kind: Option<Kind>) -> Result<Wish> {
        let settings = Settings {
            waker: self.waker,
            reason: !self.folded,
            open: self.interval.has_times(),
            ..Settings::default()
        };
        match kind {
            Some(kind) if self.waker && !kind.has_wakers() => {
                bail!("--waker is for waits, and {} has none", kind.name())
            }
            Some(kind) => Ok(Wish { kind, otherwise: None, settings }),
            None if self.waker => Ok(Wish { kind: Kind::All, otherwise: None, settings }),
            None => Ok(Wish { kind: Kind::Cpu, otherwise: Some(Kind::All), settings }),
        }
    }

    fn look(&self) -> flame::Settings {
        let Self { width, title, inverted, reverse, .. } = self;
        flame::Settings { width: *width, title: title.clone(), inverted: *inverted, reverse: *reverse }
    }
}
