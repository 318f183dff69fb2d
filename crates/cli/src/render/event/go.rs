//! Events as Go prints them.

use std::io::Write;

use anyhow::{Context, Result};
use goscope_trace::{Clock, Event, Tables, text, v1_text::V1Events};

use super::{Show, no_trace, wall};
use crate::{args::input::Input, status::Status};

/// Shows events as `go tool trace -d=parsed` does.
pub struct GoEvents<W> {
    out: W,
    line: String,
}

impl<W: Write> GoEvents<W> {
    pub fn new(out: W) -> Self {
        Self { out, line: String::new() }
    }
}

impl<W: Write> Show for GoEvents<W> {
    fn event(&mut self, event: &Event, tables: &Tables, _clock: &Clock) -> Result<()> {
        self.line.clear();
        text::go_event(event, tables, wall::write_short, &mut self.line)?;
        self.line.push('\n');
        Ok(self.out.write_all(self.line.as_bytes())?)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
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
