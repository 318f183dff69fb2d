//! When an event happened, as the column that a line begins with.

use std::fmt::{self, Write};

use clap::ValueEnum;
use goscope_trace::{Clock, TraceTime};

use super::wall;

/// The clocks that lines can begin with.
#[derive(Clone, Copy, PartialEq, Eq, Default, ValueEnum, Debug)]
pub enum Clocks {
    /// Seconds since the first event
    #[default]
    Start,
    /// The wall clock, in UTC: in traces since Go 1.25
    Wall,
    /// The monotonic clock of the system, in nanoseconds: since Go 1.25
    Mono,
    /// The clock of the trace, in nanoseconds: as in what Go prints
    Trace,
}

impl Clocks {
    /// Whether it needs what the clocks of the system showed.
    pub fn needs_snapshot(self) -> bool {
        matches!(self, Self::Wall | Self::Mono)
    }

    /// Writes the column. What a clock that is not known shows is "-".
    pub fn write(self, time: TraceTime, clock: &Clock, out: &mut String) -> fmt::Result {
        match self {
            Self::Start => {
                let elapsed = clock.elapsed(time);
                let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
                write!(out, "{seconds:+5}.{:09}s", elapsed.subsec_nanos())
            }
            Self::Wall => match clock.wall(time) {
                Some(time) => wall::write_long(time, out),
                None => out.write_char('-'),
            },
            Self::Mono => match clock.mono(time) {
                Some(nanoseconds) => write!(out, "{nanoseconds:>16}"),
                None => out.write_char('-'),
            },
            Self::Trace => write!(out, "{time:>16}"),
        }
    }
}
