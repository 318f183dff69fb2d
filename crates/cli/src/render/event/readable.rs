//! Our readable form of events: a line each, in columns, for people and for grep.
//!
//! ```text
//!    +0.000073344s  M10708    P0    G1      GoTransition    G8 NotExist->Runnable by G1, starts main.f (main.go:44) at main.g (main.go:43)
//! ```
//!
//! Threads, procs and goroutines are M, P and G with their numbers wherever they stand, so that one word finds all
//! that is said of one of them.

use std::{
    fmt::{self, Write as _},
    io::Write,
};

use anstyle::Style;
use anyhow::Result;
use goscope_trace::{Clock, Event, Frame, StackId, Tables};

use super::{
    Clocks, Form, Palette,
    phrases::Phrases,
    stack::{Paths, StackTexts, write_frame, write_top},
    symbols::{Symbol, Symbols},
    words,
};

/// Writes events in our readable form.
pub struct Readable {
    clocks: Clocks,
    whole_stacks: bool,
    palette: Palette,
    phrases: Phrases,
    line: String,
    stacks: StackTexts,
}

impl Readable {
    pub fn new(clocks: Clocks, whole_stacks: bool, palette: Palette) -> Self {
        let (phrases, line, stacks) = (Phrases::new(palette), String::new(), StackTexts::default());
        Self { clocks, whole_stacks, palette, phrases, line, stacks }
    }

    /// An event, without the end of its line.
    pub fn line(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Result<&str, fmt::Error> {
        let Self { clocks, whole_stacks, palette, phrases, line, stacks } = self;
        line.clear();
        styled(palette.faint(), line, |line| clocks.write(event.time, clock, line))?;
        phrases.write_columns(event, line);
        words::write(event, tables, phrases, line)?;
        stacks.append(event.stack, line, |line| {
            write_stack(event.stack, *whole_stacks, tables, *palette, line)
        })?;
        Ok(line)
    }
}

impl Form for Readable {
    fn needs_snapshot(&self) -> bool {
        self.clocks.needs_snapshot()
    }

    fn write(&mut self, event: &Event, tables: &Tables, clock: &Clock, out: &mut impl Write) -> Result<()> {
        self.line(event, tables, clock)?;
        self.line.push('\n');
        Ok(out.write_all(self.line.as_bytes())?)
    }
}

/// Writes where it happened: all frames on lines of their own, or the one that tells most.
#[inline]
pub fn write_stack(
    id: StackId,
    is_whole: bool,
    symbols: &impl Symbols,
    palette: Palette,
    line: &mut String,
) -> fmt::Result {
    match symbols.stack(id) {
        Symbol::Known([]) => Ok(()),
        Symbol::Known(frames) if is_whole => write_frames(frames, symbols, palette, line),
        _ => {
            line.push(' ');
            styled(palette.faint(), line, |line| write_top("at ", id, symbols, line))
        }
    }
}

/// Writes all frames on lines of their own.
pub fn write_frames(
    frames: &[Frame],
    symbols: &impl Symbols,
    palette: Palette,
    line: &mut String,
) -> fmt::Result {
    for frame in frames {
        line.push_str("\n        ");
        styled(palette.faint(), line, |line| write_frame(frame, Paths::Whole, symbols, line))?;
    }
    Ok(())
}

/// Writes something in a style.
#[inline]
pub fn styled(
    style: Style,
    line: &mut String,
    write: impl FnOnce(&mut String) -> fmt::Result,
) -> fmt::Result {
    if style.is_plain() {
        return write(line);
    }
    write!(line, "{style}")?;
    write(line)?;
    write!(line, "{style:#}")
}
