//! What happens in an instant: metrics, labels, logs, tasks, regions.

use super::V2;
use crate::{
    event::{EventKind, Label, Log, Metric, MetricName, Region, Task},
    event_id as id,
    id::TaskId,
    stream::output::Output,
    tables::StackId,
};

impl V2 {
    pub(super) fn metric(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        let [value, stack, ..] = *args;
        let (name, stack) = match event {
            id::PROCS_CHANGE => (MetricName::Gomaxprocs, out.tables.stack_id(stack)),
            id::HEAP_ALLOC => (MetricName::HeapObjects, StackId::NONE),
            _ => (MetricName::HeapGoal, StackId::NONE),
        };
        self.emit(stack, EventKind::Metric(Metric { name, value }), out);
    }

    pub(super) fn annotation(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        let [first, second, third, fourth] = *args;
        let (kind, stack) = match event {
            id::GO_LABEL => {
                let (label, goroutine) = (out.tables.string_id(first), self.worker.goroutine);
                (EventKind::Label(Label { label, goroutine }), 0)
            }
            id::USER_TASK_BEGIN => (EventKind::TaskBegin(self.task_begin(args, out)), fourth),
            id::USER_TASK_END => (EventKind::TaskEnd(self.tasks.end(TaskId(first), out.tables)), second),
            id::USER_LOG => {
                let (category, message) = (out.tables.string_id(second), out.tables.string_id(third));
                (EventKind::Log(Log { task: TaskId(first), category, message }), fourth)
            }
            _ => {
                let region = Region { task: TaskId(first), name: out.tables.string_id(second) };
                let is_begin = event == id::USER_REGION_BEGIN;
                (if is_begin { EventKind::RegionBegin(region) } else { EventKind::RegionEnd(region) }, third)
            }
        };
        let stack = out.tables.stack_id(stack);
        self.emit(stack, kind, out);
    }

    /// Here 0 is not the background task but none.
    fn task_begin(&mut self, args: &[u64; 4], out: &mut Output<'_>) -> Task {
        let [id, parent, name, _] = *args;
        let id = TaskId(id);
        let parent = if parent == 0 { TaskId::NONE } else { TaskId(parent) };
        let name = out.tables.string_id(name);
        self.tasks.begin(id, name, parent, out.tables);
        Task { id, parent, name }
    }
}
