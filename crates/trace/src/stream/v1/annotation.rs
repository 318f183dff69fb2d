//! What the program itself says: tasks, regions, logs.

use super::{V1, V1Event};
use crate::{
    event::{EventKind, Log, Region, Task},
    id::TaskId,
    stream::output::Output,
    upgrade::kind,
};

impl V1 {
    pub(super) fn annotation(&mut self, event: &V1Event, data: Option<&[u8]>, out: &mut Output<'_>) {
        let [first, second, third, _] = event.args;
        let kind = match event.kind {
            kind::TASK_CREATE => EventKind::TaskBegin(self.task_begin(event, out)),
            kind::TASK_END => EventKind::TaskEnd(self.tasks.end(TaskId(first), out.tables)),
            kind::REGION => {
                let region = Region { task: TaskId(first), name: out.tables.string_id(third) };
                if second == 0 { EventKind::RegionBegin(region) } else { EventKind::RegionEnd(region) }
            }
            _ => {
                let (category, message) =
                    (out.tables.string_id(second), out.tables.message(data.unwrap_or_default()));
                EventKind::Log(Log { task: TaskId(first), category, message })
            }
        };
        let stack = self.stack(event, out);
        self.emit(event, stack, kind, out);
    }

    /// Here a parent of 0 is none. At the end of a task it is told as it is in the file, as Go's reader does.
    fn task_begin(&mut self, event: &V1Event, out: &mut Output<'_>) -> Task {
        let [id, parent, name, _] = event.args;
        let (id, name) = (TaskId(id), out.tables.string_id(name));
        self.tasks.begin(id, name, TaskId(parent), out.tables);
        Task { id, parent: if parent == 0 { TaskId::NONE } else { TaskId(parent) }, name }
    }
}
