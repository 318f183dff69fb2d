//! What the program says of itself: tasks, regions and logs.

use std::collections::{HashMap, HashSet};

use goscope_trace::{Event, EventKind, GoId, GoState, GoTransition, Region, StringId, Task, TaskId};
use goscope_wire::Family;

use super::{Findings, Origin};

#[derive(Debug)]
pub(super) struct Annotations {
    family: Family,
    origin: Origin,
    /// The tasks that have begun and not ended.
    tasks: HashMap<TaskId, Task>,
    /// The regions that each goroutine is in, innermost last.
    regions: HashMap<GoId, Vec<Region>>,
    /// The goroutines whose regions are all known, because they were created before our eyes.
    known_from_birth: HashSet<GoId>,
}

impl Annotations {
    pub(super) fn new(family: Family, origin: Origin) -> Self {
        let (tasks, regions, known_from_birth) = (HashMap::new(), HashMap::new(), HashSet::new());
        Self { family, origin, tasks, regions, known_from_birth }
    }

    pub(super) fn transition(&mut self, transition: &GoTransition) {
        if transition.from == GoState::NotExist {
            self.known_from_birth.insert(transition.goroutine);
        }
    }

    /// A goroutine may end within its regions.
    pub(super) fn end_of_goroutine(&mut self, goroutine: GoId) {
        self.regions.remove(&goroutine);
        self.known_from_birth.remove(&goroutine);
    }

    pub(super) fn check(&mut self, event: &Event, findings: &mut Findings) {
        // A stranger's trace of family v1 may have some: Go's reader takes them, too.
        let may_have_none = self.family == Family::V1 && self.origin == Origin::Stranger;
        findings.expect(may_have_none || event.goroutine.is_some(), || {
            "an annotation without a goroutine".to_owned()
        });
        match &event.kind {
            EventKind::TaskBegin(task) => self.task_begin(*task, findings),
            EventKind::TaskEnd(task) => self.task_end(*task, findings),
            EventKind::RegionBegin(region) => {
                self.regions.entry(event.goroutine).or_default().push(*region);
            }
            EventKind::RegionEnd(region) => self.region_end(event.goroutine, *region, findings),
            _ => {}
        }
    }

    fn task_begin(&mut self, task: Task, findings: &mut Findings) {
        if self.origin == Origin::Runtime {
            let is_one = task.id != TaskId::BACKGROUND && task.id != TaskId::NONE;
            findings.expect(is_one, || format!("a task may not have the id {}", task.id));
        }
        findings.expect(task.parent != TaskId::BACKGROUND, || "the background has no subtasks".to_owned());
        let before = self.tasks.insert(task.id, task);
        findings.expect(before.is_none(), || format!("task {} begins again", task.id));
    }

    /// Of a task whose begin was not seen, or that has ended already, nothing is known.
    fn task_end(&mut self, task: Task, findings: &mut Findings) {
        let unknown = Task { id: task.id, parent: TaskId::NONE, name: StringId::EMPTY };
        let mut begun = self.tasks.remove(&task.id).unwrap_or(unknown);
        if self.family == Family::V1 {
            // There the end does not know the parent.
            begun.parent = task.parent;
        }
        findings.expect(begun == task, || format!("{task:?} ends, but begun has {begun:?}"));
    }

    /// A goroutine may come out of regions that it entered before the trace.
    fn region_end(&mut self, goroutine: GoId, region: Region, findings: &mut Findings) {
        match self.regions.entry(goroutine).or_default().pop() {
            Some(innermost) => findings
                .expect(innermost == region, || format!("{region:?} ends within the inner {innermost:?}")),
            None => findings.expect(
                self.origin == Origin::Stranger || !self.known_from_birth.contains(&goroutine),
                || format!("{region:?} ends but did not begin"),
            ),
        }
    }
}
