//! Events as JSON: an object a line. The schema is in `docs/src/events.md`; names of numbers end in their unit.
//!
//! What an event does not have is absent. Of a string that is not UTF-8 there are the bytes in hexadecimal
//! instead, under a name that ends in `_hex`.

mod stack;
pub mod value;

use std::io::Write;

use anyhow::Result;
use goscope_trace::{
    Clock, ClockSnapshot, Event, EventKind, Experimental, GoTransition, Log, ProcTransition, Range,
    RangeKind, Region, Scope, StackId, StringId, Swept, Sync, Tables, Task,
};
use goscope_wire::{FormatVersion, Table};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

pub use self::stack::Frames;
use self::{
    stack::Stacks,
    value::{Arguments, Hex, Name, Snapshot, Wall},
};
use super::{
    Form,
    symbols::{Symbol, Symbols},
};
use crate::render::json;

/// Writes events as JSON.
#[derive(Default)]
pub struct Json {
    /// The name of the trace, if each event is to tell it.
    file: Option<String>,
    stacks: Stacks,
}

impl Json {
    /// Of one trace among others, which each event names.
    pub fn of(file: Option<String>) -> Self {
        Self { file, ..Self::default() }
    }
}

impl Form for Json {
    fn write(&mut self, event: &Event, tables: &Tables, clock: &Clock, out: &mut impl Write) -> Result<()> {
        let stacks = [event.stack, stack_of_subject(event)];
        stacks.iter().try_for_each(|stack| self.stacks.prepare(*stack, tables))?;
        let object = Object { file: self.file.as_ref(), event, stacks: &self.stacks, tables, clock };
        json::write(out, &object)?;
        Ok(out.write_all(b"\n")?)
    }
}

/// An event, and what it refers to.
struct Object<'a> {
    file: Option<&'a String>,
    event: &'a Event,
    stacks: &'a Stacks,
    tables: &'a Tables,
    clock: &'a Clock,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { file, event, stacks, tables, clock } = *self;
        let mut entries = Entries { map: serializer.serialize_map(None)?, symbols: tables };
        entries.add_some("file", file)?;
        entries.add("time_ns", &event.time.0)?;
        entries.add("elapsed_ns", &(clock.elapsed(event.time).as_nanos() as u64))?;
        entries.add_some("wall", clock.wall(event.time).map(Wall).as_ref())?;
        entries.add_event(event)?;
        entries.add_some("stack", stacks.get(event.stack, tables).as_ref())?;
        entries.add_some("subject_stack", stacks.get(stack_of_subject(event), tables).as_ref())?;
        entries.map.end()
    }
}

/// What the subject was executing. What blocks or stops has one stack, that of the event.
pub fn stack_of_subject<Time>(event: &Event<Time>) -> StackId {
    match event.kind {
        EventKind::GoTransition(GoTransition { stack, .. }) if stack != event.stack => stack,
        _ => StackId::NONE,
    }
}

/// The entries of an object.
pub struct Entries<'a, M, S> {
    pub map: M,
    pub symbols: &'a S,
}

