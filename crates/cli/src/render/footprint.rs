//! What each type of event takes, as `goscope footprint` and `goscope info` show it.

use std::io::{self, Write};

use anyhow::Result;
use goscope_wire::{Count, EventId, RecordCounts, Table};
use serde::Serialize;

use super::table;

/// The records of a trace by type, the largest first.
#[derive(Serialize)]
pub struct Footprint {
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
    pub fn of(counts: &RecordCounts, events: &Table) -> Self {
        let mut events: Vec<_> = counts.counts().map(|(id, count)| event_count(events, id, count)).collect();
        events.sort_by_key(|count| (std::cmp::Reverse(count.bytes), count.id));
        Self { records: counts.records(), events }
    }

    /// The table for people. `whole` is the size of the trace, with what is too damaged to be counted.
    pub fn table(&self, whole: u64) -> comfy_table::Table {
        let mut rows = table::new(&["Event", ">Bytes", ">%", ">Count", ">%"]);
        for &EventCount { event, bytes, records, .. } in &self.events {
            rows.add_row([
                event.to_owned(),
                table::count(bytes),
                table::percent(bytes, whole),
                table::count(records),
                table::percent(records, self.records),
            ]);
        }
        rows
    }

    /// Prints comma-separated values.
    pub fn print_csv(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "event,id,bytes,records")?;
        for EventCount { event, id, bytes, records } in &self.events {
            writeln!(out, "{event},{id},{bytes},{records}")?;
        }
        Ok(())
    }
}

fn event_count(events: &Table, id: EventId, Count { records, bytes }: Count) -> EventCount {
    EventCount { event: events.get(id).map_or("Unknown", |spec| spec.name), id: id.0, bytes, records }
}
