//! Tasks in flight. A task may begin on one thread and end on another one, whose events may come earlier.

use foldhash::HashMap;
use goscope_trace::{TaskId, Ticks};

/// The tasks in flight that are followed.
const OPEN: usize = 1 << 16;

/// Tasks in flight: their types' entries, and since when.
#[derive(Default, Debug)]
pub(super) struct Tasks {
    open: HashMap<TaskId, (u32, Ticks)>,
    /// Those whose begins have not come yet, if they ever will: when they ended.
    ended: HashMap<TaskId, Ticks>,
    left_out: u64,
}

impl Tasks {
    /// A task begins. Returns when it ended, if that has come already.
    pub(super) fn begin(&mut self, task: TaskId, of_type: u32, at: Ticks) -> Option<Ticks> {
        if let Some(end) = self.ended.remove(&task).filter(|end| *end >= at) {
            return Some(end);
        }
        if self.open.len() >= OPEN && !self.open.contains_key(&task) {
            self.left_out += 1;
        } else if task != TaskId::NONE {
            self.open.insert(task, (of_type, at));
        }
        None
    }

    /// A task ends. Returns its type, and when it began.
    pub(super) fn end(&mut self, task: TaskId, at: Ticks) -> Option<(u32, Ticks)> {
        let begun = self.open.remove(&task);
        if begun.is_none() && self.ended.len() < OPEN {
            self.ended.insert(task, at);
        }
        begun
    }

    /// The generation ends: what has not come will not, and types may be called otherwise.
    pub(super) fn end_generation(&mut self, became: impl Fn(u32) -> u32) {
        self.ended.clear();
        self.open.values_mut().for_each(|(of_type, _)| *of_type = became(*of_type));
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.ended.clear();
    }

    /// The types of tasks in flight, and since when these are.
    pub(super) fn open(&self) -> impl Iterator<Item = (u32, Ticks)> {
        self.open.values().copied()
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }
}
