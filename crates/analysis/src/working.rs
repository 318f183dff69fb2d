//! Which task a goroutine works for: that of the innermost region that it is in.
//!
//! A goroutine that is created in a region works for the task of that region, as Go has it.

use foldhash::HashMap;
use goscope_trace::{Event, EventKind, GoId, GoState, TaskId};

/// Follows for which tasks goroutines work.
#[derive(Default, Debug)]
pub(crate) struct Workplace {
    /// The tasks of the regions that a goroutine is in, the innermost last.
    tasks: HashMap<GoId, Vec<TaskId>>,
}

impl Workplace {
    /// Follows the next event.
    pub(crate) fn add(&mut self, event: &Event) {
        match event.kind {
            EventKind::RegionBegin(region) => {
                self.tasks.entry(event.goroutine).or_default().push(region.task);
            }
            EventKind::RegionEnd(_) => self.leave(event.goroutine),
            EventKind::GoTransition(transition) if transition.from == GoState::NotExist => {
                let task = self.task(event.goroutine);
                if task != TaskId::NONE {
                    self.tasks.insert(transition.goroutine, vec![task]);
                }
            }
            EventKind::GoTransition(transition) if transition.to == GoState::NotExist => {
                self.tasks.remove(&transition.goroutine);
            }
            _ => {}
        }
    }

    fn leave(&mut self, goroutine: GoId) {
        if let Some(tasks) = self.tasks.get_mut(&goroutine) {
            tasks.pop();
            if tasks.is_empty() {
                self.tasks.remove(&goroutine);
            }
        }
    }

    /// The task that a goroutine works for, or [`TaskId::NONE`].
    pub(crate) fn task(&self, goroutine: GoId) -> TaskId {
        let tasks = self.tasks.get(&goroutine);
        tasks
            .and_then(|tasks| tasks.last())
            .copied()
            .filter(|task| *task != TaskId::BACKGROUND)
            .unwrap_or(TaskId::NONE)
    }
}
