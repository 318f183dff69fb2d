//! What happens in an instant and orders nothing: metrics, labels, logs, tasks, regions, experiments.

use goscope_wire::{EventId, FormatVersion, Table};

use super::{
    Candidate, Order, Outcome,
    context::{Context, Needs},
    rule::Rule,
};
use crate::{
    event::{EventKind, Experimental, Label, Log, Metric, MetricName, Region, Task},
    id::TaskId,
    tables::{StackId, StringId},
};

impl Order {
    pub(super) fn procs_change(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [value, stack, ..] = *candidate.args;
        context.check(Needs::RUNNING)?;
        let kind = EventKind::Metric(Metric { name: MetricName::Gomaxprocs, value });
        self.emit(candidate, context, candidate.stack(stack)?, kind);
        Ok(Some(context))
    }

    pub(super) fn heap_alloc(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.heap(candidate, context, MetricName::HeapObjects)
    }

    pub(super) fn heap_goal(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.heap(candidate, context, MetricName::HeapGoal)
    }

    fn heap(&mut self, candidate: &Candidate<'_>, context: Context, name: MetricName) -> Outcome {
        context.check(Needs::PROC)?;
        let kind = EventKind::Metric(Metric { name, value: candidate.args[0] });
        self.emit(candidate, context, StackId::NONE, kind);
        Ok(Some(context))
    }

    pub(super) fn label(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        context.check(Needs::RUNNING)?;
        let label = candidate.string(candidate.args[0])?;
        let kind = EventKind::Label(Label { label, goroutine: context.goroutine.id });
        self.emit(candidate, context, StackId::NONE, kind);
        Ok(Some(context))
    }

    pub(super) fn log(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [task, category, message, stack] = *candidate.args;
        context.check(Needs::RUNNING)?;
        let stack = candidate.stack(stack)?;
        let (category, message) = (candidate.string(category)?, candidate.string(message)?);
        self.emit(candidate, context, stack, EventKind::Log(Log { task: TaskId(task), category, message }));
        Ok(Some(context))
    }

    /// A task may end without having begun, and more than once; but it begins once.
    pub(super) fn task_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [id, parent, name, stack] = *candidate.args;
        let id = TaskId(id);
        if self.tasks.contains_key(&id) {
            return Err(Rule::TaskActive);
        }
        // Here 0 is not the background task but none.
        let parent = if parent == 0 { TaskId::NONE } else { TaskId(parent) };
        let name = candidate.string(name)?;
        self.tasks.insert(id, (name, parent));
        context.check(Needs::RUNNING)?;
        self.emit(
            candidate,
            context,
            candidate.stack(stack)?,
            EventKind::TaskBegin(Task { id, parent, name }),
        );
        Ok(Some(context))
    }

    pub(super) fn task_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [id, stack, ..] = *candidate.args;
        let id = TaskId(id);
        let (name, parent) = self.tasks.remove(&id).unwrap_or((StringId::EMPTY, TaskId::NONE));
        context.check(Needs::RUNNING)?;
        self.emit(candidate, context, candidate.stack(stack)?, EventKind::TaskEnd(Task { id, parent, name }));
        Ok(Some(context))
    }

    pub(super) fn region_begin(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let (region, stack) = self.region(candidate, context)?;
        let goroutine = self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?;
        goroutine.regions.push((region.task, region.name));
        self.emit(candidate, context, stack, EventKind::RegionBegin(region));
        Ok(Some(context))
    }

    /// The innermost region ends, unless none is known: it began before the trace then.
    pub(super) fn region_end(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let (region, stack) = self.region(candidate, context)?;
        let goroutine = self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?;
        if goroutine.regions.pop().is_some_and(|innermost| innermost != (region.task, region.name)) {
            return Err(Rule::RegionMismatch);
        }
        self.emit(candidate, context, stack, EventKind::RegionEnd(region));
        Ok(Some(context))
    }

    fn region(&self, candidate: &Candidate<'_>, context: Context) -> Result<(Region, StackId), Rule> {
        let [task, name, stack, _] = *candidate.args;
        context.check(Needs::RUNNING)?;
        Ok((Region { task: TaskId(task), name: candidate.string(name)? }, candidate.stack(stack)?))
    }

    pub(super) fn experimental(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        context.check(Needs::THREAD)?;
        let kind = EventKind::Experimental(Experimental {
            event: EventId(candidate.id),
            args: known_args(candidate),
        });
        self.emit(candidate, context, StackId::NONE, kind);
        Ok(Some(context))
    }
}

/// The arguments that the event has. What is behind them is of an earlier event.
fn known_args(candidate: &Candidate<'_>) -> [u64; 4] {
    let spec = Table::of(FormatVersion::NEWEST).get(EventId(candidate.id));
    let count = spec.map_or(0, |spec| spec.args.len() - 1);
    std::array::from_fn(|place| if place < count { candidate.args[place] } else { 0 })
}
