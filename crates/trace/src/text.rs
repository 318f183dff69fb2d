//! Events as the text that Go 1.27's `go tool trace -d=parsed` prints, byte for byte.
//!
//! Source: `Event.String` of Go 1.27.3 `internal/trace/event.go`.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

pub use goscope_wire::text::{Escaped, is_visible};
use goscope_wire::{FormatVersion, Table, text::quote};

use crate::{
    event::{Event, EventKind, Experimental, GoState, GoTransition, Range, RangeKind, Scope, Swept, Sync},
    tables::{StackId, StringId, Tables},
};

/// Takes the text that Go prints.
///
/// ```
/// use goscope_trace::text::GoText;
///
/// let mut text = String::new();
/// text.write_bytes(b"main.\xff").expect("strings take everything");
/// assert_eq!(text, "main.\u{fffd}");
/// ```
pub trait GoText: Write {
    /// Takes bytes as they are.
    ///
    /// # Errors
    ///
    /// When the text can't be written.
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result;
}

/// Replaces bytes that are no UTF-8, so that names that differ in them only look alike.
impl GoText for String {
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.write_str(&String::from_utf8_lossy(bytes))
    }
}

/// The text that Go prints, byte for byte.
///
/// ```
/// use goscope_trace::text::{GoBytes, GoText};
///
/// let mut out = GoBytes::default();
/// out.write_bytes(b"main.\xff").expect("it takes everything");
/// assert_eq!(out.0, b"main.\xff");
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct GoBytes(pub Vec<u8>);

impl Write for GoBytes {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes())
    }
}

impl GoText for GoBytes {
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Text for people: bytes that are no UTF-8 stand as `\xff`, so that names that differ in them only stay apart.
///
/// ```
/// use goscope_trace::text::escape_invalid;
///
/// assert_eq!(escape_invalid("größe".as_bytes()), "größe");
/// assert_eq!(escape_invalid(b"a\xff\xfeb"), r"a\xff\xfeb");
/// ```
#[must_use]
pub fn escape_invalid(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return text.into();
    }
    let mut escaped = String::new();
    for chunk in text.utf8_chunks() {
        escaped.push_str(chunk.valid());
        escaped.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    escaped.into()
}

/// Writes an event as Go prints it, without the newline behind it.
///
/// `wall` writes a wall time as in RFC 3339 with nanoseconds; which zone it is in is the caller's business.
///
/// # Errors
///
/// When `out` fails.
///
/// ```
/// use goscope_trace::{Reader, text::go_event};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut text) = (Reader::new(file)?, String::new());
/// while let Some(event) = reader.next_event()? {
///     let wall = |wall: goscope_trace::WallTime, out: &mut String| {
///         std::fmt::Write::write_fmt(out, format_args!("{}.{:09}s", wall.seconds, wall.nanoseconds))
///     };
///     go_event(&event, reader.tables(), wall, &mut text).expect("strings take everything");
///     text.push('\n');
/// }
/// assert!(text.starts_with("M=-1 P=-1 G=-1 Sync Time=") && text.contains(" Reason=\"chan receive\"\n"));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
///
/// Go prints names of functions and files as they are, even where they are no UTF-8: [`GoBytes`] takes those bytes.
pub fn go_event<W: GoText>(
    event: &Event,
    tables: &Tables,
    wall: impl Fn(crate::event::WallTime, &mut W) -> fmt::Result,
    out: &mut W,
) -> fmt::Result {
    let Event { time, thread, proc, goroutine, stack, kind } = event;
    write!(out, "M={thread} P={proc} G={goroutine} {} Time={time}", name(kind))?;
    match kind {
        EventKind::Sync(sync) => write_sync(sync, wall, out)?,
        EventKind::Metric(metric) => {
            write!(out, " Name=\"{}\" Value=Value{{Uint64({})}}", metric.name.as_str(), metric.value)?;
        }
        EventKind::Label(label) => {
            write_quoted(" Label=", label.label, tables, out)?;
            write!(out, " Resource=Goroutine({})", label.goroutine)?;
        }
        EventKind::StackSample => {}
        EventKind::RangeBegin(range) | EventKind::RangeActive(range) => write_range(range, tables, out)?,
        EventKind::RangeEnd(range, swept) => {
            write_range(range, tables, out)?;
            write_attributes(swept.as_ref(), out)?;
        }
        EventKind::TaskBegin(task) | EventKind::TaskEnd(task) => {
            write!(out, " ID={} Parent={}", task.id, task.parent)?;
            write_quoted(" Type=", task.name, tables, out)?;
        }
        EventKind::RegionBegin(region) | EventKind::RegionEnd(region) => {
            write!(out, " Task={}", region.task)?;
            write_quoted(" Type=", region.name, tables, out)?;
        }
        EventKind::Log(log) => {
            write!(out, " Task={}", log.task)?;
            write_quoted(" Category=", log.category, tables, out)?;
            write_quoted(" Message=", log.message, tables, out)?;
        }
        EventKind::GoTransition(transition) => write_transition(transition, tables, out)?,
        EventKind::ProcTransition(proc) => {
            write!(out, " ProcID={} {}->{} Reason=\"\"", proc.proc, proc.from.as_str(), proc.to.as_str())?;
        }
        EventKind::Experimental(event) => write_experimental(event, out)?,
    }
    // Of a sample Go prints the stack even if there is none.
    let is_sample = matches!(kind, EventKind::StackSample);
    if *stack == StackId::NONE && !is_sample {
        Ok(())
    } else {
        write_stack("\nStack=\n", *stack, tables, out)
    }
}

/// Go has one name for transitions of all kinds of things.
fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::GoTransition(_) | EventKind::ProcTransition(_) => "StateTransition",
        _ => kind.kind().as_str(),
    }
}

