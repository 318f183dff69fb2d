//! A stream as JSON: an object a line, for each event and for all else that the stream tells. The names are in
//! `docs/src/streaming.md`.

use std::io::Write;

use anyhow::Result;
use goscope_trace::{Damage, StackId, StreamEvent, StreamItem, StreamTime};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

use super::{
    ShowStream,
    start::{Elapsed, Start},
    untold::{StreamSymbols, Told},
};
use crate::render::{
    event::{
        json::{
            Entries, Frames, stack_of_subject,
            value::{Hex, Wall},
        },
        symbols::{Symbol, Symbols},
    },
    json,
};

/// Shows a stream as JSON.
pub struct StreamJson<W> {
    out: W,
}

impl<W: Write> StreamJson<W> {
    pub fn new(out: W) -> Self {
        Self { out }
    }

    fn print(&mut self, object: &impl Serialize) -> Result<()> {
        json::write(&mut self.out, object)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

impl<W: Write> ShowStream for StreamJson<W> {
    fn event(&mut self, event: &StreamEvent, start: &Start, symbols: &StreamSymbols<'_>) -> Result<()> {
        self.print(&EventObject { event, start, symbols })
    }

    fn told(&mut self, told: Told, symbols: &StreamSymbols<'_>) -> Result<()> {
        self.print(&ToldObject { told, symbols })
    }

    fn item(&mut self, item: &StreamItem, start: &Start) -> Result<()> {
        match Item::of(item, start) {
            Some(item) => self.print(&item),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

/// When something happened, as far as that is known.
#[derive(Serialize)]
struct Time {
    ticks: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ns: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_estimate: bool,
}

impl Time {
    fn of(time: StreamTime, start: &Start) -> Self {
        let elapsed_ns = match start.elapsed(time) {
            Elapsed::Nanoseconds(nanoseconds) => Some(nanoseconds),
            Elapsed::Ticks(_) => None,
        };
        let time_ns = time.time.map(|time| time.0);
        Self { ticks: time.ticks.0, time_ns, elapsed_ns, is_estimate: time.is_estimate }
    }
}

/// An event, and what it refers to.
struct EventObject<'a> {
    event: &'a StreamEvent,
    start: &'a Start,
    symbols: &'a StreamSymbols<'a>,
}

impl Serialize for EventObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, start, symbols } = *self;
        let mut entries = Entries { map: serializer.serialize_map(None)?, symbols };
        let Time { ticks, time_ns, elapsed_ns, is_estimate } = Time::of(event.time, start);
        entries.add("ticks", &ticks)?;
        entries.add_some("time_ns", time_ns.as_ref())?;
        entries.add_some("elapsed_ns", elapsed_ns.as_ref())?;
        entries.add_some("is_estimate", Some(&is_estimate).filter(|is_estimate| **is_estimate))?;
        entries.add_event(event)?;
        add_stack(&mut entries, ["stack", "stack_id"], event.stack)?;
        add_stack(&mut entries, ["subject_stack", "subject_stack_id"], stack_of_subject(event))?;
        entries.map.end()
    }
}

/// Adds a stack under the first name, or its number under the second.
fn add_stack<M: SerializeMap>(
    entries: &mut Entries<'_, M, StreamSymbols<'_>>,
    [name, name_of_id]: [&str; 2],
    id: StackId,
) -> Result<(), M::Error> {
    let symbols = entries.symbols;
    match symbols.stack(id) {
        Symbol::Known([]) => Ok(()),
        Symbol::Known(frames) => entries.add(name, &Frames { frames, symbols }),
        Symbol::Untold(number) => entries.add(name_of_id, &number),
    }
}

/// A string or a stack that is known now.
struct ToldObject<'a> {
    told: Told,
    symbols: &'a StreamSymbols<'a>,
}

impl Serialize for ToldObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let symbols = self.symbols;
        let mut entries = Entries { map: serializer.serialize_map(None)?, symbols };
        match self.told {
            Told::String(id, number) => {
                entries.add("kind", "String")?;
                entries.add("string_id", &number)?;
                entries.add_text("text", id)?;
            }
            Told::Stack(id, number) => {
                let frames = symbols.tables.stack(id).unwrap_or_default();
                entries.add("kind", "Stack")?;
                entries.add("stack_id", &number)?;
                entries.add("frames", &Frames { frames, symbols })?;
            }
        }
        entries.map.end()
    }
}

/// What else a stream tells.
#[derive(Serialize)]
#[serde(tag = "kind")]
enum Item<'a> {
    GenerationBegin {
        generation: u64,
    },
    TickLength {
        tick_ns: f64,
    },
    Clock {
        #[serde(flatten)]
        trace: Time,
        mono_ns: u64,
        wall: Wall,
    },
    ExperimentalBatch {
        experiment: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<u64>,
        data_hex: Hex<'a>,
    },
    Damage {
        what: String,
        offset: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        skipped_bytes: Option<u64>,
    },
    GenerationEnd {
        generation: u64,
    },
}

impl<'a> Item<'a> {
    fn of(item: &'a StreamItem, start: &Start) -> Option<Self> {
        Some(match item {
            StreamItem::GenerationBegin(generation) => Self::GenerationBegin { generation: *generation },
            StreamItem::GenerationEnd(generation) => Self::GenerationEnd { generation: *generation },
            StreamItem::TickLength(length) => Self::TickLength { tick_ns: length.in_nanoseconds() },
            StreamItem::Clock(clock) => Self::Clock {
                trace: Time::of(clock.trace, start),
                mono_ns: clock.mono,
                wall: Wall(clock.wall),
            },
            StreamItem::ExperimentalBatch(batch) => Self::ExperimentalBatch {
                experiment: batch.experiment.to_string(),
                thread: batch.thread.is_some().then_some(batch.thread.0),
                data_hex: Hex(&batch.data),
            },
            StreamItem::Damage(damage) => Self::damage(damage),
            _ => return None,
        })
    }

    fn damage(damage: &Damage) -> Self {
        let (what, offset) = (damage.to_string(), damage.offset);
        Self::Damage { what, offset, skipped_bytes: damage.skipped }
    }
}
