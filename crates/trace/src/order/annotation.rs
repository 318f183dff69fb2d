//! What happens in an instant and orders nothing: metrics, labels, logs, tasks, regions, experiments.

use goscope_wire::EventId;

use super::{Candidate, OpenTask, Order, Outcome, Step, context::Needs, misfit::Misfit, rule::Rule};
use crate::{
    event::{EventKind, Experimental, Label, Log, Metric, MetricName, Region, Task},
    id::TaskId,
    tables::{StackId, StringId},
};

impl Order {
    pub(super) fn procs_change(&mut self, event: &Candidate<'_>, value: u64, stack: u64) -> Outcome {
        self.thread(event).check(Needs::RUNNING)?;
        let kind = EventKind::Metric(Metric { name: MetricName::Gomaxprocs, value });
        self.emit(event, event.stack(stack)?, kind);
        Ok(Step::Advanced)
    }

    pub(super) fn heap_alloc(&mut self, event: &Candidate<'_>, bytes: u64) -> Outcome {
        self.heap(event, MetricName::HeapObjects, bytes)
    }

    pub(super) fn heap_goal(&mut self, event: &Candidate<'_>, bytes: u64) -> Outcome {
        self.heap(event, MetricName::HeapGoal, bytes)
    }

    fn heap(&mut self, event: &Candidate<'_>, name: MetricName, value: u64) -> Outcome {
        self.thread(event).check(Needs::PROC)?;
        self.emit(event, StackId::NONE, EventKind::Metric(Metric { name, value }));
        Ok(Step::Advanced)
    }

    pub(super) fn label(&mut self, event: &Candidate<'_>, label: u64) -> Outcome {
        let thread = *self.thread(event);
        thread.check(Needs::RUNNING)?;
        let label = event.string(label)?;
        let kind = EventKind::Label(Label { label, goroutine: thread.goroutine.id });
        self.emit(event, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    pub(super) fn log(
        &mut self,
        event: &Candidate<'_>,
        task: u64,
        category: u64,
        message: u64,
        stack: u64,
    ) -> Outcome {
        self.thread(event).check(Needs::RUNNING)?;
        let stack = event.stack(stack)?;
        let (category, message) = (event.string(category)?, event.string(message)?);
        self.emit(event, stack, EventKind::Log(Log { task: TaskId(task), category, message }));
        Ok(Step::Advanced)
    }

    /// A task may end without having begun, and more than once; but it begins once.
    pub(super) fn task_begin(
        &mut self,
        event: &Candidate<'_>,
        task: u64,
        parent: u64,
        name: u64,
        stack: u64,
    ) -> Outcome {
        let id = TaskId(task);
        if self.tasks.get(task).is_some() {
            return Err(Rule::TaskActive);
        }
        // Here 0 is not the background task but none.
        let parent = if parent == 0 { TaskId::NONE } else { TaskId(parent) };
        let name = event.string(name)?;
        self.tasks.insert(OpenTask { id, parent, name });
        self.thread(event).check(Needs::RUNNING)?;
        self.emit(event, event.stack(stack)?, EventKind::TaskBegin(Task { id, parent, name }));
        Ok(Step::Advanced)
    }

    pub(super) fn task_end(&mut self, event: &Candidate<'_>, task: u64, stack: u64) -> Outcome {
        let id = TaskId(task);
        let begun = self.tasks.remove(task).map(|OpenTask { parent, name, .. }| (name, parent));
        let (name, parent) = begun.unwrap_or((StringId::EMPTY, TaskId::NONE));
        self.thread(event).check(Needs::RUNNING)?;
        self.emit(event, event.stack(stack)?, EventKind::TaskEnd(Task { id, parent, name }));
        Ok(Step::Advanced)
    }

    pub(super) fn region_begin(
        &mut self,
        event: &Candidate<'_>,
        task: u64,
        name: u64,
        stack: u64,
    ) -> Outcome {
        let region = self.region(event, task, name)?;
        self.begin_region(event, region, event.stack(stack)?)
    }

    pub(super) fn region_end(&mut self, event: &Candidate<'_>, task: u64, name: u64, stack: u64) -> Outcome {
        let region = self.region(event, task, name)?;
        self.end_region(event, region, event.stack(stack)?)
    }

    pub(super) fn begin_region(&mut self, event: &Candidate<'_>, region: Region, stack: StackId) -> Outcome {
        self.own_goroutine(event)?.more().regions.push(region);
        self.emit(event, stack, EventKind::RegionBegin(region));
        Ok(Step::Advanced)
    }

    /// The innermost region ends, unless none is known: it began before the trace then.
    pub(super) fn end_region(&mut self, event: &Candidate<'_>, region: Region, stack: StackId) -> Outcome {
        let goroutine = self.own_goroutine(event)?;
        let (id, innermost) = (goroutine.id, goroutine.more().regions.pop());
        if let Some(innermost) = innermost.filter(|innermost| *innermost != region) {
            self.misfit.get_or_insert(Misfit { goroutine: id, ended: region, innermost, stack });
            return Err(Rule::RegionMismatch);
        }
        self.emit(event, stack, EventKind::RegionEnd(region));
        Ok(Step::Advanced)
    }

    fn region(&mut self, event: &Candidate<'_>, task: u64, name: u64) -> Result<Region, Rule> {
        self.thread(event).check(Needs::RUNNING)?;
        Ok(Region { task: TaskId(task), name: event.string(name)? })
    }

    pub(super) fn experimental(&mut self, event: &Candidate<'_>, args: [u64; 4]) -> Outcome {
        self.thread(event).check(Needs::THREAD)?;
        let kind = EventKind::Experimental(Experimental { event: EventId(event.id), args });
        self.emit(event, StackId::NONE, kind);
        Ok(Step::Advanced)
    }
}
