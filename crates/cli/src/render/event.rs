//! Events as lines.

use std::{fmt, io::Write};

use anyhow::{Context, Result};
use goscope_trace::{ErrorKind, Reader, WallTime, text};
use jiff::Timestamp;

use crate::{args::input::Input, status::Status};

/// Prints the events of a trace as Go does, to the end or to the first damage.
pub fn print_go_events(input: &Input, mut out: impl Write) -> Result<Status> {
    let mut reader = Reader::new(input.open()?.reader).map_err(no_trace).with_context(|| input.name())?;
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
    Ok(Status::Fine)
}

/// Where the file is no trace, only that matters.
pub fn no_trace(error: goscope_trace::Error) -> anyhow::Error {
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
