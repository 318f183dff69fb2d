//! What groups of goroutines did with their time, as tables, comma-separated values and JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use anyhow::Result;
use goscope_analysis::{Goroutine, Group, Origin, Part, Spread, Summary, Times, group};
use goscope_trace::{GoState, RangeKind, StringId, Tables};
use serde::{Serialize, Serializer};

use super::{
    event::write_text,
    report::{self, Cell},
    table,
};
use crate::cmd::goroutines::{Column, Key};

/// Who did what for how long. All times are in nanoseconds.
#[derive(Serialize)]
pub struct Report {
    by: &'static str,
    goroutines: u64,
    groups: Vec<Row>,
    /// What all groups waited for, the longest waits first.
    #[serde(skip)]
    waiting: Vec<(String, i64)>,
    /// How many groups are not shown.
    #[serde(skip)]
    cut: usize,
    /// Whether the function of any goroutine is known.
    #[serde(skip)]
    has_names: bool,
}

/// A group of goroutines.
#[derive(Serialize)]
pub struct Row {
    /// Of a single goroutine.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// The function that they start with, or whoever created them.
    #[serde(skip_serializing_if = "Option::is_none")]
    func: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    count: u64,
    times: Parts,
    waiting_by_reason_ns: BTreeMap<String, i64>,
    ranges_by_kind_ns: BTreeMap<String, i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spreads: Option<BTreeMap<&'static str, SpreadInfo>>,
}

/// The parts of the time of all goroutines of a group, in the order of [`Part::ALL`].
struct Parts([i64; Part::ALL.len()]);

impl Parts {
    fn of(times: &Times) -> Self {
        Self(Part::ALL.map(|part| part.of(times)))
    }

    fn get(&self, part: Part) -> i64 {
        self.0[part as usize]
    }
}

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(Part::ALL.map(|part| (format!("{}_ns", part.name()), self.get(part))))
    }
}

#[derive(Clone, Copy, Serialize)]
struct SpreadInfo {
    min_ns: i64,
    mean_ns: i64,
    p50_ns: i64,
    p90_ns: i64,
    p99_ns: i64,
    max_ns: i64,
}

impl Report {
    /// Groups the goroutines of a trace.
    pub fn of(summary: &Summary, tables: &Tables, by: Key) -> Self {
        let goroutines = &summary.goroutines;
        let namer = Namer { tables, goroutines };
        let groups = match by {
            Key::Func => rows(goroutines, &namer, |g| g.func, |row, func| row.func = Some(namer.func(*func))),
            Key::Creator => rows(
                goroutines,
                &namer,
                |g| namer.creator(g),
                |row, creator| row.creator = Some(namer.origin(*creator)),
            ),
            Key::Label => {
                rows(goroutines, &namer, |g| g.label, |row, label| row.label = Some(namer.label(*label)))
            }
            Key::State => rows(goroutines, &namer, |g| state(g.state), |row, state| row.state = Some(*state)),
            Key::Goroutine => rows(
                goroutines,
                &namer,
                |g| (g.id, g.func, state(g.state)),
                |row, (id, func, state)| {
                    (row.id, row.func, row.state) = (Some(id.0), Some(namer.func(*func)), Some(*state));
                },
            ),
        };
        let by = match by {
            Key::Func => "func",
            Key::Creator => "creator",
            Key::Label => "label",
            Key::State => "state",
            Key::Goroutine => "goroutine",
        };
        let has_names = goroutines.iter().any(|goroutine| goroutine.func != StringId::EMPTY);
        Self { by, goroutines: goroutines.len() as u64, waiting: waiting(&groups), groups, cut: 0, has_names }
    }

    /// Puts the groups with the greatest values of a column first.
    pub fn sort(&mut self, column: Column) {
        self.groups.sort_by_key(|row| std::cmp::Reverse(row.value(column)));
    }

    /// Keeps the first groups only: 0 keeps all of them.
    pub fn cut(&mut self, top: usize) {
        if top > 0 {
            self.cut = self.groups.len().saturating_sub(top);
            self.groups.truncate(top);
        }
    }

    /// Prints the tables for people.
    pub fn print(&self) -> Result<()> {
        if self.groups.is_empty() {
            return say_none();
        }
        let titles = ["Total", "Running", "Runnable", "Waiting", "~Syscall", "~Blocked", "~Unknown", "~GC"];
        self.times_table(&titles, Row::time_cells).print()?;
        self.explain_unknown()?;
        self.print_waiting()
    }

