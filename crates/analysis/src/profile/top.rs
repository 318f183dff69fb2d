//! The functions of a profile, the most expensive first.

use foldhash::{HashMap, HashSet};
use goscope_trace::{StringId, Tables};

use super::{Profile, Sample};

/// A function, and what was spent in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The function; empty if it has no name, or there was no stack.
    pub func: StringId,
    /// How often it was innermost.
    pub count: u64,
    /// How long it was innermost, in nanoseconds.
    pub flat: i64,
    /// How long it was anywhere in the stack, in nanoseconds.
    pub cumulative: i64,
    /// How often it was anywhere in the stack.
    pub cumulative_count: u64,
}

/// The functions of a profile, in the order of what was spent where they were innermost. [`super::Profiler`] says how to
/// make one.
#[must_use]
pub fn top(profile: &Profile, tables: &Tables) -> Vec<Row> {
    let mut rows: HashMap<StringId, Row> = HashMap::default();
    let mut seen = HashSet::default();
    for sample in &profile.samples {
        let funcs = functions(sample, tables);
        seen.clear();
        for (depth, func) in funcs.into_iter().enumerate() {
            let row = rows.entry(func).or_insert(Row {
                func,
                count: 0,
                flat: 0,
                cumulative: 0,
                cumulative_count: 0,
            });
            if depth == 0 {
                (row.count, row.flat) = (row.count + sample.count, row.flat.saturating_add(sample.time));
            }
            if seen.insert(func) {
                row.cumulative = row.cumulative.saturating_add(sample.time);
                row.cumulative_count += sample.count;
            }
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    let order = |row: &Row| (row.flat, row.count, row.cumulative, row.cumulative_count);
    rows.sort_unstable_by(|one, other| {
        let by_name = || tables.string(one.func).cmp(tables.string(other.func));
        order(other).cmp(&order(one)).then_with(by_name)
    });
    rows
}

/// The functions of a sample, the innermost first. Without a stack, the one that its goroutine started with.
fn functions(sample: &Sample, tables: &Tables) -> Vec<StringId> {
    let stack = tables.stack(sample.place.stack);
    if stack.is_empty() {
        return vec![sample.place.func];
    }
    stack.iter().map(|frame| frame.func).collect()
}
