//! Events as lines.

use std::{
    fmt,
    io::{Read, Write},
};

use anyhow::{Context, Result};
use goscope_trace::{ErrorKind, Options, Reader, WallTime, text, v1_text::V1Events};
use jiff::Timestamp;

use crate::{
    args::{binary::Binary, input::Input},
    status::Status,
};

/// Opens a trace to read its events in order, on behind damage unless it is to be strict.
pub fn open(input: &Input, strict: bool) -> Result<Reader<Box<dyn Read>>> {
    let wire = goscope_wire::Options { assume: input.assume_version, ..Default::default() };
    let options = Options { salvage: !strict, wire };
    Reader::with_options(input.open()?.reader, options).map_err(no_trace).with_context(|| input.name())
}

/// Prints the events of a trace as Go does.
pub fn print_go_events(input: &Input, strict: bool, binary: &Binary, mut out: impl Write) -> Result<Status> {
    let mut reader = binary.attach(open(input, strict)?)?;
    let mut line = String::new();
    loop {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) => {
                out.flush()?;
                anstream::eprintln!("{}: {error}", input.name());
                return Ok(Status::Findings);
            }
        };
        line.clear();
        text::go_event(&event, reader.tables(), write_wall, &mut line)?;
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    binary.report(reader.tables());
    for diagnostic in reader.diagnostics() {
        anstream::eprintln!("{}: {diagnostic}", input.name());
    }
    Ok(if reader.diagnostics().is_empty() { Status::Fine } else { Status::Findings })
}

/// Prints the events of a trace before 1.22 as the parser of Go 1.21 has them.
pub fn print_go_v1(input: &Input, mut out: impl Write) -> Result<Status> {
    let events = V1Events::read(input.open()?.reader).map_err(no_trace).with_context(|| input.name())?;
    let mut line = String::new();
    for event in 0..events.len() {
        line.clear();
        events.write(event, &mut line)?;
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    Ok(Status::Fine)
}

/// Where the file is no trace, only that matters.
fn no_trace(error: goscope_trace::Error) -> anyhow::Error {
    match error.into_kind() {
        ErrorKind::Wire(error) => error.into(),
        kind => anyhow::anyhow!("{kind}"),
    }
}

/// As in RFC 3339, in UTC.
fn write_wall(wall: WallTime, out: &mut String) -> fmt::Result {
    let nanoseconds = i32::try_from(wall.nanoseconds).unwrap_or_default();
    match Timestamp::new(wall.seconds, nanoseconds) {
        Ok(time) => fmt::Write::write_fmt(out, format_args!("{time}")),
        Err(_) => fmt::Write::write_fmt(out, format_args!("{} s {nanoseconds} ns", wall.seconds)),
    }
}
