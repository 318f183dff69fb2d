//! What one task did, as facts, times and a tree.

use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::{Message, Part, Region, Story, Summary, Task, Times};
use goscope_trace::{GoId, StringId, TaskId, TraceTime};

use super::{
    history::log_text,
    names::Names,
    report::{Cell, Report, Table},
    tasks::{EARLIER, since, task_id, type_of},
};

/// How deep a tree is shown. Programs seldom go beyond three.
const MAX_DEPTH: usize = 64;

/// What is shown of a task.
pub fn report(task: &Task, summary: &Summary, story: &Story, start: TraceTime, names: Names<'_>) -> Report {
    let mut report = Report::default();
    report.fact("id", "Task", Cell::Id(task.id.0));
    report.fact("type", "Type", type_of(task, names));
    report.fact("parent", "Part of task", task.parent.map_or(Cell::None, task_id));
    report.fact("start_ns", "Start", since(task.start, start));
    if task.start.is_none() {
        report.line("Began", format!("earlier: {EARLIER}"));
    }
    report.value("began_earlier", Cell::Yes(task.start.is_none()));
    report.fact("end_ns", "", since(task.end, start));
    report.fact("duration_ns", "Took", Cell::some(task.duration(), Cell::Time));
    report.fact("complete", "Complete", Cell::Yes(task.duration().is_some()));
    report.fact("owner", "Begun by", task.owner.map_or(Cell::None, |owner| who(owner, summary, names)));
    report.fact("goroutines", "Goroutines", Cell::Count(task.goroutines.len() as u64));
    report.table(times(&summary.work(task), names));
    let tree = Tree::new(summary, story, names, task.start.unwrap_or(start));
    report.table(tree.table(task.id));
    report
}

/// A goroutine, with the function that it started with.
fn who(goroutine: GoId, summary: &Summary, names: Names<'_>) -> Cell {
    let place = summary.goroutines.binary_search_by_key(&goroutine, |known| known.id);
    let func = place.map_or(StringId::EMPTY, |place| summary.goroutines[place].func);
    Cell::described(Cell::Id(goroutine.0), names.goroutine(goroutine, func))
}

/// Where the time went: by what was done, and what was waited for.
fn times(times: &Times, names: Names<'_>) -> Table {
    let whole = times.total;
    let parts = [Part::Running, Part::Runnable, Part::Syscall, Part::SyscallBlocked, Part::Unknown];
    let parts = parts.into_iter().map(|part| (part.name(), Cell::None, part.of(times)));
    let waits =
        times.waiting.iter().map(|(reason, time)| ("waiting", Cell::from(names.func(*reason)), *time));
    let ranges = times.ranges.iter().map(|(kind, time)| ("of which", Cell::from(names.range(*kind)), *time));
    let rows = parts.chain(waits).chain(ranges).filter(|(.., time)| *time != 0);
    let rows = rows
        .map(|(what, reason, time)| vec![what.into(), reason, Cell::Time(time), Cell::share(time, whole)]);
    let columns = [("what", "Spent on"), ("reason", "Reason"), ("time_ns", "Time"), ("time_ratio", "%")];
    let none = "The trace does not tell where the time went.";
    Table::new("times", &columns, none).under("Where the time of its goroutines went").with(rows)
}

/// A task with all that belongs to it.
struct Tree<'a> {
    summary: &'a Summary,
    /// The tasks that are parts of each.
    subtasks: BTreeMap<TaskId, Vec<&'a Task>>,
    messages: BTreeMap<TaskId, Vec<&'a Message>>,
    names: Names<'a>,
    /// What times are relative to.
    start: TraceTime,
}

/// Something in the tree.
enum Item<'a> {
    Task(&'a Task),
    Region(&'a Region),
    Log(GoId, String),
}

impl<'a> Tree<'a> {
    fn new(summary: &'a Summary, story: &'a Story, names: Names<'a>, start: TraceTime) -> Self {
        let (mut subtasks, mut messages) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for task in &summary.tasks {
            if let Some(parent) = task.parent {
                subtasks.entry(parent).or_default().push(task);
            }
        }
        for message in story.messages() {
            messages.entry(message.log.task).or_default().push(message);
        }
        Self { summary, subtasks, messages, names, start }
    }

    fn table(&self, root: TaskId) -> Table {
        let columns = [
            ("depth", ""),
            ("kind", "What"),
            ("id", ""),
            ("text", "Text"),
            ("start_ns", "At"),
            ("duration_ns", "Took"),
            ("goroutine", "G"),
        ];
        let (mut rows, mut seen) = (Vec::new(), BTreeSet::from([root]));
        self.add(root, 0, &mut rows, &mut seen);
        let none = "It has no subtasks, no regions and no messages.";
        Table::new("tree", &columns, none).under("What belongs to it").with(rows).limited()
    }

    /// Adds the rows of what belongs to a task, in the order of time, with those of its subtasks below them.
    fn add(&self, task: TaskId, depth: usize, rows: &mut Vec<Vec<Cell>>, seen: &mut BTreeSet<TaskId>) {
        let mut items = self.items(task);
        items.sort_by_key(|(time, _)| *time);
        for (time, item) in items {
            rows.push(self.row(time, &item, depth));
            if let Item::Task(subtask) = item
                && depth < MAX_DEPTH
                && seen.insert(subtask.id)
            {
                self.add(subtask.id, depth + 1, rows, seen);
            }
        }
    }

    fn items(&self, id: TaskId) -> Vec<(Option<TraceTime>, Item<'_>)> {
        let tasks = self.subtasks.get(&id).into_iter().flatten();
        let mut items: Vec<_> = tasks.map(|task| (task.start, Item::Task(task))).collect();
        let place = self.summary.tasks.binary_search_by_key(&id, |task| task.id);
        let places = place.map_or(&[][..], |place| &self.summary.tasks[place].regions[..]);
        let regions = places.iter().filter_map(|place| self.summary.regions.get(*place));
        items.extend(regions.map(|region| (region.start, Item::Region(region))));
        let log = |message: &&'a Message| {
            (Some(message.time), Item::Log(message.goroutine, log_text(&message.log, self.names)))
        };
        items.extend(self.messages.get(&id).into_iter().flatten().map(log));
        items
    }

    fn row(&self, time: Option<TraceTime>, item: &Item<'_>, depth: usize) -> Vec<Cell> {
        let (kind, id, text, duration, goroutine) = match item {
            Item::Task(task) => {
                let text = self.names.name(task.name);
                ("task", Cell::Id(task.id.0), text, task.duration(), task.owner)
            }
            Item::Region(region) => {
                let text = self.names.name(region.name);
                ("region", Cell::None, text, region.duration(), Some(region.goroutine))
            }
            Item::Log(goroutine, text) => ("log", Cell::None, text.clone(), None, Some(*goroutine)),
        };
        let shown = match &id {
            Cell::Id(number) => format!("{}{kind} {number}", "  ".repeat(depth)),
            _ => format!("{}{kind}", "  ".repeat(depth)),
        };
        vec![
            Cell::Count(depth as u64),
            Cell::described(kind, shown),
            id,
            text.into(),
            since(time, self.start),
            Cell::some(duration, Cell::Time),
            Cell::some(goroutine.filter(|goroutine| goroutine.is_some()), |goroutine| Cell::Id(goroutine.0)),
        ]
    }
}
