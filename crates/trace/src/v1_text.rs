//! Traces of family v1 as the text of their own events: what Go 1.21, the last release with a reader of its
//! own for them, finds in them. A line an event, with the time in nanoseconds since the first one.
//!
//! ```text
//! 1280 GoUnblock p=0 g=1 g=18 seq=2 stack=7
//! ```
//!
//! The events are sorted and checked, but not converted: see [`crate::Reader`] for that. Events of the same
//! time come by their procs. Procs from 1000001 on are none: timers, the network poller, returns from system
//! calls, garbage collections, samples of the CPU profiler. Futile wakeups are left out.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go`.

use std::{
    fmt::{self, Write},
    io::Read,
};

use goscope_wire::{EventId, Family, FormatVersion, Table, text::quote};

use crate::{
    error::{Error, ErrorKind, Place, Result},
    tables::{StringId, Tables},
    upgrade::{self, Loaded, V1Event, kind},
};

/// Why the world is stopped, by the number in a file of Go 1.21.
const STOP_REASONS: [&str; 17] = [
    "unknown",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutines stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
];

/// Before 1.21.
const OLD_STOP_REASONS: [&str; 2] = ["mark termination", "sweep termination"];

/// The events of a trace of family v1, in order. All of them are in memory.
///
/// ```
/// use goscope_trace::v1_text::V1Events;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
/// let events = V1Events::read(file)?;
/// let mut text = String::new();
/// for event in 0..events.len() {
///     events.write(event, &mut text).expect("strings take everything");
///     text.push('\n');
/// }
/// assert!(text.contains(" ProcStart p="));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct V1Events {
    loaded: Loaded,
    events: Vec<V1Event>,
    tables: Tables,
}

impl V1Events {
    /// Reads a trace to its end.
    ///
    /// # Errors
    ///
    /// When the source fails, is no trace of family v1, is damaged, or breaks a rule of the scheduler.
    ///
    /// ```
    /// use goscope_trace::{ErrorKind, v1_text::V1Events};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let error = V1Events::read(file).expect_err("Go 1.27 writes family v2");
    /// assert!(matches!(error.kind(), ErrorKind::Unsupported(_)));
    /// ```
    pub fn read<R: Read>(source: R) -> Result<Self> {
        Self::read_unplaced(source).map_err(|kind| Error::new(kind, Place::default()))
    }

    fn read_unplaced<R: Read>(source: R) -> std::result::Result<Self, ErrorKind> {
        let mut source = goscope_wire::Reader::new(source)?;
        let version = source.header().version();
        if version.family() != Family::V1 {
            return Err(ErrorKind::Unsupported(version));
        }
        let mut tables = Tables::default();
        let (loaded, mut events) = upgrade::read_as_go121(&mut source, &mut tables)?;
        if events.is_empty() {
            return Err(ErrorKind::Empty);
        }
        sort_by_proc(&mut events, &loaded.procs);
        Ok(Self { loaded, events, tables })
    }

    /// The version of the trace, as its header says.
    ///
    /// ```
    /// use goscope_trace::v1_text::V1Events;
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
    /// let events = V1Events::read(file)?;
    /// assert_eq!(events.version().to_string(), "1.21");
    /// assert!(!events.is_empty()); // a trace without events is an error
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.loaded.version
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none: never, because a trace without events is an error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Writes the event at a place in the order, from 0, without the newline behind it; nothing, if there are not so
    /// many events.
    ///
    /// # Errors
    ///
    /// When `out` fails.
    pub fn write(&self, place: usize, out: &mut impl Write) -> fmt::Result {
        let Some(event) = self.events.get(place) else { return Ok(()) };
        let Some(spec) = Table::of(FormatVersion::V1_21).get(EventId(event.kind)) else { return Ok(()) };
        let proc = self.loaded.procs[event.proc as usize];
        write!(out, "{} {} p={proc} g={}", event.time, spec.name, self.goroutine(event))?;
        let mut args = spec.args[1..].iter().map(|arg| arg.name).peekable();
        for value in event.args {
            if let Some(name) = args.next_if(|name| *name != "stack") {
                // Its stack where it starts. A stack of its own has no name in Go's table.
                let name = if name == "new_stack" { "stack" } else { name };
                let value = self.value(event, name, value);
                write!(out, " {name}={value}")?;
            }
        }
        self.write_strings(event, out)?;
        if args.next().is_some() { write!(out, " stack={}", event.stack) } else { Ok(()) }
    }

    /// The goroutine. What stops all of them is of none.
    fn goroutine(&self, event: &V1Event) -> u64 {
        match event.kind {
            kind::GC_START..=kind::STW_DONE => 0,
            _ => self.loaded.goroutines.id(event.g),
        }
    }

    /// The argument as the file has it.
    fn value(&self, event: &V1Event, name: &str, value: u64) -> u64 {
        if name == "g" && event.kind != kind::SAMPLE {
            self.loaded.goroutines.id(value as u32)
        } else {
            value
        }
    }

    /// Writes the strings that arguments stand for.
    fn write_strings(&self, event: &V1Event, out: &mut impl Write) -> fmt::Result {
        let [_, second, third] = event.args;
        match event.kind {
            kind::STW_START => write_string("kind", self.stop_reason(event.args[0]).as_bytes(), out),
            kind::GO_START_LABEL => write_string("label", self.string(third), out),
            kind::TASK_CREATE | kind::REGION => write_string("name", self.string(third), out),
            kind::LOG => {
                write_string("category", self.string(second), out)?;
                write_string("message", self.tables.string(StringId(third as u32)), out)
            }
            _ => Ok(()),
        }
    }

    fn string(&self, number: u64) -> &[u8] {
        self.tables.string(self.loaded.strings.get(number).unwrap_or(StringId::EMPTY))
    }

    fn stop_reason(&self, number: u64) -> &'static str {
        let is_old = self.version() < FormatVersion::V1_21;
        let reasons = if is_old { &OLD_STOP_REASONS[..] } else { &STOP_REASONS };
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        reasons.get(place).copied().unwrap_or("unknown")
    }
}

/// Where times are equal the order of procs is chance, and so they come by their ids.
fn sort_by_proc(events: &mut [V1Event], procs: &[i64]) {
    for same in events.chunk_by_mut(|a, b| a.time == b.time) {
        if same.len() > 1 {
            same.sort_by_key(|event| procs[event.proc as usize]);
        }
    }
}

fn write_string(name: &str, text: &[u8], out: &mut impl Write) -> fmt::Result {
    write!(out, " {name}=")?;
    quote(text, out)
}
