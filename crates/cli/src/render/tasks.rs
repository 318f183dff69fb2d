//! Tasks and regions: how many of each type, how long they took, which took longest.

use std::collections::BTreeMap;

use goscope_analysis::{Region, Spread, Summary, Task, Times};
use goscope_trace::{StringId, TaskId, TraceTime};

use super::{
    names::{Names, UNKNOWN},
    report::{Cell, Table},
    table,
};

/// The instances that are listed: those that took longest.
const SLOWEST: usize = 10;

/// What is shown of how durations are spread.
pub const SPREAD: [(&str, &str); 7] = [
    ("total_ns", "~Total"),
    ("min_ns", "~Min"),
    ("mean_ns", "~Mean"),
    ("p50_ns", "p50"),
    ("p90_ns", "p90"),
    ("p99_ns", "p99"),
    ("max_ns", "Max"),
];

/// Where the time of those went that did something: the parts that do not overlap.
const TIMES: [(&str, &str); 6] = [
    ("running_ns", "Running"),
    ("runnable_ns", "Runnable"),
    ("waiting_ns", "Waiting"),
    ("syscall_ns", "~Syscall"),
    ("syscall_blocked_ns", "~Blocked"),
    ("gc_ns", "~GC"),
];

/// A spread, as [`SPREAD`] has it.
pub fn spread_cells(spread: Spread) -> Vec<Cell> {
    let Spread { sum, min, p50, p90, p99, max, .. } = spread;
    let cell = |time| match spread.count {
        0 => Cell::described(Cell::Time(time), "-"),
        _ => Cell::Time(time),
    };
    [sum, min, spread.mean(), p50, p90, p99, max].map(cell).into()
}

/// Times, as [`TIMES`] has them. The garbage collector's is a part of the others.
pub fn time_cells(times: &Times) -> Vec<Cell> {
    let gc = table::total(times.ranges.iter().map(|(_, time)| *time));
    let Times { running, runnable, syscall, syscall_blocked, .. } = *times;
    [running, runnable, times.waited(), syscall, syscall_blocked, gc].map(Cell::Time).into()
}

/// What is told of the begin of something that began before the trace.
pub const EARLIER: &str = "before the trace";

/// How many there are of something that begins and ends: of those that did both, how long they took.
struct Count {
    all: u64,
    /// Those of which the trace shows no begin, be it that they ended or not.
    earlier: u64,
    spread: Spread,
}

impl Count {
    fn of(durations: impl ExactSizeIterator<Item = (Option<TraceTime>, Option<i64>)>) -> Self {
        let (all, mut earlier, mut ended) = (durations.len() as u64, 0, Vec::new());
        for (start, duration) in durations {
            earlier += u64::from(start.is_none());
            ended.extend(duration);
        }
        Self { all, earlier, spread: Spread::of(&mut ended) }
    }

    /// The columns behind what they have in common; one for those that began earlier only if there are any.
    fn columns(counts: &[Self]) -> Vec<(&'static str, &'static str)> {
        let has_earlier = counts.iter().any(|count| count.earlier > 0);
        let earlier = if has_earlier { "Earlier" } else { "" };
        let counts = [("count", "Count"), ("incomplete", ""), ("open", "Open"), ("earlier", earlier)];
        counts.into_iter().chain(SPREAD).collect()
    }

    fn cells(&self) -> impl Iterator<Item = Cell> {
        let incomplete = self.all - self.spread.count;
        let counts = [self.all, incomplete, incomplete - self.earlier, self.earlier].map(Cell::Count);
        counts.into_iter().chain(spread_cells(self.spread))
    }
}

/// Whether the type of a task is not known, because its begin would tell it.
fn is_unknown(task: &Task) -> bool {
    task.start.is_none() && task.name == StringId::EMPTY
}

/// The type of a task.
pub fn type_of(task: &Task, names: Names<'_>) -> String {
    if is_unknown(task) { UNKNOWN.into() } else { names.name(task.name) }
}

/// The tasks of each type.
pub fn task_types(tasks: &[&Task], names: Names<'_>) -> Table {
    let mut types: BTreeMap<(StringId, bool), Vec<&Task>> = BTreeMap::new();
    tasks.iter().for_each(|task| types.entry((task.name, is_unknown(task))).or_default().push(task));
    let counts: Vec<_> = types
        .values()
        .map(|tasks| Count::of(tasks.iter().map(|task| (task.start, task.duration()))))
        .collect();
    let columns: Vec<_> = [("type", "Type")].into_iter().chain(Count::columns(&counts)).collect();
    let rows = types.values().zip(&counts).map(|(tasks, count)| {
        let name = tasks.first().map_or(String::new(), |task| type_of(task, names));
        [Cell::from(name)].into_iter().chain(count.cells()).collect()
    });
    Table::new("types", &columns, "The trace tells of no tasks.").with(rows).sorted("count")
}

