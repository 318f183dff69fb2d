//! Tasks and regions: how many of each type, how long they took, which took longest.

use std::collections::BTreeMap;

use goscope_analysis::{Region, Spread, Summary, Task, Times};
use goscope_trace::{StringId, TaskId, TraceTime};

use super::{
    names::Names,
    report::{Cell, Table},
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
    [sum, min, spread.mean(), p50, p90, p99, max].map(Cell::Time).into()
}

/// Times, as [`TIMES`] has them. The garbage collector's is a part of the others.
pub fn time_cells(times: &Times) -> Vec<Cell> {
    let gc = times.ranges.iter().map(|(_, time)| time).sum();
    let Times { running, runnable, syscall, syscall_blocked, .. } = *times;
    [running, runnable, times.waited(), syscall, syscall_blocked, gc].map(Cell::Time).into()
}

/// The tasks of each type.
pub fn task_types(tasks: &[&Task], names: Names<'_>) -> Table {
    let mut types: BTreeMap<StringId, Vec<&Task>> = BTreeMap::new();
    tasks.iter().for_each(|task| types.entry(task.name).or_default().push(task));
    let mut columns = vec![("type", "Type"), ("count", "Count"), ("incomplete", "Open")];
    columns.extend(SPREAD);
    let rows = types.into_iter().map(|(name, tasks)| {
        let mut durations: Vec<_> = tasks.iter().filter_map(|task| task.duration()).collect();
        let open = (tasks.len() - durations.len()) as u64;
        let counts = [tasks.len() as u64, open].map(Cell::Count);
        let name = Cell::from(names.name(name));
        [name].into_iter().chain(counts).chain(spread_cells(Spread::of(&mut durations))).collect()
    });
    Table::new("types", &columns, "The trace tells of no tasks.").with(rows).sorted("count")
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
    let mut columns =
        vec![("type", "Type"), ("place", "Begun in"), ("count", "Count"), ("incomplete", "Open")];
    columns.extend(SPREAD);
    let rows = types.into_iter().map(|((name, place), regions)| {
        let mut durations: Vec<_> = regions.iter().filter_map(|region| region.duration()).collect();
        let open = (regions.len() - durations.len()) as u64;
        let counts = [regions.len() as u64, open].map(Cell::Count);
        let texts = [names.name(name), place].map(Cell::from);
        texts.into_iter().chain(counts).chain(spread_cells(Spread::of(&mut durations))).collect()
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
