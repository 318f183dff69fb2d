//! Events as Go prints them in a process whose zone is UTC.

use std::fmt::{self, Write};

use goscope_trace::{Event, Tables, WallTime, text::go_event};

const SECOND: i64 = 1_000_000_000;

/// Appends an event with a newline behind it.
pub fn append(event: &Event, tables: &Tables, text: &mut String) {
    go_event(event, tables, wall, text).expect("a string to write to");
    text.push('\n');
}

/// A wall time as in RFC 3339, with as many digits as it needs.
fn wall(time: WallTime, out: &mut String) -> fmt::Result {
    let seconds = time.seconds.saturating_add(time.nanoseconds.div_euclid(SECOND));
    let nanoseconds = time.nanoseconds.rem_euclid(SECOND) as i32;
    match jiff::Timestamp::new(seconds, nanoseconds) {
        Ok(timestamp) => write!(out, "{timestamp}"),
        Err(_) => out.write_str("beyond the calendar"),
    }
}
