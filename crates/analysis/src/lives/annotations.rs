//! What the program says it is doing, as a part of the lives of those who do it: tasks and regions.

use goscope_trace::{Event, GoId, StringId, TaskId};

use super::Lives;
use crate::{
    tasks::{self, OpenRegion, Task},
    times::Times,
};

impl Lives {
    pub(super) fn begin_region(&mut self, event: &Event, region: goscope_trace::Region) {
        let (now, goroutine) = (self.now, event.goroutine);
        let goscope_trace::Region { task, name } = region;
        let Some(life) = self.alive.get_mut(goroutine.0) else { return };
        let Some(regions) = &mut self.regions else {
            life.enter_region(OpenRegion { place: None, task, before: Times::default() });
            return self.add_worker(goroutine, task);
        };
        let (before, place) = (life.times(now), regions.len());
        life.enter_region(OpenRegion { place: Some(place), task, before });
        let (start, stack, times) = (Some(now), event.stack, Times::default());
        regions.push(tasks::Region { name, task, goroutine, stack, start, end: None, times });
        self.add_region(goroutine, task, place);
    }

    pub(super) fn end_region(&mut self, event: &Event, region: goscope_trace::Region) {
        let (now, goroutine, stack) = (self.now, event.goroutine, event.stack);
        let goscope_trace::Region { task, name } = region;
        let Some(life) = self.alive.get_mut(goroutine.0) else { return };
        life.goroutine.regions += 1;
        let open = life.leave_region();
        let Some(regions) = &mut self.regions else {
            if open.is_none() {
                self.add_worker(goroutine, task);
            }
            return;
        };
        let times = life.times(now);
        match open {
            Some(OpenRegion { place, before, .. }) => {
                if let Some(region) = place.and_then(|place| regions.get_mut(place)) {
                    (region.end, region.times) = (Some(now), times.since(&before));
                }
            }
            None => {
                let place = regions.len();
                let (start, end) = (None, Some(now));
                regions.push(tasks::Region { name, task, goroutine, stack, start, end, times });
                self.add_region(goroutine, task, place);
            }
        }
    }

    pub(super) fn add_worker(&mut self, goroutine: GoId, task: TaskId) {
        self.known_task(task).add_goroutine(goroutine);
    }

    pub(super) fn add_region(&mut self, goroutine: GoId, task: TaskId, place: usize) {
        let task = self.known_task(task);
        task.add_goroutine(goroutine);
        task.regions.push(place);
    }

    /// A task begins, and with it the time that its goroutine spends for it. Until it ends, its times are those of the
    /// goroutine as it began.
    pub(super) fn begin_task(&mut self, event: &Event, told: goscope_trace::Task) {
        let owner = event.goroutine;
        let before = self.regions.as_ref().and(self.alive.get(owner.0)).map(|life| life.times(event.time));
        let task = self.task(event, told);
        task.start = Some(event.time);
        let Some(before) = before else { return };
        task.times = before;
        if let Some(earlier) = task.owner.replace(owner) {
            self.close_task(earlier, told.id);
        }
        self.open_tasks.entry(owner).or_default().insert(told.id);
    }

    pub(super) fn end_task(&mut self, event: &Event, told: goscope_trace::Task) {
        let task = self.task(event, told);
        task.end = Some(event.time);
        let Some(owner) = task.owner else { return };
        if self.close_task(owner, told.id) {
            // One that has not ended is there, with all that it did.
            let times = self.alive.get(owner.0).map(|life| life.times(event.time)).unwrap_or_default();
            self.known_task(told.id).end_times(times);
        }
    }

    /// A goroutine ends, or the trace does, and with it what it does for its tasks.
    pub(super) fn leave_tasks(&mut self, owner: GoId, times: &Times) {
        for id in self.open_tasks.remove(&owner).unwrap_or_default() {
            self.known_task(id).end_times(times.clone());
        }
    }

    /// Whether a task was among those that a goroutine began and that have not ended. It no longer is.
    fn close_task(&mut self, owner: GoId, id: TaskId) -> bool {
        let Some(open) = self.open_tasks.get_mut(&owner) else { return false };
        let is_there = open.remove(&id);
        if open.is_empty() {
            self.open_tasks.remove(&owner);
        }
        is_there
    }

    /// A task, which may be named here for the first time.
    pub(super) fn known_task(&mut self, id: TaskId) -> &mut Task {
        self.tasks.get_or_insert_with(id.0, || Task::new(id))
    }

    pub(super) fn task(&mut self, event: &Event, told: goscope_trace::Task) -> &mut Task {
        let parent = Some(told.parent).filter(|parent| *parent != TaskId::NONE);
        if let Some(parent) = parent {
            self.known_task(parent);
        }
        let task = self.known_task(told.id);
        // A task that is ended once more is told of without its name.
        if told.name != StringId::EMPTY {
            task.name = told.name;
        }
        task.parent = task.parent.or(parent);
        task.add_goroutine(event.goroutine);
        task
    }
}
