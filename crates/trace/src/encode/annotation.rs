//! What happens in an instant: metrics, labels, what the program says itself, experiments.

use std::io::Write;

use super::{Encoder, tell::parent_number};
use crate::{
    event::{Event, Experimental, Label, Log, Metric, MetricName, Region, Task},
    event_id as id,
    tables::Tables,
};

impl<W: Write> Encoder<W> {
    pub(super) fn metric(&mut self, event: &Event, metric: Metric, tables: &Tables) {
        let record = match metric.name {
            MetricName::HeapObjects => id::HEAP_ALLOC,
            MetricName::HeapGoal => id::HEAP_GOAL,
            MetricName::Gomaxprocs => return self.gomaxprocs(event, metric.value, tables),
        };
        let place = self.place_with_proc(event);
        self.out.put(place, event.time, record, [metric.value]);
    }

    fn gomaxprocs(&mut self, event: &Event, procs: u64, tables: &Tables) {
        let Some(place) = self.place_running(event) else { return self.leave_out() };
        let stack = self.out.stack(event.stack, tables);
        self.out.put(place, event.time, id::PROCS_CHANGE, [procs, stack]);
    }

    pub(super) fn label(&mut self, event: &Event, label: Label, tables: &Tables) {
        let Some(place) = self.place_running(&Event { goroutine: label.goroutine, ..*event }) else {
            return self.leave_out();
        };
        let label = self.out.string(label.label, tables);
        self.out.put(place, event.time, id::GO_LABEL, [label]);
    }

    pub(super) fn task_begin(&mut self, event: &Event, task: Task, tables: &Tables) {
        let (Some(place), false) = (self.place_running(event), self.model.tasks.contains_key(&task.id))
        else {
            return self.leave_out();
        };
        self.model.tasks.insert(task.id, (task.name, task.parent));
        let (name, stack) = (self.out.string(task.name, tables), self.out.stack(event.stack, tables));
        let args = [task.id.0, parent_number(task.parent), name, stack];
        self.out.put(place, event.time, id::USER_TASK_BEGIN, args);
    }

    pub(super) fn task_end(&mut self, event: &Event, task: Task, tables: &Tables) {
        let Some(place) = self.place_running(event) else { return self.leave_out() };
        self.begin_task_in_time(place, task.id, tables);
        self.model.tasks.remove(&task.id);
        let stack = self.out.stack(event.stack, tables);
        self.out.put(place, event.time, id::USER_TASK_END, [task.id.0, stack]);
    }

    pub(super) fn region_begin(&mut self, event: &Event, region: Region, tables: &Tables) {
        let Some(place) = self.place_running(event) else { return self.leave_out() };
        let running = self.model.thread(place).goroutine;
        self.begin_regions_again(running, place, Some(tables));
        if let Some(go) = self.model.goroutines.get(running) {
            go.more().regions.push(region);
        }
        self.put_region(event, place, id::USER_REGION_BEGIN, region, tables);
    }

    /// The innermost region ends, unless none is known.
    pub(super) fn region_end(&mut self, event: &Event, region: Region, tables: &Tables) {
        let Some(place) = self.place_running(event) else { return self.leave_out() };
        let running = self.model.thread(place).goroutine;
        self.begin_regions_again(running, place, Some(tables));
        let Some(go) = self.model.goroutines.get(running) else { return self.leave_out() };
        let regions = &mut go.more().regions;
        if regions.pop_if(|innermost| *innermost == region).is_none() && !regions.is_empty() {
            return self.leave_out();
        }
        self.put_region(event, place, id::USER_REGION_END, region, tables);
    }

    fn put_region(&mut self, event: &Event, place: u32, record: u8, region: Region, tables: &Tables) {
        let (name, stack) = (self.out.string(region.name, tables), self.out.stack(event.stack, tables));
        self.out.put(place, event.time, record, [region.task.0, name, stack]);
    }

    pub(super) fn log(&mut self, event: &Event, log: Log, tables: &Tables) {
        let Some(place) = self.place_running(event) else { return self.leave_out() };
        let (category, message) =
            (self.out.string(log.category, tables), self.out.string(log.message, tables));
        let stack = self.out.stack(event.stack, tables);
        self.out.put(place, event.time, id::USER_LOG, [log.task.0, category, message, stack]);
    }

    /// What an experiment says, on a thread. Anything else would be an event of another kind.
    pub(super) fn experimental(&mut self, event: &Event, said: &Experimental) {
        let place = self.place(event.thread);
        let is_of_experiment = matches!(said.event.0, id::SPAN..=id::GOROUTINE_STACK_FREE);
        if !event.thread.is_some() || !is_of_experiment {
            return self.leave_out();
        }
        self.know_thread(place);
        self.put_experimental(place, event, said);
    }

    fn put_experimental(&mut self, place: u32, event: &Event, said: &Experimental) {
        let [a, b, c, d] = said.args;
        match goscope_wire::Table::of(goscope_wire::FormatVersion::NEWEST)
            .get(said.event)
            .map_or(0, |spec| spec.args.len())
        {
            2 => self.out.put(place, event.time, said.event.0, [a]),
            3 => self.out.put(place, event.time, said.event.0, [a, b]),
            4 => self.out.put(place, event.time, said.event.0, [a, b, c]),
            5 => self.out.put(place, event.time, said.event.0, [a, b, c, d]),
            _ => self.leave_out(),
        }
    }
}