fn write_sync<W: Write>(
    sync: &Sync,
    wall: impl Fn(crate::event::WallTime, &mut W) -> fmt::Result,
    out: &mut W,
) -> fmt::Result {
    write!(out, " N={}", sync.n)?;
    let Some(clock) = sync.clock else { return Ok(()) };
    write!(out, " Trace={} Mono={} Wall=", clock.trace, clock.mono)?;
    wall(clock.wall, out)
}

fn write_quoted(before: &str, string: StringId, tables: &Tables, out: &mut impl Write) -> fmt::Result {
    out.write_str(before)?;
    quote(tables.string(string), out)
}

fn write_range(range: &Range, tables: &Tables, out: &mut impl Write) -> fmt::Result {
    let name = range.kind.as_str();
    match range.kind {
        RangeKind::StopTheWorld(reason) => {
            let name = [name.as_bytes(), b" (", tables.string(reason), b")"].concat();
            out.write_str(" Name=")?;
            quote(&name, out)?;
        }
        RangeKind::Mark | RangeKind::Sweep | RangeKind::MarkAssist => write!(out, " Name=\"{name}\"")?,
    }
    match range.scope {
        Scope::Global => out.write_str(" Scope=None"),
        Scope::Goroutine(id) => write!(out, " Scope=Goroutine({id})"),
        Scope::Proc(id) => write!(out, " Scope=Proc({id})"),
    }
}

fn write_attributes(swept: Option<&Swept>, out: &mut impl Write) -> fmt::Result {
    match swept {
        None => out.write_str(" Attributes=[]"),
        Some(Swept { swept, reclaimed }) => write!(
            out,
            " Attributes=[\"bytes swept\"=Value{{Uint64({swept})}} \"bytes reclaimed\"=Value{{Uint64({reclaimed})}}]"
        ),
    }
}

fn write_transition(transition: &GoTransition, tables: &Tables, out: &mut impl GoText) -> fmt::Result {
    let GoTransition { goroutine, from, to, reason, stack } = *transition;
    write!(out, " GoID={goroutine} {}->{}", from.as_str(), to.as_str())?;
    write_quoted(" Reason=", reason, tables, out)?;
    // Of a goroutine that is created Go prints the stack even if there is none.
    let is_created = from == GoState::NotExist && matches!(to, GoState::Runnable | GoState::Waiting);
    if stack != StackId::NONE || is_created {
        write_stack("\nTransitionStack=\n", stack, tables, out)?;
    }
    Ok(())
}

fn write_stack(title: &str, stack: StackId, tables: &Tables, out: &mut impl GoText) -> fmt::Result {
    out.write_str(title)?;
    for frame in tables.stack(stack) {
        out.write_char('\t')?;
        out.write_bytes(tables.string(frame.func))?;
        write!(out, " @ 0x{:x}\n\t\t", frame.pc)?;
        out.write_bytes(tables.string(frame.file))?;
        writeln!(out, ":{}", frame.line)?;
    }
    Ok(())
}

fn write_experimental(event: &Experimental, out: &mut impl Write) -> fmt::Result {
    let Some(spec) = Table::of(FormatVersion::NEWEST).get(event.event) else { return Ok(()) };
    write!(out, " Name={} Args=[", spec.name)?;
    for (place, (arg, value)) in spec.args.iter().skip(1).zip(event.args).enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(out, "{comma}{}=Value{{Uint64({value})}}", arg.name)?;
    }
    out.write_str("]")
}
