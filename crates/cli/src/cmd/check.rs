//! `goscope check`: whether a trace is whole and could have happened, and if not, what is wrong.

use std::io::{self, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use goscope_trace::{ErrorKind, Reader, Rule};
use serde::Serialize;

use crate::{
    args::input::Input,
    render::{event::no_trace, json, table},
    status::Status,
};

/// Check that a trace is whole and that the scheduler could have done what it says
///
/// Reads every event in order and stops at the first thing that is wrong.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope check trace.out
  goscope check --explain                        every rule that a trace can break
  goscope check --explain proc-steal.other-proc

Exit status: 0 fine, 1 something is wrong, 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// Explain a rule, or all of them, and check nothing
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a check found. Times are nanoseconds of the trace's own clock.
#[derive(Serialize)]
struct Report {
    file: String,
    fine: bool,
    events: u64,
    problem: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    what: String,
    /// The rule of the scheduler that is broken, if it is one.
    rule: Option<&'static str>,
    /// The events that come before.
    after_event: u64,
    time_ns: i64,
    generation: Option<u64>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    if let Some(rule) = &options.explain {
        return explain(rule);
    }
    let report = check(&options.input)?;
    if options.json {
        json::print(&report)?;
    } else {
        report.print()?;
    }
    Ok(if report.fine { Status::Fine } else { Status::Findings })
}

fn check(input: &Input) -> Result<Report> {
    let mut reader = Reader::new(input.open()?.reader).map_err(no_trace).with_context(|| input.name())?;
    let mut events = 0;
    let problem = loop {
        match reader.next_event() {
            Ok(Some(_)) => events += 1,
            Ok(None) => break None,
            Err(error) => break Some(Problem::of(error)),
        }
    };
    Ok(Report { file: input.name(), fine: problem.is_none(), events, problem })
}

impl Problem {
    fn of(error: goscope_trace::Error) -> Self {
        let place = error.place();
        let rule = match error.kind() {
            ErrorKind::Violation(rule) => Some(rule.id()),
            _ => None,
        };
        Self {
            what: error.into_kind().to_string(),
            rule,
            after_event: place.event,
            time_ns: place.time.0,
            generation: place.generation,
        }
    }
}

impl Report {
    fn print(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let events = table::count(self.events);
        let Some(problem) = &self.problem else {
            return Ok(writeln!(out, "{}: fine, {events} events", self.file)?);
        };
        writeln!(out, "{}: {}", self.file, problem.what)?;
        writeln!(out, "after {events} events, at {} ns of the trace's clock", problem.time_ns)?;
        if let Some(generation) = problem.generation {
            writeln!(out, "in generation {generation}")?;
        }
        Ok(())
    }
}

/// Prints the rules whose id is `wanted`, or all.
fn explain(wanted: &str) -> Result<Status> {
    let mut rows = table::new(&["Rule", "Is broken when"]);
    let rules = Rule::ALL.iter().filter(|rule| wanted.is_empty() || rule.id() == wanted);
    rows.add_rows(rules.map(|rule| [rule.id(), rule.text()]));
    if rows.is_empty() {
        bail!("there is no rule {wanted}: --explain alone lists all");
    }
    table::print(&rows)?;
    Ok(Status::Fine)
}
