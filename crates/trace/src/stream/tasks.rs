//! The tasks that go on: at the end of one its begin is told again.
//!
//! Threads come out of order with each other, so that a task may end before it begins. Then its end says no more
//! than it does in the file, and its begin is not remembered.

use std::mem;

use foldhash::{HashMap, HashSet};

use super::{limits, tables::StreamTables};
use crate::{event::Task, id::TaskId, tables::StringId};

#[derive(Default, Debug)]
pub(super) struct Tasks {
    /// The names and parents of those that go on.
    active: HashMap<TaskId, (StringId, TaskId)>,
    /// Those that began in this generation.
    begun: Vec<TaskId>,
    /// Those that ended in this generation, and of which no begin was seen.
    ended: HashSet<TaskId>,
}

impl Tasks {
    pub(super) fn begin(&mut self, id: TaskId, name: StringId, parent: TaskId, tables: &mut StreamTables) {
        if self.ended.remove(&id) || self.active.len() == limits::TASKS {
            return;
        }
        if let Some((before, _)) = self.active.insert(id, (name, parent)) {
            tables.release(before);
        }
        if self.begun.len() == 2 * limits::TASKS {
            self.begun.retain(|id| self.active.contains_key(id));
        }
        self.begun.push(id);
    }

    pub(super) fn end(&mut self, id: TaskId, tables: &mut StreamTables) -> Task {
        let Some((name, parent)) = self.active.remove(&id) else {
            if self.ended.len() < limits::TASKS {
                self.ended.insert(id);
            }
            return Task { id, parent: TaskId::NONE, name: StringId::EMPTY };
        };
        tables.release(name);
        Task { id, parent, name }
    }

    /// Keeps the names of tasks that go on beyond the generation that ends.
    pub(super) fn end_generation(&mut self, tables: &mut StreamTables) {
        self.ended.clear();
        for id in mem::take(&mut self.begun) {
            if let Some((name, _)) = self.active.get_mut(&id) {
                *name = tables.keep(*name);
            }
        }
    }
}
