//! Tasks by type, and the slowest ones, in memory that grows with the types and with the tasks that are open.

use std::{cmp::Reverse, collections::BinaryHeap};

use foldhash::HashMap;
use goscope_trace::{Event, StringId, Task, TaskId, TraceTime};

use super::NO_TASK;
use crate::{durations::Durations, spread::Spread};

/// The slowest tasks that are kept.
const SLOWEST: usize = 10;

/// The tasks of a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskType {
    /// What the program calls it.
    pub name: StringId,
    /// How long those took that have ended.
    pub spread: Spread,
    /// How many have not ended.
    pub open: u64,
}

/// A task that has ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TaskRun {
    /// How long it took, in nanoseconds.
    pub duration: i64,
    /// Which one.
    pub id: TaskId,
    /// Its type.
    pub name: StringId,
    /// When it began.
    pub start: TraceTime,
}

#[derive(Default, Debug)]
pub(super) struct Tasks {
    open: HashMap<TaskId, (StringId, TraceTime)>,
    types: HashMap<StringId, Durations>,
    slowest: BinaryHeap<Reverse<TaskRun>>,
}

impl Tasks {
    pub(super) fn begin(&mut self, event: &Event, task: Task) {
        if task.id != NO_TASK {
            self.open.insert(task.id, (task.name, event.time));
        }
    }

    pub(super) fn end(&mut self, event: &Event, task: Task) {
        let Some((name, start)) = self.open.remove(&task.id) else { return };
        let duration = event.time.since(start);
        self.types.entry(name).or_default().add(duration);
        self.slowest.push(Reverse(TaskRun { duration, id: task.id, name, start }));
        if self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }

    /// The types, the most frequent first, and the slowest tasks.
    pub(super) fn finish(mut self) -> (Vec<TaskType>, Vec<TaskRun>) {
        let mut open: HashMap<StringId, u64> = HashMap::default();
        for (name, _) in self.open.into_values() {
            self.types.entry(name).or_default();
            *open.entry(name).or_default() += 1;
        }
        let of_type = |(name, durations): (StringId, Durations)| {
            let (spread, open) = (durations.spread(), open.get(&name).copied().unwrap_or_default());
            TaskType { name, spread, open }
        };
        let mut types: Vec<_> = self.types.into_iter().map(of_type).collect();
        types.sort_unstable_by_key(|of_type| (Reverse(of_type.spread.count + of_type.open), of_type.name));
        let mut slowest: Vec<_> = self.slowest.into_iter().map(|Reverse(run)| run).collect();
        slowest.sort_unstable_by(|one, other| other.cmp(one));
        (types, slowest)
    }
}
