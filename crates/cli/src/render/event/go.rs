//! Events as Go prints them.

use std::io::Write;

use anyhow::{Context, Result};
use goscope_trace::{
    Clock, Event, Tables,
    text::{self, GoBytes},
    v1_text::V1Events,
};

use super::{Form, no_trace, wall};
use crate::{args::input::Input, status::Status};

/// Writes events as `go tool trace -d=parsed` does.
#[derive(Default)]
pub struct GoEvents {
    line: GoBytes,
}

impl Form for GoEvents {
    fn write(&mut self, event: &Event, tables: &Tables, _clock: &Clock, out: &mut impl Write) -> Result<()> {
        self.line.0.clear();
        text::go_event(event, tables, wall::write_short, &mut self.line)?;
        self.line.0.push(b'\n');
        Ok(out.write_all(&self.line.0)?)
    }
}

/// Prints the events of a trace before 1.22 as the parser of Go 1.21 has them.
pub fn print_v1(input: &Input, mut out: impl Write) -> Result<Status> {
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
