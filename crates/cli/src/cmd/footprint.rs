//! `goscope footprint`: which events make a trace as large as it is.

use std::io;

use anyhow::Result;
use clap::Args;
use goscope_wire::{Count, EventId, Header, Inventory, Record, Table};
use serde::Serialize;

use crate::{
    args::input::Input,
    render::{json, table},
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

/// The records of a trace by type, the largest first.
#[derive(Serialize)]
pub struct Footprint {
    /// The bytes of the trace, its header included.
    pub bytes: u64,
    /// The records of the trace.
    pub records: u64,
    /// The types that occur.
    pub events: Vec<EventCount>,
}

/// What a type of event takes.
#[derive(Serialize)]
pub struct EventCount {
    /// The event's name, "Unknown" where the version does not have it.
    pub event: &'static str,
    /// Its number in the file.
    pub id: u8,
    /// Its bytes in the file.
    pub bytes: u64,
    /// Its records.
    pub records: u64,
}

impl Footprint {
    /// Sorts what was counted.
    ///
    /// `bytes` is the size of the whole trace, with what is too damaged to be counted.
    pub fn of(inventory: &Inventory, events: &Table, bytes: u64) -> Self {
        let mut counts: Vec<_> =
            inventory.counts().map(|(id, count)| event_count(events, id, count)).collect();
        counts.sort_by_key(|count| (std::cmp::Reverse(count.bytes), count.id));
        Self { bytes, records: inventory.records(), events: counts }
    }

    /// The table for people.
    pub fn table(&self) -> comfy_table::Table {
        let mut rows = table::new(&["Event", ">Bytes", ">%", ">Count", ">%"]);
        for &EventCount { event, bytes, records, .. } in &self.events {
            rows.add_row([
                event.to_owned(),
                table::count(bytes),
                table::percent(bytes, self.bytes),
                table::count(records),
                table::percent(records, self.records),
            ]);
        }
        rows
    }

    fn print_csv(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        io::Write::write_all(&mut out, b"event,id,bytes,records\n")?;
        for EventCount { event, id, bytes, records } in &self.events {
            io::Write::write_fmt(&mut out, format_args!("{event},{id},{bytes},{records}\n"))?;
        }
        Ok(())
    }
}

fn event_count(events: &Table, id: EventId, Count { records, bytes }: Count) -> EventCount {
    EventCount { event: events.get(id).map_or("Unknown", |spec| spec.name), id: id.0, bytes, records }
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
