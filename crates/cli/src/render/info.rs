//! What is in a trace, as `goscope info` shows it: facts, generations, events.

use anyhow::Result;
use goscope_wire::{ClockSnapshot, FormatVersion, Generation, Header, Outline, RecordCounts, Table};
use jiff::Timestamp;
use serde::Serialize;

use super::{footprint::Footprint, table};
use crate::{damage::Damage, printed, walk::Walked};

/// What is in a trace. Times end in their unit; byte ranges are those of the uncompressed trace. What only who reads
/// every record knows is left out otherwise.
#[derive(Serialize)]
pub struct Info {
    file: String,
    format: String,
    written_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<String>,
    bytes: u64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    footprint: Option<Footprint>,
    duration_ns: Option<u64>,
    frequency_hz: Option<u64>,
    clock: Option<Clock>,
    batches: u64,
    experimental_batches: u64,
    threads: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    procs: Option<Vec<u64>>,
    experiments: Vec<String>,
    generations: Vec<GenerationInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<Vec<DamageInfo>>,
}

#[derive(Serialize)]
struct GenerationInfo {
    number: u64,
    first_byte: u64,
    end_byte: u64,
    batches: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
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
    /// Puts together what was outlined.
    pub fn of_outline(file: String, header: Header, outline: &Outline, bytes: u64) -> Self {
        let version = header.version();
        let generation = |generation: &Generation| GenerationInfo::of(generation, version);
        Self {
            file,
            format: format!("1.{}", header.minor()),
            written_by: version.releases_text(),
            compression: None,
            bytes,
            footprint: None,
            duration_ns: outline.nanoseconds(),
            frequency_hz: outline.frequency(),
            clock: outline.clock().and_then(Clock::of),
            batches: outline.batches(),
            experimental_batches: outline.experimental_batches(),
            threads: outline.threads().collect(),
            procs: None,
            experiments: outline.experiments().map(|experiment| experiment.to_string()).collect(),
            generations: outline.generations().iter().map(generation).collect(),
            damage: None,
        }
    }

    /// Puts together what was counted.
    pub fn of(file: String, header: Header, counts: &RecordCounts, walked: &Walked) -> Self {
        let mut info = Self::of_outline(file, header, counts.outline(), walked.bytes);
        info.compression = walked.compression.map(|compression| compression.to_string());
        info.footprint = Some(Footprint::of(counts, Table::of(header.version())));
        info.procs = Some(counts.procs().collect());
        for (generation, records) in info.generations.iter_mut().zip(counts.records_of_generations()) {
            generation.records = Some(*records);
        }
        info.damage = Some(walked.damage.first.iter().map(DamageInfo::of).collect());
        info
    }

    /// Prints the tables for people.
    pub fn print(&self) -> Result<()> {
        table::print(&self.facts())?;
        if !self.generations.is_empty() {
            table::print_next(&self.generation_table())?;
        }
        match &self.footprint {
            Some(footprint) => table::print_next(&footprint.table(self.bytes)),
            None => Ok(()),
        }
    }

    /// The facts that are one line each.
    fn facts(&self) -> comfy_table::Table {
        let compression =
            self.compression.as_ref().map_or(String::new(), |name| format!(", {name}-compressed"));
        let optional = |title: &'static str, value: Option<String>| value.map(|value| (title, value));
        let lines = [
            Some(("Trace", printed::name(&self.file))),
            Some(("Format", format!("{} (written by {}){compression}", self.format, self.written_by))),
            Some(("Size", format!("{} ({} bytes)", table::bytes(self.bytes), table::count(self.bytes)))),
            optional("Duration", self.duration_ns.map(duration)),
            optional("Clock", self.frequency_hz.map(|hz| format!("{} ticks a second", table::count(hz)))),
            optional("Recorded at", self.clock.as_ref().map(|clock| clock.wall.clone())),
            Some(("Records", self.record_text())),
            Some(("Batches", self.batch_text())),
            Some(("Threads", ids(&self.threads))),
            optional("Procs", self.procs.as_deref().map(ids)),
            optional("Experiments", (!self.experiments.is_empty()).then(|| self.experiments.join(", "))),
            optional("Damage", self.damage_text()),
        ];
        table::facts(&lines.into_iter().flatten().collect::<Vec<_>>())
    }

    fn record_text(&self) -> String {
        match &self.footprint {
            Some(footprint) => table::count(footprint.records),
            None => "not counted: --full counts them".into(),
        }
    }

    fn batch_text(&self) -> String {
        match self.experimental_batches {
            0 => table::count(self.batches),
            more => format!("{} and {} of experiments", table::count(self.batches), table::count(more)),
        }
    }

    fn damage_text(&self) -> Option<String> {
        let damage = self.damage.as_deref().filter(|damage| !damage.is_empty())?;
        Some(damage.iter().map(|damage| damage.what.as_str()).collect::<Vec<_>>().join("\n"))
    }

    fn generation_table(&self) -> comfy_table::Table {
        let titles =
            ["Generation", ">First byte", ">End byte", ">Batches", ">Records", "Complete", "Recorded at"];
        let is_shown = |title: &&str| *title != ">Records" || self.footprint.is_some();
        let mut rows = table::new(&titles.into_iter().filter(is_shown).collect::<Vec<_>>());
        for generation in &self.generations {
            let cells = [
                Some(generation.number.to_string()),
                Some(table::count(generation.first_byte)),
                Some(table::count(generation.end_byte)),
                Some(table::count(generation.batches)),
                generation.records.map(table::count),
                Some(complete(generation.complete).to_owned()),
                Some(generation.clock.as_ref().map_or(String::new(), |clock| clock.wall.clone())),
            ];
            rows.add_row(cells.into_iter().flatten());
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
            records: None,
            complete: (version >= FormatVersion::V1_26).then_some(generation.ended),
            frequency_hz: generation.frequency,
            clock: generation.clock.and_then(Clock::of),
        }
    }
}

impl Clock {
    /// What the clocks showed, if anybody knows.
    fn of(clock: ClockSnapshot) -> Option<Self> {
        clock.is_known().then(|| Self { ticks: clock.ticks, mono_ns: clock.mono, wall: wall(clock) })
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
    table::duration(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
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
