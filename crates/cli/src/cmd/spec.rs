//! `goscope spec`: the events of a version of the format.

use anyhow::Result;
use clap::Args;
use goscope_wire::{ArgKind, EventSpec, FormatVersion, Table, Tail};
use serde::Serialize;

use crate::{
    args,
    render::{json, table},
    status::Status,
};

/// Show the versions of the format, and the events of one version
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope spec                  the versions, and the events of the newest one
  goscope spec --format 1.5     the events of Go 1.5 and 1.6")]
pub struct Options {
    /// Version whose events to show [default: the newest]
    #[arg(long, value_name = "1.NN", value_parser = args::version::parser())]
    format: Option<FormatVersion>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Spec {
    format: String,
    written_by: String,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    id: u8,
    event: &'static str,
    args: Vec<Argument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<String>,
    since: String,
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<String>,
}

#[derive(Serialize)]
struct Argument {
    name: &'static str,
    kind: String,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let version = options.format.unwrap_or_default();
    let spec = Spec::of(version);
    if options.json {
        json::print(&spec)?;
        return Ok(Status::Fine);
    }
    if options.format.is_none() {
        print_versions()?;
    }
    spec.print()?;
    Ok(Status::Fine)
}

fn print_versions() -> Result<()> {
    let mut rows = table::new(&["Format", "Written by", "Family", ">Events"]);
    for version in FormatVersion::ALL {
        let events = Table::of(version).events().count().to_string();
        rows.add_row([
            version.to_string(),
            version.releases_text(),
            format!("{:?}", version.family()),
            events,
        ]);
    }
    rows.add_row([""]);
    table::print(&rows)
}

impl Spec {
    fn of(version: FormatVersion) -> Self {
        let events = Table::of(version).events().map(Event::of).collect();
        Self { format: version.to_string(), written_by: version.releases_text(), events }
    }

    fn print(&self) -> Result<()> {
        let mut rows = table::new(&[">Id", "Event", "Arguments", "Followed by", "Since", "Until"]);
        for event in &self.events {
            let args: Vec<_> = event.args.iter().map(|arg| arg.name).collect();
            rows.add_row([
                event.id.to_string(),
                event.event.to_owned(),
                args.join(" "),
                event.tail.clone().unwrap_or_default(),
                event.since.clone(),
                event.until.clone(),
            ]);
        }
        table::print(&rows)
    }
}

impl Event {
    fn of(spec: &EventSpec) -> Self {
        let arg = |arg: &goscope_wire::Arg| Argument { name: arg.name, kind: kind(arg.kind) };
        Self {
            id: spec.id.0,
            event: spec.name,
            args: spec.args.iter().map(arg).collect(),
            tail: tail(spec.tail),
            since: spec.since.to_string(),
            until: spec.until.to_string(),
            experiment: spec.experiment.map(|experiment| experiment.to_string()),
        }
    }
}

/// A kind as one lower-case word: `goroutine_status`.
fn kind(kind: ArgKind) -> String {
    let mut word = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

fn tail(tail: Tail) -> Option<String> {
    match tail {
        Tail::None => None,
        Tail::Data => Some("data".into()),
        Tail::Frames(fields) => Some(format!("frames of {}", fields.join(" "))),
    }
}
