//! Wall times as text.

use std::fmt::{self, Write};

use goscope_trace::WallTime;
use jiff::Timestamp;

/// As in RFC 3339, in UTC, with as many digits as it needs.
pub fn write_short(wall: WallTime, out: &mut impl Write) -> fmt::Result {
    match timestamp(wall) {
        Some(time) => write!(out, "{time}"),
        None => write_numbers(wall, out),
    }
}

/// As in RFC 3339, in UTC, with all nine digits: so that columns align and texts sort.
pub fn write_long(wall: WallTime, out: &mut impl Write) -> fmt::Result {
    match timestamp(wall) {
        Some(time) => write!(out, "{time:.9}"),
        None => write_numbers(wall, out),
    }
}

/// As [`write_long`].
pub fn text(wall: WallTime) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_long(wall, &mut text);
    text
}

fn timestamp(wall: WallTime) -> Option<Timestamp> {
    Timestamp::new(wall.seconds, i32::try_from(wall.nanoseconds).ok()?).ok()
}

/// What is no time of the calendar.
fn write_numbers(WallTime { seconds, nanoseconds }: WallTime, out: &mut impl Write) -> fmt::Result {
    write!(out, "{seconds} s {nanoseconds} ns")
}
