//! `goscope check`: whether a trace is whole and could have happened, and if not, what is wrong.

use std::io::{self, Write};

use anyhow::{Result, bail};
use clap::Args;
use goscope_trace::{Diagnostic, ErrorKind, Rule};
use serde::Serialize;

use crate::{
    args::{input::Input, threads::Threads},
    damage, printed,
    render::{event, json, table},
    status::Status,
};

/// Check that a trace is complete and follows the rules of the scheduler
///
/// Reads all events in order. Reports each problem, and what goscope did about it. Continues after damage where
/// possible.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope check trace.out
  goscope check --explain                   all rules that a trace can break
  goscope check --explain proc-steal.other-proc

Exit status: 0 the trace is valid, 1 the trace has problems, 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// Explain a rule, or all rules, and check nothing
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    /// Stop at the first problem
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    threads: Threads,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a check found. Times are nanoseconds of the trace's own clock.
#[derive(Serialize)]
struct Report {
    file: String,
    fine: bool,
    /// The events that were read.
    events: u64,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    what: String,
    /// The rule of the scheduler that is broken, if it is one.
    rule: Option<&'static str>,
    /// What was done about it; nothing if reading stopped there.
    remedy: Option<String>,
    time_ns: i64,
    generation: Option<u64>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    if let Some(rule) = &options.explain {
        return explain(rule);
    }
    let report = check(options)?;
    if options.json {
        json::print(&report)?;
    } else {
        report.print()?;
    }
    Ok(if report.fine { Status::Fine } else { Status::Findings })
}

fn check(options: &Options) -> Result<Report> {
    let Options { input, strict, threads, .. } = options;
    let mut reader = event::open(input, *strict, *threads)?;
    let mut events = 0;
    let last = loop {
        match reader.next_event() {
            Ok(Some(_)) => events += 1,
            Ok(None) => break None,
            Err(error) => {
                damage::tell_hint(error.kind());
                break Some(Problem::of_error(error));
            }
        }
    };
    reader.diagnostics().iter().for_each(|diagnostic| damage::tell_hint(&diagnostic.kind));
    let mut problems: Vec<_> = reader.diagnostics().iter().map(Problem::of_diagnostic).collect();
    problems.extend(last);
    if problems.is_empty() {
        problems.extend(Problem::of_absent_stacks(reader.absent_stacks()));
    }
    Ok(Report { file: input.file_name(), fine: problems.is_empty(), events, problems })
}

impl Problem {
    fn of_error(error: goscope_trace::Error) -> Self {
        let place = error.place();
        let (time_ns, generation, rule) = (place.time.0, place.generation, rule(error.kind()));
        Self { what: error.into_kind().to_string(), rule, remedy: None, time_ns, generation }
    }

    /// What events name and the file does not have is no error to Go's reader, and no reason to read on otherwise.
    fn of_absent_stacks(times: u64) -> Option<Self> {
        let what = format!(
            "events name stacks {} times that the file does not contain: it was probably cut off before its table of \
             stacks",
            table::count(times)
        );
        let remedy = Some("left them empty".to_owned());
        (times > 0).then_some(Self { what, rule: None, remedy, time_ns: 0, generation: None })
    }

    fn of_diagnostic(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { kind, generation, time, remedy } = diagnostic;
        let (what, remedy) = (kind.to_string(), Some(remedy.to_string()));
        Self { what, rule: rule(kind), remedy, time_ns: time.0, generation: *generation }
    }
}

fn rule(kind: &ErrorKind) -> Option<&'static str> {
    kind.rule().map(Rule::id)
}

impl Report {
    fn print(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let verdict = if self.fine { "fine" } else { "damaged" };
        writeln!(out, "{}: {verdict}, {} events", printed::name(&self.file), table::count(self.events))?;
        for Problem { what, remedy, time_ns, generation, .. } in &self.problems {
            writeln!(out, "- {what}")?;
            let place =
                generation.map_or(String::new(), |generation| format!("in generation {generation}, "));
            let remedy = remedy.as_deref().unwrap_or("stopped there");
            writeln!(out, "  {place}after {time_ns} ns of the trace's clock: {remedy}")?;
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
