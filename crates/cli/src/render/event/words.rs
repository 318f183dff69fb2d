//! What happened, in words: the last column of our readable form.

use std::fmt::{self, Write};

use goscope_trace::{
    ClockSnapshot, Event, EventKind, Experimental, GoId, GoState, GoTransition, Log, ProcTransition, Range,
    RangeKind, Region, Scope, StackId, StringId, Swept, Sync, Task, TaskId,
};
use goscope_wire::{FormatVersion, Table};

use super::{
    digits,
    phrases::Phrases,
    stack::{write_quoted, write_text, write_top, write_untold},
    symbols::{Symbol, Symbols},
    wall,
};

/// Writes what happened; nothing, if the kind of the event says it all.
#[inline]
pub fn write<Time>(
    event: &Event<Time>,
    symbols: &impl Symbols,
    phrases: &Phrases,
    out: &mut String,
) -> fmt::Result {
    match &event.kind {
        EventKind::Sync(sync) => write_sync(sync, out),
        EventKind::Metric(metric) => {
            out.push_str(metric.name.as_str());
            digits::push_behind(" ", metric.value, out);
            Ok(())
        }
        EventKind::Label(label) => {
            write!(out, "G{} ", label.goroutine)?;
            write_string(label.label, symbols, out)
        }
        EventKind::StackSample => Ok(()),
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) => write_range(range, symbols, out),
        EventKind::RangeEnd(range, swept) => {
            write_range(range, symbols, out)?;
            swept.as_ref().map_or(Ok(()), |swept| write_swept(swept, out))
        }
        EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => write_task(task, symbols, out),
        EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => write_region(region, symbols, out),
        EventKind::Log(log) => write_log(log, symbols, out),
        EventKind::GoTransition(transition) => {
            digits::push_behind("G", transition.goroutine.0.cast_signed(), out);
            phrases.write_step(transition, out);
            write_cause(transition, event.goroutine, symbols, out)
        }
        EventKind::ProcTransition(ProcTransition { proc, from, to }) => {
            digits::push_behind("P", proc.0.cast_signed(), out);
            [" ", from.as_str(), "->", to.as_str()].into_iter().for_each(|word| out.push_str(word));
            Ok(())
        }
        EventKind::Experimental(event) => write_experimental(event, out),
    }
}

/// Writes a string in quotes.
#[inline]
fn write_string(id: StringId, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    match symbols.string(id) {
        Symbol::Known(text) => write_quoted(text, out),
        Symbol::Untold(number) => {
            write_untold("string", number, out);
            Ok(())
        }
    }
}

fn write_sync(sync: &Sync, out: &mut String) -> fmt::Result {
    write!(out, "{}", sync.n)?;
    let known = sync.clock.filter(ClockSnapshot::is_known);
    let Some(ClockSnapshot { trace, mono, wall }) = known else { return Ok(()) };
    out.push_str(" wall=");
    wall::write_long(wall, out)?;
    write!(out, " mono={mono} trace={trace}")
}

fn write_range(range: &Range, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    out.push_str(range.kind.as_str());
    if let RangeKind::StopTheWorld(reason) = range.kind {
        out.push_str(" (");
        match symbols.string(reason) {
            Symbol::Known(reason) => write_text(reason, out)?,
            Symbol::Untold(number) => write_untold("string", number, out),
        }
        out.push(')');
    }
    match range.scope {
        Scope::Global => Ok(()),
        Scope::Goroutine(id) => write!(out, " of G{id}"),
        Scope::Proc(id) => write!(out, " of P{id}"),
    }
}

fn write_swept(Swept { swept, reclaimed }: &Swept, out: &mut String) -> fmt::Result {
    write!(out, ", {swept} bytes swept, {reclaimed} bytes reclaimed")
}

fn write_task(task: &Task, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    write!(out, "task {} ", task.id)?;
    write_string(task.name, symbols, out)?;
    if task.parent == TaskId::NONE { Ok(()) } else { write!(out, " of task {}", task.parent) }
}

fn write_region(region: &Region, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    write_string(region.name, symbols, out)?;
    write_of_task(region.task, out)
}

fn write_log(log: &Log, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    if log.category != StringId::EMPTY {
        write_string(log.category, symbols, out)?;
        out.push_str(": ");
    }
    write_string(log.message, symbols, out)?;
    write_of_task(log.task, out)
}

/// What is of the background task is of none that anybody made.
fn write_of_task(task: TaskId, out: &mut String) -> fmt::Result {
    if matches!(task, TaskId::BACKGROUND | TaskId::NONE) { Ok(()) } else { write!(out, " of task {task}") }
}

/// Writes why a goroutine has its new state: the reason, who did it, and of a new one what it is to do.
#[inline]
fn write_cause(transition: &GoTransition, by: GoId, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    if transition.reason != StringId::EMPTY {
        out.push(' ');
        write_string(transition.reason, symbols, out)?;
    }
    // A state that is only told nobody brought about.
    let is_told = transition.from == GoState::Undetermined || transition.from == transition.to;
    if by.is_some() && by != transition.goroutine && !is_told {
        digits::push_behind(" by G", by.0.cast_signed(), out);
    }
    if transition.from == GoState::NotExist { write_start(transition.stack, symbols, out) } else { Ok(()) }
}

/// Writes where a new goroutine starts.
fn write_start(stack: StackId, symbols: &impl Symbols, out: &mut String) -> fmt::Result {
    write_top(", starts ", stack, symbols, out)
}

fn write_experimental(event: &Experimental, out: &mut String) -> fmt::Result {
    let Some(spec) = Table::of(FormatVersion::NEWEST).get(event.event) else { return Ok(()) };
    out.push_str(spec.name);
    let args = spec.args.iter().skip(1).zip(event.args);
    args.map(|(arg, value)| (arg.name, value)).try_for_each(|(name, value)| write!(out, " {name}={value}"))
}
