//! What the program itself says: tasks, regions, logs.

use super::{
    convert::{Converter, Source},
    kind,
};
use crate::{
    event::{EventKind, Log, Region, Task},
    id::TaskId,
    tables::StringId,
};

impl Converter {
    pub(super) fn annotation(&mut self, source: &mut Source<'_>) {
        let kind = match source.event.kind {
            kind::TASK_CREATE => self.task_begin(source),
            kind::TASK_END => self.task_end(source),
            kind::REGION => region(source),
            _ => log(source),
        };
        let stack = source.stack();
        self.emit(source, stack, kind);
    }

    /// Here a parent of 0 is none. At the end of a task it is told as it is in the file, as Go's reader does.
    fn task_begin(&mut self, source: &Source<'_>) -> EventKind {
        let [id, parent, _] = source.event.args;
        let name = source.string(2);
        self.tasks.insert(id, (name, TaskId(parent)));
        let parent = if parent == 0 { TaskId::NONE } else { TaskId(parent) };
        EventKind::TaskBegin(Task { id: TaskId(id), parent, name })
    }

    fn task_end(&mut self, source: &Source<'_>) -> EventKind {
        let id = source.event.args[0];
        let (name, parent) = self.tasks.remove(&id).unwrap_or((StringId::EMPTY, TaskId::NONE));
        EventKind::TaskEnd(Task { id: TaskId(id), parent, name })
    }
}

fn region(source: &Source<'_>) -> EventKind {
    let [task, mode, _] = source.event.args;
    let region = Region { task: TaskId(task), name: source.string(2) };
    if mode == 0 { EventKind::RegionBegin(region) } else { EventKind::RegionEnd(region) }
}

/// The message was interned when it was read.
fn log(source: &Source<'_>) -> EventKind {
    let [task, _, message] = source.event.args;
    let (category, message) = (source.string(1), StringId(message as u32));
    EventKind::Log(Log { task: TaskId(task), category, message })
}
