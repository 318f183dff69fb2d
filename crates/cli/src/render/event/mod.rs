//! Events as lines: in our readable form, as JSON, as Go prints them.
//!
//! A [`Form`] writes one event. [`show_events`] is the one loop that reads a trace in order, chooses events and gives them
//! to a [`Show`]: a [`Printer`], which writes all of them in a form, or one that chooses further.
//! Events as they arrive have a loop and forms of their own: [`stream`].

mod digits;
pub mod go;
pub mod json;
mod palette;
mod phrases;
pub mod readable;
mod stack;
mod stamp;
pub mod stream;
mod symbols;
pub mod wall;
mod words;

use std::{
    io::{Read, Write},
    ops::ControlFlow,
};

use anyhow::{Context, Result, anyhow, bail};
use goscope_trace::{Clock, ErrorKind, Event, Filter, Options, Reader, Tables, Verdict};
use goscope_wire::FormatVersion;

pub use self::{
    palette::Palette,
    stack::{is_runtime, is_waiting, write_place, write_text},
    stamp::Clocks,
};
use crate::{
    args::{input::Input, threads::Threads},
    damage,
    status::Status,
};

/// A form of events.
pub trait Form {
    /// Whether it tells what the clocks of the system showed.
    fn needs_snapshot(&self) -> bool {
        false
    }

    /// Writes an event, with the end of its line.
    fn write(&mut self, event: &Event, tables: &Tables, clock: &Clock, out: &mut impl Write) -> Result<()>;
}

/// Something that events are shown to.
pub trait Show {
    /// Whether it tells what the clocks of the system showed.
    fn needs_snapshot(&self) -> bool {
        false
    }

    /// The next event. A break says that no later one is wanted.
    fn event(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Result<ControlFlow<()>>;

    /// That was all.
    fn flush(&mut self) -> Result<()>;
}

/// Writes every event in a form.
pub struct Printer<F, W> {
    pub form: F,
    pub out: W,
}

impl<F: Form, W: Write> Show for Printer<F, W> {
    fn needs_snapshot(&self) -> bool {
        self.form.needs_snapshot()
    }

    fn event(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Result<ControlFlow<()>> {
        self.form.write(event, tables, clock, &mut self.out)?;
        Ok(ControlFlow::Continue(()))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

/// Opens a trace to read its events in order, on behind damage unless it is to be strict.
pub fn open(input: &Input, strict: bool, threads: Threads) -> Result<Reader<Box<dyn Read + Send>>> {
    let wire = goscope_wire::Options { assume: input.assume_version, ..Default::default() };
    let options = Options { salvage: !strict, threads: threads.count(), wire };
    Reader::ahead(input.open()?.reader, options).map_err(no_trace).with_context(|| input.name())
}

/// Shows the events that a filter keeps, and tells standard error of damage. `name` is that of the trace.
pub fn show_events(
    reader: &mut Reader<impl Read>,
    name: &str,
    mut filter: Filter,
    show: &mut impl Show,
) -> Result<Status> {
    let ended = show_all(reader, &mut filter, show);
    show.flush()?;
    let damage = ended.with_context(|| name.to_owned())?.err();
    Ok(damage::tell_end(name, reader.diagnostics(), damage.as_ref()))
}

/// Shows events up to the end, or the damage behind which there is nothing. An error of another kind means that
/// there is no result.
fn show_all(
    reader: &mut Reader<impl Read>,
    filter: &mut Filter,
    show: &mut impl Show,
) -> Result<goscope_trace::Result<()>> {
    let needs_snapshot = filter.needs_wall() || show.needs_snapshot();
    let mut clock = Clock::default();
    loop {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        clock.observe(&event);
        if needs_snapshot && clock.wall(event.time).is_none() {
            bail!(no_snapshot(reader.version()));
        }
        let step = match filter.judge(&event, reader.tables(), &clock) {
            Verdict::Keep => show.event(&event, reader.tables(), &clock)?,
            Verdict::Drop => ControlFlow::Continue(()),
            Verdict::Stop => ControlFlow::Break(()),
        };
        if step.is_break() {
            return Ok(Ok(()));
        }
    }
}

/// Why wall times are of no use.
pub fn no_snapshot(version: FormatVersion) -> String {
    if version < FormatVersion::V1_25 {
        return format!(
            "the trace does not tell the wall or the monotonic clock: traces do since Go 1.25, and this one is \
             of format {version}; durations since the start and --clock start or trace work for all"
        );
    }
    "the trace has lost what the wall and the monotonic clock showed at its start; durations since the start \
     and --clock start or trace work all the same"
        .into()
}

/// Where the file is no trace, only that matters.
fn no_trace(error: goscope_trace::Error) -> anyhow::Error {
    no_result(error.into_kind())
}

/// Why there is nothing to show of a source.
pub fn no_result(error: ErrorKind) -> anyhow::Error {
    match error {
        ErrorKind::Wire(error) => match error.kind() {
            // What the source says has no place in the trace, and is said once.
            goscope_wire::ErrorKind::Io(error) => anyhow!("{error}"),
            _ => error.into(),
        },
        ErrorKind::Unsupported(version) => {
            anyhow!("--as go-v1 is for traces before 1.22: use --as go-events for this one ({version})")
        }
        kind => anyhow!("{kind}"),
    }
}
