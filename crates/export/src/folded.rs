//! Folded stacks: a line each, from the outermost function to the innermost one, and a number.
//!
//! This is what tools that draw flame graphs read.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use goscope_analysis::profile::{Profile, Sample};
use goscope_trace::{Frame, StringId, Tables, text::Escaped};

/// What stands where the trace has no name.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// Writes a profile as folded stacks, in the order of the lines. The numbers are nanoseconds or, of a profile that only
/// counts, counts.
///
/// # Errors
///
/// When writing fails.
///
/// ```
/// use goscope_analysis::profile::{Kind, Profiler, Settings};
/// use goscope_export::folded;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut profiler = Profiler::new(Kind::Sleep, Settings::default());
/// while let Some(event) = reader.next_event()? {
///     profiler.add(&event, reader.tables(), |_| true);
/// }
/// let mut out = Vec::new();
/// folded::write(&profiler.finish(reader.tables(), |_| true), reader.tables(), &mut out)?;
/// assert!(String::from_utf8_lossy(&out).contains(";time.Sleep "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(profile: &Profile, tables: &Tables, out: &mut impl Write) -> io::Result<()> {
    let is_timed = profile.kind.values().1.is_some();
    let mut lines: BTreeMap<String, i64> = BTreeMap::new();
    for sample in &profile.samples {
        let value = if is_timed { sample.time } else { sample.count.cast_signed() };
        let sum = lines.entry(names(sample, tables).join(";")).or_default();
        *sum = sum.saturating_add(value);
    }
    lines.into_iter().try_for_each(|(stack, value)| writeln!(out, "{stack} {value}"))
}

/// The names in a sample, the outermost first: functions, then what the goroutine did. What can't be seen is escaped, as on a
/// terminal.
fn names(sample: &Sample, tables: &Tables) -> Vec<String> {
    let place = &sample.place;
    let name = |func| Escaped(tables.string(func)).to_string();
    let of_frame = |frame: &Frame| match frame.func {
        StringId::EMPTY => tables.name(frame).to_string(),
        func => name(func),
    };
    let mut names: Vec<_> = tables.stack(place.stack).iter().rev().map(of_frame).collect();
    if names.is_empty() {
        names.push(if place.func == StringId::EMPTY { UNKNOWN.into() } else { name(place.func) });
    }
    names.extend(place.state.map(|state| format!("[{}]", state.name())));
    // Semicolons part functions. The end of a line, which parts stacks, is escaped.
    names.iter().map(|name| name.replace(';', ":")).collect()
}
