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

/// Writes a record in the text form, without a newline at the end.
///
/// `Display` gives the same; this is faster where there are many, because it knows what it writes to.
///
/// # Errors
///
/// When `out` fails. A `String` does not.
///
/// ```
/// use goscope_wire::{SliceReader, text::print};
///
/// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x45\x0a\x07")?;
/// let mut out = String::new();
/// print(&reader.next_record()?.unwrap(), &mut out).unwrap();
/// assert_eq!(out, "ProcStart dt=10 thread=7");
/// # Ok::<(), goscope_wire::Error>(())
/// ```
pub fn print(record: &Record<'_>, out: &mut impl Write) -> fmt::Result {
    let Some(spec) = record.spec() else {
        write!(out, "{UNKNOWN} head={}", record.bytes()[0])?;
        return write_data(record.data().unwrap_or_default(), out);
    };
    out.write_str(spec.name)?;
    for (arg, value) in spec.args.iter().zip(record.args()) {
        write_number(" ", arg.name, *value, out)?;
    }
    write_tail(record, spec, out)
}

impl Display for Record<'_> {
    /// The record in the text form, without a newline at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

fn write_tail(record: &Record<'_>, spec: &EventSpec, out: &mut impl Write) -> fmt::Result {
    match spec.tail {
        Tail::None => Ok(()),
        Tail::Data => write_data(record.data().unwrap_or_default(), out),
        Tail::Frames(fields) => record.frames().try_for_each(|frame| write_frame(fields, &frame, out)),
    }
}

fn write_data(data: &[u8], out: &mut impl Write) -> fmt::Result {
    out.write_str("\n\tdata=")?;
    quote(data, out)
}

fn write_frame(fields: &[&str], frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let numbers = [frame.pc, frame.func, frame.file, frame.line];
    fields.iter().zip(numbers).enumerate().try_for_each(|(place, (name, number))| {
        write_number(if place == 0 { "\n\t" } else { " " }, name, number, out)
    })
}

fn write_number(before: &str, name: &str, number: u64, out: &mut impl Write) -> fmt::Result {
    out.write_str(before)?;
    out.write_str(name)?;
    out.write_char('=')?;
    write_decimal(number, out)
}

/// Writes a number without the machinery of `format!`, which took most of the time of printing.
fn write_decimal(mut number: u64, out: &mut impl Write) -> fmt::Result {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.write_str(std::str::from_utf8(&digits[start..]).unwrap_or_default())
}
