//! Our readable form of a stream: the lines of events as in order, but for times and for what is not known yet.
//!
//! ```text
//!      +1146 ticks  M10708    P0    G1      GoTransition    G8 NotExist->Runnable by G1, starts stack 3? at stack 4?
//! -- stack 3: main.f (main.go:44)
//! -- a tick is 64 ns
//!  ~+1.000073344s  M10708    P0    G8      RegionBegin     string 7? at stack 9?
//! ```

use std::{
    fmt::{self, Write as _},
    io::Write,
};

use anyhow::Result;
use goscope_trace::{StreamEvent, StreamItem, StreamTime, TickLength};

use super::{
    ShowStream,
    start::{Elapsed, Start},
    untold::{StreamSymbols, Told},
};
use crate::render::event::{
    Palette, digits,
    phrases::Phrases,
    readable::{styled, write_frames, write_stack},
    stack::{write_quoted, write_top},
    symbols::Symbols,
    words,
};

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The bytes that are written at once.
const AT_ONCE: usize = 64 << 10;

/// Shows a stream in our readable form.
pub struct StreamLines<W> {
    out: W,
    whole_stacks: bool,
    palette: Palette,
    phrases: Phrases,
    /// What is to be written next.
    lines: String,
    second: Second,
    /// The length of a tick that was shown last.
    length: Option<TickLength>,
}

impl<W: Write> StreamLines<W> {
    pub fn new(out: W, whole_stacks: bool, palette: Palette) -> Self {
        let phrases = Phrases::new(palette);
        let (lines, second) = (String::new(), Second::default());
        Self { out, whole_stacks, palette, phrases, lines, second, length: None }
    }

    fn write_told(&mut self, told: Told, symbols: &StreamSymbols<'_>) -> fmt::Result {
        let Self { lines: line, palette, whole_stacks, .. } = self;
        styled(palette.faint(), line, |line| match told {
            Told::String(id, number) => {
                write!(line, "-- string {number}: ")?;
                write_quoted(symbols.name(id), line)
            }
            Told::Stack(id, number) => {
                write!(line, "-- stack {number}:")?;
                if *whole_stacks { Ok(()) } else { write_top(" ", id, symbols, line) }
            }
        })?;
        match told {
            Told::Stack(id, _) if *whole_stacks => {
                write_frames(symbols.tables.stack(id).unwrap_or_default(), symbols, *palette, line)
            }
            _ => Ok(()),
        }
    }

    /// Prints a line, which `write` makes.
    #[inline]
    fn print(&mut self, write: impl FnOnce(&mut Self) -> fmt::Result) -> Result<()> {
        write(self)?;
        self.lines.push('\n');
        if self.lines.len() < AT_ONCE { Ok(()) } else { self.write_lines() }
    }

    fn write_lines(&mut self) -> Result<()> {
        let written = self.out.write_all(self.lines.as_bytes());
        self.lines.clear();
        Ok(written?)
    }
}

impl<W: Write> ShowStream for StreamLines<W> {
    fn event(&mut self, event: &StreamEvent, start: &Start, symbols: &StreamSymbols<'_>) -> Result<()> {
        self.print(|Self { lines: line, palette, phrases, whole_stacks, second, .. }| {
            styled(palette.faint(), line, |line| second.write_time(event.time, start, line))?;
            phrases.write_columns(event, line);
            words::write(event, symbols, phrases, line)?;
            write_stack(event.stack, *whole_stacks, symbols, *palette, line)
        })
    }

    fn told(&mut self, told: Told, symbols: &StreamSymbols<'_>) -> Result<()> {
        self.print(|lines| lines.write_told(told, symbols))
    }

    /// Only the length of a tick is worth a line, when it is another one than before.
    fn item(&mut self, item: &StreamItem, _start: &Start) -> Result<()> {
        match item {
            StreamItem::TickLength(length) if self.length.replace(*length) != Some(*length) => {
                let nanoseconds = length.in_nanoseconds();
                self.print(|Self { lines: line, palette, .. }| {
                    styled(palette.faint(), line, |line| write!(line, "-- a tick is {nanoseconds} ns"))
                })
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.write_lines()?;
        Ok(self.out.flush()?)
    }
}

/// Writes times. Most are in the same second as the one before.
#[derive(Default)]
struct Second {
    /// How many seconds, whether before the start, and whether that is an estimate.
    second: Option<(u64, bool, bool)>,
    text: String,
}

impl Second {
    /// Writes the time since the start in a column of 16: in seconds, with "~" before an estimate, or in ticks.
    #[inline]
    fn write_time(&mut self, time: StreamTime, start: &Start, out: &mut String) -> fmt::Result {
        let nanoseconds = match start.elapsed(time) {
            Elapsed::Ticks(ticks) => return write!(out, "{ticks:>+10} ticks"),
            Elapsed::Nanoseconds(nanoseconds) => nanoseconds,
        };
        let size = nanoseconds.unsigned_abs();
        let second = (size / SECOND, nanoseconds < 0, time.is_estimate);
        if self.second != Some(second) {
            (self.second, self.text) = (Some(second), seconds(second));
        }
        out.push_str(&self.text);
        digits::push_nine((size % SECOND) as u32, out);
        out.push('s');
        Ok(())
    }
}

/// What stands in front of the nanoseconds.
fn seconds((seconds, is_before, is_estimate): (u64, bool, bool)) -> String {
    let (sign, mark) = (if is_before { '-' } else { '+' }, if is_estimate { '~' } else { ' ' });
    let blanks = 2_usize.saturating_sub(seconds.checked_ilog10().unwrap_or(0) as usize);
    format!("{:blanks$}{mark}{sign}{seconds}.", "")
}

#[cfg(test)]
mod tests {
    use goscope_trace::{Ticks, TraceTime};

    use super::*;

    #[test]
    fn times_have_a_column_of_their_own() {
        let time = |ticks, time: Option<i64>, is_estimate| StreamTime {
            ticks: Ticks(ticks),
            time: time.map(TraceTime),
            is_estimate,
            ..StreamTime::default()
        };
        let written = |first, now| {
            let (mut start, mut out) = (Start::default(), String::new());
            start.observe(first);
            Second::default().write_time(now, &start, &mut out).map(|()| out)
        };
        let unknown = time(100, None, false);
        assert_eq!(written(unknown, time(1246, None, false)), Ok("     +1146 ticks".into()));
        assert_eq!(written(unknown, time(99, None, false)), Ok("        -1 ticks".into()));
        let known = time(100, Some(200), false);
        assert_eq!(written(known, time(99, Some(198), false)), Ok("   -0.000000002s".into()));
        assert_eq!(written(known, time(0, Some(12_000_000_201), true)), Ok(" ~+12.000000001s".into()));
        assert_eq!(written(known, time(0, Some(i64::MAX), true)), Ok("~+9223372036.854775607s".into()));
    }
}
