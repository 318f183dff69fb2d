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

/// Draw where time was spent as a flame graph, in SVG
///
/// Each frame is as wide as the time that was spent in its function and in all that it called. In a browser, click on a
/// frame to zoom, search by a regular expression, or hover to see how much it is; the picture is one without scripts,
/// too. Colours are those of packages with cpu, stw and create, and of what the time was spent on with all others.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope flame trace.out -o out.svg                  CPU samples or, without any, all waits
  goscope flame sync trace.out -o sync.svg            who waited for locks and channels
  goscope flame all --goroutine 42 --from 1s --to 2s trace.out -o out.svg
  goscope flame chan --reverse trace.out > out.svg    from where waits began to who called that
  goscope flame sched --folded trace.out | sort -k2 -n

Exit status: 0 fine, 1 the trace is damaged (what can be read is drawn), 2 no trace.")]
pub struct Options {
    /// What counts [default: cpu if the trace has CPU samples, else all]
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
    /// Attribute a wait to the stack that ended it
    #[arg(long)]
    waker: bool,
    /// The width of the picture
    #[arg(long, value_name = "PX", value_parser = width(), default_value = "1200")]
    width: u32,
    /// What stands above the picture, instead of what counts
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    title: Option<String>,
    /// Let frames hang down from the root at the top, like icicles
    #[arg(long)]
    inverted: bool,
    /// Begin stacks with their innermost functions, and show who called them
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