    /// Says why there is a group without a name.
    fn explain_unknown(&self) -> Result<()> {
        let names = self.groups.iter().flat_map(|row| [&row.func, &row.creator]).flatten();
        if names.into_iter().any(|name| name == UNKNOWN) {
            writeln!(io::stdout(), "\n{}", if self.has_names { WHY_UNKNOWN } else { NO_NAMES })?;
        }
        Ok(())
    }

    /// Prints what was waited for.
    fn print_waiting(&self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let whole = table::total(self.waiting.iter().map(|(_, time)| *time));
        let mut rows = table::new(&["Waited for", ">Time", ">%"]);
        for (reason, time) in &self.waiting {
            let percent = table::percent(time.cast_unsigned(), whole.cast_unsigned());
            rows.add_row([table::short(reason.clone()), table::duration(*time), percent]);
        }
        table::print_next(&rows)
    }

    /// Prints how a part of the time of one goroutine is spread.
    pub fn print_spread(&self, part: Part) -> Result<()> {
        if self.groups.is_empty() {
            return say_none();
        }
        let titles = ["~Min", "~Mean", "p50", "p90", "p99", "Max"];
        self.times_table(&titles, |row| row.spread(part).map_or([0; 6], SpreadInfo::values).map(Cell::Time))
            .print()
    }

    /// A table with a row for each group, and some times of each.
    fn times_table<const N: usize>(
        &self,
        titles: &[&'static str; N],
        times: impl Fn(&Row) -> [Cell; N],
    ) -> report::Table {
        let mut columns = vec![("key", self.title()), ("count", "Count")];
        columns.extend(titles.map(|title| ("", title)));
        let row = |row: &Row| {
            let first = [Cell::from(row.key()), Cell::Count(row.count)];
            first.into_iter().chain(times(row)).collect()
        };
        report::Table::new("groups", &columns, "").with(self.groups.iter().map(row)).without(self.cut)
    }

    /// Prints comma-separated values.
    pub fn print_csv(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        let columns = Part::ALL.map(|part| format!("{}_ns", part.name()));
        writeln!(out, "{},count,{}", self.by, columns.join(","))?;
        for row in &self.groups {
            let times = Part::ALL.map(|part| row.times.get(part).to_string());
            writeln!(out, "{},{},{}", table::csv(row.key()), row.count, times.join(","))?;
        }
        Ok(())
    }

    fn title(&self) -> &'static str {
        match self.by {
            "func" => "Starts with",
            "creator" => "Created by",
            "label" => "Label",
            "state" => "State at the end",
            _ => "Goroutine",
        }
    }
}

/// How long all groups waited for what.
fn waiting(groups: &[Row]) -> Vec<(String, i64)> {
    let mut sums = BTreeMap::new();
    for (reason, time) in groups.iter().flat_map(|row| &row.waiting_by_reason_ns) {
        let sum = sums.entry(reason.clone()).or_insert(0);
        *sum = table::total([*sum, *time]);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    sums
}

fn say_none() -> Result<()> {
    writeln!(io::stdout(), "The trace has no goroutines.")?;
    Ok(())
}

/// What stands for the creator of a goroutine that no goroutine created.
pub fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Timer => "(started by a timer)",
        Origin::C => "(called from C)",
        Origin::Before | Origin::Goroutine(_) => "(before the trace)",
    }
}

/// What stands for a function that the trace does not name.
const UNKNOWN: &str = "(unknown)";
/// Why a function is not known, and what helps.
const WHY_UNKNOWN: &str = "\
(unknown): these goroutines were there before the trace, and no event has a stack of theirs. Go 1.23 and later write
the stack of each goroutine that waits as the trace begins; else a longer trace helps, in which they do something.";

const NO_NAMES: &str = "\
(unknown): no goroutine of this trace has a stack with names. Traces of Go 1.5 and 1.6 have addresses instead of names:
`goscope cat --binary PROGRAM` takes the names from the program.";

struct Namer<'a> {
    tables: &'a Tables,
    /// In the order of their ids.
    goroutines: &'a [Goroutine],
}

impl Namer<'_> {
    fn func(&self, func: StringId) -> String {
        if func == StringId::EMPTY { UNKNOWN.into() } else { self.text(func) }
    }

    fn label(&self, label: StringId) -> String {
        if label == StringId::EMPTY { "(none)".into() } else { self.text(label) }
    }

    fn text(&self, id: StringId) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write_text(self.tables.string(id), &mut text);
        text
    }

    /// The function that whoever created a goroutine started with; where no goroutine did, what did.
    fn creator(&self, goroutine: &Goroutine) -> std::result::Result<StringId, Origin> {
        let creator = goroutine.origin.creator().ok_or(goroutine.origin)?;
        let after = self.goroutines.partition_point(|goroutine| goroutine.id <= creator);
        let last = self.goroutines[..after].last().filter(|goroutine| goroutine.id == creator);
        Ok(last.map_or(StringId::EMPTY, |goroutine| goroutine.func))
    }

    fn origin(&self, creator: std::result::Result<StringId, Origin>) -> String {
        creator.map_or_else(|origin_| origin(origin_).to_owned(), |func| self.func(func))
    }

    fn reason(&self, reason: StringId) -> String {
        if reason == StringId::EMPTY { UNKNOWN.into() } else { self.text(reason) }
    }

    fn range(&self, kind: RangeKind) -> String {
        match kind {
            RangeKind::StopTheWorld(reason) => format!("{} ({})", kind.as_str(), self.text(reason)),
            kind => kind.as_str().into(),
        }
    }
}

