//! `goscope footprint`: which events make a trace as large as it is.

use anyhow::Result;
use clap::Args;
use goscope_wire::{Header, Inventory, Record, Table};

use crate::{
    args::input::Input,
    render::{footprint::Footprint, json, table},
    status::Status,
    walk::{Visit, walk},
};

/// Show how many bytes and records each type of event takes
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope footprint trace.out
  goscope footprint --json trace.out | jq '.events[] | select(.bytes > 100000)'

Exit status: 0 fine, 1 the trace is damaged (what can be read is counted), 2 no trace.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// Counts the records of a trace.
pub struct Counter {
    /// The trace's header. Until it is read, that of an empty trace.
    pub header: Header,
    /// What was counted.
    pub inventory: Inventory,
}

impl Default for Counter {
    fn default() -> Self {
        Self { header: Header::new(Default::default()), inventory: Inventory::default() }
    }
}

impl Visit for Counter {
    fn header(&mut self, header: Header) -> Result<()> {
        self.header = header;
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.inventory.add(record);
        Ok(())
    }
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let mut counter = Counter::default();
    let walked = walk(&options.input, &mut counter)?;
    let footprint = Footprint::of(&counter.inventory, Table::of(counter.header.version()), walked.bytes);
    match options {
        Options { json: true, .. } => json::print(&footprint)?,
        Options { csv: true, .. } => footprint.print_csv()?,
        _ => table::print(&footprint.table())?,
    }
    Ok(walked.status())
}
