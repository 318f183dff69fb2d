//! What is in a trace, as `goscope info` shows it: facts, generations, events.

use anyhow::Result;
use goscope_wire::{ClockSnapshot, FormatVersion, Generation, Header, Inventory, Table};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{footprint::Footprint, table};
use crate::{damage::Damage, walk::Walked};

/// What is in a trace. Times end in their unit; byte ranges are those of the uncompressed trace.
#[derive(Serialize)]
pub struct Info {
    file: String,
    format: String,
    written_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<String>,
    #[serde(flatten)]
    footprint: Footprint,
    duration_ns: Option<u64>,
    frequency_hz: Option<u64>,
    clock: Option<Clock>,
    batches: u64,
    experimental_batches: u64,
    threads: Vec<u64>,
    procs: Vec<u64>,
    experiments: Vec<String>,
    generations: Vec<GenerationInfo>,
    damage: Vec<DamageInfo>,
}

#[derive(Serialize)]
struct GenerationInfo {
    number: u64,
    first_byte: u64,
    end_byte: u64,
    batches: u64,
    records: u64,
    /// Whether the file says that it is complete; `None` where the format has no way to say so.
    complete: Option<bool>,
    frequency_hz: Option<u64>,
    clock: Option<Clock>,
}

#[derive(Serialize)]
struct Clock {
    ticks: u64,
    mono_ns: u64,
    wall: String,
}

#[derive(Serialize)]
struct DamageInfo {
    what: String,
    offset: u64,
    skipped_bytes: Option<u64>,
}

impl Info {
    /// Puts together what was counted.
    pub fn of(file: String, header: Header, inventory: &Inventory, walked: &Walked) -> Self {
        let version = header.version();
        let generation = |generation: &Generation| GenerationInfo::of(generation, version);
        Self {
            file,
            format: format!("1.{}", header.minor()),
            written_by: version.releases_text(),
            compression: walked.compression.map(|compression| compression.to_string()),
            footprint: Footprint::of(inventory, Table::of(version), walked.bytes),
            duration_ns: inventory.nanoseconds(),
            frequency_hz: inventory.frequency(),
            clock: inventory.clock().map(Clock::of),
            batches: inventory.batches(),
            experimental_batches: inventory.experimental_batches(),
            threads: inventory.threads().collect(),
            procs: inventory.procs().collect(),
            experiments: inventory.experiments().map(|experiment| experiment.to_string()).collect(),
            generations: inventory.generations().iter().map(generation).collect(),
            damage: walked.damage.first.iter().map(DamageInfo::of).collect(),
        }
    }

    /// Prints the tables for people.
    pub fn print(&self) -> Result<()> {
        table::print(&self.facts())?;
        if !self.generations.is_empty() {
            table::print_next(&self.generation_table())?;
        }
        table::print_next(&self.footprint.table())
    }

    /// The facts that are one line each.
    fn facts(&self) -> comfy_table::Table {
        let compression =
            self.compression.as_ref().map_or(String::new(), |name| format!(", {name}-compressed"));
        let optional = |title: &'static str, value: Option<String>| value.map(|value| (title, value));
        let lines = [
            Some(("Trace", self.file.clone())),
            Some(("Format", format!("{} (written by {}){compression}", self.format, self.written_by))),
            Some((
                "Size",
                format!(
                    "{} ({} bytes)",
                    table::bytes(self.footprint.bytes),
                    table::count(self.footprint.bytes)
                ),
            )),
            optional("Duration", self.duration_ns.map(duration)),
            optional("Clock", self.frequency_hz.map(|hz| format!("{} ticks a second", table::count(hz)))),
            optional("Recorded at", self.clock.as_ref().map(|clock| clock.wall.clone())),
            Some(("Records", table::count(self.footprint.records))),
            Some(("Batches", self.batch_text())),
            Some(("Threads", ids(&self.threads))),
            Some(("Procs", ids(&self.procs))),
            optional("Experiments", (!self.experiments.is_empty()).then(|| self.experiments.join(", "))),
            optional("Damage", (!self.damage.is_empty()).then(|| self.damage_text())),
        ];
        table::facts(&lines.into_iter().flatten().collect::<Vec<_>>())
    }

    fn batch_text(&self) -> String {
        match self.experimental_batches {
            0 => table::count(self.batches),
            more => format!("{} and {} of experiments", table::count(self.batches), table::count(more)),
        }
    }

    fn damage_text(&self) -> String {
        let lines: Vec<_> = self.damage.iter().map(|damage| damage.what.as_str()).collect();
        lines.join("\n")
    }

    fn generation_table(&self) -> comfy_table::Table {
        let titles =
            ["Generation", ">First byte", ">End byte", ">Batches", ">Records", "Complete", "Recorded at"];
        let mut rows = table::new(&titles);
        for generation in &self.generations {
            rows.add_row([
                generation.number.to_string(),
                table::count(generation.first_byte),
                table::count(generation.end_byte),
                table::count(generation.batches),
                table::count(generation.records),
                complete(generation.complete).to_owned(),
                generation.clock.as_ref().map_or(String::new(), |clock| clock.wall.clone()),
            ]);
        }
        rows
    }
}

impl GenerationInfo {
    fn of(generation: &Generation, version: FormatVersion) -> Self {
        Self {
            number: generation.number,
            first_byte: generation.bytes.start,
            end_byte: generation.bytes.end,
            batches: generation.batches,
            records: generation.records,
            complete: (version >= FormatVersion::V1_26).then_some(generation.ended),
            frequency_hz: generation.frequency,
            clock: generation.clock.map(Clock::of),
        }
    }
}

impl Clock {
    fn of(clock: ClockSnapshot) -> Self {
        Self { ticks: clock.ticks, mono_ns: clock.mono, wall: wall(clock) }
    }
}

impl DamageInfo {
    fn of(damage: &Damage) -> Self {
        Self { what: damage.what.clone(), offset: damage.offset, skipped_bytes: damage.skipped }
    }
}

/// The wall clock as in RFC 3339, or its numbers if they are no time at all.
fn wall(ClockSnapshot { seconds, nanoseconds, .. }: ClockSnapshot) -> String {
    let time = i64::try_from(seconds).ok().zip(i32::try_from(nanoseconds).ok());
    let time = time.and_then(|(seconds, nanoseconds)| Timestamp::new(seconds, nanoseconds).ok());
    time.map_or_else(|| format!("{seconds} s {nanoseconds} ns"), |time| time.to_string())
}

fn duration(nanoseconds: u64) -> String {
    let nanoseconds = i64::try_from(nanoseconds).unwrap_or(i64::MAX);
    format!("{:#}", SignedDuration::from_nanos(nanoseconds))
}

fn complete(complete: Option<bool>) -> &'static str {
    match complete {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

/// How many there are, and which, if they are few.
fn ids(ids: &[u64]) -> String {
    let listed: Vec<_> = ids.iter().take(16).map(u64::to_string).collect();
    let more = if ids.len() > listed.len() { ", …" } else { "" };
    match ids.len() {
        0 => "0".into(),
        count => format!("{count} ({}{more})", listed.join(", ")),
    }
}