fn rows<K: Ord>(
    goroutines: &[Goroutine],
    namer: &Namer<'_>,
    key: impl Fn(&Goroutine) -> K,
    name: impl Fn(&mut Row, &K),
) -> Vec<Row> {
    let row = |group: Group<K>| {
        let mut row = Row::of(&group, namer);
        name(&mut row, &group.key);
        row
    };
    group(goroutines, key).into_iter().map(row).collect()
}

/// The times that are any, by name.
fn by_name<K: Copy>(times: &[(K, i64)], name: impl Fn(K) -> String) -> BTreeMap<String, i64> {
    times.iter().filter(|(_, time)| *time != 0).map(|(key, time)| (name(*key), *time)).collect()
}

impl Row {
    fn of<K>(group: &Group<K>, namer: &Namer<'_>) -> Self {
        let spread = |part: Part| (part.name(), SpreadInfo::of(group.spread(part)));
        let times = &group.times;
        Self {
            id: None,
            func: None,
            creator: None,
            label: None,
            state: None,
            count: group.count,
            times: Parts::of(times),
            waiting_by_reason_ns: by_name(&times.waiting, |reason| namer.reason(reason)),
            ranges_by_kind_ns: by_name(&times.ranges, |kind| namer.range(kind)),
            spreads: Some(Part::ALL.into_iter().map(spread).collect()),
        }
    }

    /// All parts of the time, and what of it was for the garbage collector: assisting and sweeping.
    fn time_cells(&self) -> [Cell; Part::ALL.len() + 1] {
        let for_collector = self.ranges_by_kind_ns.iter().filter(|(kind, _)| kind.starts_with("GC "));
        let last = table::total(for_collector.map(|(_, time)| *time));
        std::array::from_fn(|place| {
            Cell::Time(Part::ALL.get(place).map_or(last, |part| self.times.get(*part)))
        })
    }

    fn spread(&self, part: Part) -> Option<SpreadInfo> {
        self.spreads.as_ref()?.get(part.name()).copied()
    }

    fn value(&self, column: Column) -> i64 {
        column.part().map_or(self.count.cast_signed(), |part| self.times.get(part))
    }

    /// What the goroutines have in common, as text.
    fn key(&self) -> String {
        if let Some(label) = &self.label {
            return label.clone();
        }
        match (self.id, &self.func, &self.creator, self.state) {
            (Some(id), Some(func), ..) => format!("G{id} {func}"),
            (_, Some(name), ..) | (_, _, Some(name), _) => name.clone(),
            (.., state) => state.unwrap_or_default().into(),
        }
    }
}

impl SpreadInfo {
    fn values(self) -> [i64; 6] {
        let Self { min_ns, mean_ns, p50_ns, p90_ns, p99_ns, max_ns } = self;
        [min_ns, mean_ns, p50_ns, p90_ns, p99_ns, max_ns]
    }

    fn of(spread: Spread) -> Self {
        let Spread { min, p50, p90, p99, max, .. } = spread;
        Self { min_ns: min, mean_ns: spread.mean(), p50_ns: p50, p90_ns: p90, p99_ns: p99, max_ns: max }
    }
}

impl Column {
    /// The part of the time that it has, if it has one.
    pub fn part(self) -> Option<Part> {
        Some(match self {
            Self::Count => return None,
            Self::Total => Part::Total,
            Self::Running => Part::Running,
            Self::Runnable => Part::Runnable,
            Self::Waiting => Part::Waiting,
            Self::Syscall => Part::Syscall,
            Self::SyscallBlocked => Part::SyscallBlocked,
            Self::Unknown => Part::Unknown,
        })
    }
}

/// What a goroutine did last, in the words of the trace.
pub fn state(state: GoState) -> &'static str {
    match state {
        GoState::NotExist => "ended",
        GoState::Runnable => "runnable",
        GoState::Running => "running",
        GoState::Waiting => "waiting",
        GoState::Syscall => "syscall",
        GoState::Undetermined => "unknown",
    }
}