impl<M: SerializeMap, S: Symbols> Entries<'_, M, S> {
    pub fn add(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), M::Error> {
        self.map.serialize_entry(name, value)
    }

    pub fn add_some(&mut self, name: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.add(name, value))
    }

    /// The largest number stands for none.
    fn add_id(&mut self, name: &str, id: u64) -> Result<(), M::Error> {
        self.add_some(name, Some(&id).filter(|id| **id != u64::MAX))
    }

    pub fn add_text(&mut self, name: &str, id: StringId) -> Result<(), M::Error> {
        let text = match self.symbols.string(id) {
            Symbol::Known(text) => text,
            Symbol::Untold(number) => return self.map.serialize_entry(&Name(name, "_id"), &number),
        };
        match std::str::from_utf8(text) {
            Ok("") => Ok(()),
            Ok(text) => self.add(name, text),
            Err(_) => self.map.serialize_entry(&Name(name, "_hex"), &Hex(text)),
        }
    }

    /// Adds what happened, and who it happened on: everything but when and where in the code.
    pub fn add_event<Time>(&mut self, event: &Event<Time>) -> Result<(), M::Error> {
        self.add("kind", event.kind.kind().as_str())?;
        self.add_id("thread", event.thread.0)?;
        self.add_id("proc", event.proc.0)?;
        self.add_id("goroutine", event.goroutine.0)?;
        match event.kind.subject() {
            Scope::Global => {}
            Scope::Goroutine(id) => self.add_id("subject_goroutine", id.0)?,
            Scope::Proc(id) => self.add_id("subject_proc", id.0)?,
        }
        self.add_kind(&event.kind)
    }

    fn add_kind(&mut self, kind: &EventKind) -> Result<(), M::Error> {
        match kind {
            EventKind::Sync(sync) => self.add_sync(sync),
            EventKind::Metric(metric) => {
                self.add("name", metric.name.as_str())?;
                self.add("value", &metric.value)
            }
            EventKind::Label(label) => self.add_text("label", label.label),
            EventKind::StackSample => Ok(()),
            EventKind::RangeBegin(range) | EventKind::RangeActive(range) => self.add_range(range),
            EventKind::RangeEnd(range, swept) => {
                self.add_range(range)?;
                swept.as_ref().map_or(Ok(()), |swept| self.add_swept(swept))
            }
            EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => self.add_task(task),
            EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => self.add_region(region),
            EventKind::Log(log) => self.add_log(log),
            EventKind::GoTransition(transition) => self.add_transition(transition),
            EventKind::ProcTransition(ProcTransition { from, to, .. }) => {
                self.add("from", from.as_str())?;
                self.add("to", to.as_str())
            }
            EventKind::Experimental(event) => self.add_experimental(event),
        }
    }

    fn add_sync(&mut self, sync: &Sync) -> Result<(), M::Error> {
        self.add("number", &sync.n)?;
        let clock = sync.clock.filter(ClockSnapshot::is_known);
        self.add_some("clock", clock.map(Snapshot::from).as_ref())
    }

    fn add_range(&mut self, range: &Range) -> Result<(), M::Error> {
        self.add("name", range.kind.as_str())?;
        match range.kind {
            RangeKind::StopTheWorld(reason) => self.add_text("reason", reason),
            RangeKind::Mark | RangeKind::Sweep | RangeKind::MarkAssist => Ok(()),
        }
    }

    fn add_swept(&mut self, swept: &Swept) -> Result<(), M::Error> {
        self.add("swept_bytes", &swept.swept)?;
        self.add("reclaimed_bytes", &swept.reclaimed)
    }

    fn add_task(&mut self, task: &Task) -> Result<(), M::Error> {
        self.add("task", &task.id.0)?;
        self.add_id("parent_task", task.parent.0)?;
        self.add_text("type", task.name)
    }

    fn add_region(&mut self, region: &Region) -> Result<(), M::Error> {
        self.add_id("task", region.task.0)?;
        self.add_text("type", region.name)
    }

    fn add_log(&mut self, log: &Log) -> Result<(), M::Error> {
        self.add_id("task", log.task.0)?;
        self.add_text("category", log.category)?;
        self.add_text("message", log.message)
    }

    fn add_transition(&mut self, transition: &GoTransition) -> Result<(), M::Error> {
        self.add("from", transition.from.as_str())?;
        self.add("to", transition.to.as_str())?;
        self.add_text("reason", transition.reason)
    }

    fn add_experimental(&mut self, event: &Experimental) -> Result<(), M::Error> {
        let Some(spec) = Table::of(FormatVersion::NEWEST).get(event.event) else { return Ok(()) };
        self.add("name", spec.name)?;
        self.add("args", &Arguments { event, names: spec.args })
    }
}