/// The tasks that began before the trace, those that ended first.
pub fn earlier_tasks(tasks: &[&Task], start: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("id", "Task"),
        ("type", "Type"),
        ("", "Began"),
        ("end_ns", "Ended"),
        ("logs", "Messages"),
        ("goroutines", "Gs"),
    ];
    let mut earlier: Vec<_> = tasks.iter().filter(|task| task.start.is_none()).collect();
    earlier.sort_by_key(|task| (task.end.is_none(), task.end, task.id));
    let rows: Vec<_> = earlier
        .into_iter()
        .map(|task| {
            vec![
                Cell::Id(task.id.0),
                type_of(task, names).into(),
                EARLIER.into(),
                since(task.end, start),
                Cell::Count(task.logs),
                Cell::Count(task.goroutines.len() as u64),
            ]
        })
        .collect();
    let is_empty = rows.is_empty();
    let table = Table::new("earlier", &columns, "").under("Began earlier").with(rows).limited();
    if is_empty { table.for_programs() } else { table }
}

/// The tasks that took longest.
pub fn slowest_tasks(summary: &Summary, tasks: &[&Task], start: TraceTime, names: Names<'_>) -> Table {
    let mut tasks: Vec<_> = tasks.iter().filter(|task| task.duration().is_some()).collect();
    tasks.sort_by_key(|task| std::cmp::Reverse(task.duration()));
    let mut columns = vec![
        ("id", "Task"),
        ("type", "Type"),
        ("start_ns", "Start"),
        ("duration_ns", "Took"),
        ("goroutines", "Gs"),
    ];
    columns.extend(TIMES);
    let rows = tasks.into_iter().take(SLOWEST).map(|task| {
        let mut row = vec![
            Cell::Id(task.id.0),
            names.name(task.name).into(),
            since(task.start, start),
            Cell::some(task.duration(), Cell::Time),
            Cell::Count(task.goroutines.len() as u64),
        ];
        row.extend(time_cells(&summary.work(task)));
        row
    });
    Table::new("slowest", &columns, "No task began and ended in the trace.").under("Slowest").with(rows)
}

/// Since the start of the trace.
pub fn since(time: Option<TraceTime>, start: TraceTime) -> Cell {
    Cell::some(time, |time| Cell::Time(time.since(start)))
}

/// The regions of each type: of the same name, begun at the same place.
pub fn region_types(regions: &[&Region], names: Names<'_>) -> Table {
    let mut types: BTreeMap<(StringId, String), Vec<&Region>> = BTreeMap::new();
    for region in regions {
        types.entry((region.name, names.top(region.stack))).or_default().push(region);
    }
    let counts: Vec<_> = types
        .values()
        .map(|regions| Count::of(regions.iter().map(|region| (region.start, region.duration()))))
        .collect();
    let firsts = [("type", "Type"), ("place", "Begun in")];
    let columns: Vec<_> = firsts.into_iter().chain(Count::columns(&counts)).collect();
    let rows = types.into_keys().zip(&counts).map(|((name, place), count)| {
        let texts = [names.name(name), place].map(Cell::from);
        texts.into_iter().chain(count.cells()).collect()
    });
    Table::new("types", &columns, "The trace tells of no regions.").with(rows).sorted("count")
}

/// The regions that took longest.
pub fn slowest_regions(regions: &[&Region], start: TraceTime, names: Names<'_>) -> Table {
    let mut regions: Vec<_> = regions.iter().filter(|region| region.duration().is_some()).collect();
    regions.sort_by_key(|region| std::cmp::Reverse(region.duration()));
    let mut columns = vec![
        ("type", "Type"),
        ("goroutine", "Goroutine"),
        ("task", "Task"),
        ("start_ns", "Start"),
        ("duration_ns", "Took"),
    ];
    columns.extend(TIMES);
    let rows = regions.into_iter().take(SLOWEST).map(|region| {
        let mut row = vec![
            names.name(region.name).into(),
            Cell::Id(region.goroutine.0),
            task_id(region.task),
            since(region.start, start),
            Cell::some(region.duration(), Cell::Time),
        ];
        row.extend(time_cells(&region.times));
        row
    });
    Table::new("slowest", &columns, "No region began and ended in the trace.").under("Slowest").with(rows)
}

/// A task, if it is not the one of all that belongs to none.
pub fn task_id(task: TaskId) -> Cell {
    let is_any = !matches!(task, TaskId::NONE | TaskId::BACKGROUND);
    Cell::some(is_any.then_some(task.0), Cell::Id)
}
