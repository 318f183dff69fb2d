//! Records to text.

use std::fmt::{self, Display, Write};

use super::quote::quote;
use crate::{
    record::{Frame, Record, UNKNOWN},
    spec::{EventSpec, Tail},
    version::FormatVersion,
};

/// Writes the first line of a trace's text.
///
/// # Errors
///
/// When `out` fails.
///
/// ```
/// let mut out = String::new();
/// goscope_wire::text::write_header(goscope_wire::FormatVersion::V1_26, &mut out).unwrap();
/// assert_eq!(out, "Trace Go1.26\n");
/// ```
pub fn write_header(version: FormatVersion, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "Trace Go{version}")
}

impl Display for Record<'_> {
    /// The record in the text form, without a newline at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(spec) = self.spec() else {
            write!(f, "{UNKNOWN} head={}", self.bytes()[0])?;
            return write_data(self.data().unwrap_or_default(), f);
        };
        f.write_str(spec.name)?;
        for (arg, value) in spec.args.iter().zip(self.args()) {
            write_number(' ', arg.name, *value, f)?;
        }
        write_tail(self, spec, f)
    }
}

fn write_tail(record: &Record<'_>, spec: &EventSpec, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match spec.tail {
        Tail::None => Ok(()),
        Tail::Data => write_data(record.data().unwrap_or_default(), f),
        Tail::Frames(fields) => record.frames().try_for_each(|frame| write_frame(fields, &frame, f)),
    }
}

fn write_data(data: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\n\tdata=")?;
    quote(data, f)
}

fn write_frame(fields: &[&str], frame: &Frame, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\n")?;
    let numbers = [frame.pc, frame.func, frame.file, frame.line];
    fields.iter().zip(numbers).enumerate().try_for_each(|(place, (name, number))| {
        write_number(if place == 0 { '\t' } else { ' ' }, name, number, f)
    })
}

fn write_number(before: char, name: &str, number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char(before)?;
    f.write_str(name)?;
    write!(f, "={number}")
}
