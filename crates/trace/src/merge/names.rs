//! Events of one trace as events of another: ids apart, strings and stacks in the tables of that one.

use super::APART;
use crate::{
    event::{
        Event, EventKind, GoTransition, Label, Log, ProcTransition, Range, RangeKind, Region, Scope, Task,
    },
    id::{GoId, ProcId, TaskId, ThreadId},
    tables::{Frame, StackId, StringId, Tables},
};

/// So far are the ids of procs of one trace from those of the next: there are few of them.
const PROCS_APART: u64 = 1_000_000;

/// What the names of a trace become. Those of the first one, with the number 0, keep their ids.
#[derive(Default, Debug)]
pub(crate) struct Names {
    number: u64,
    strings: Renumbering,
    stacks: Renumbering,
}

/// By the id of a trace: that of the other one.
#[derive(Default, Debug)]
struct Renumbering(Vec<Option<u32>>);

impl Renumbering {
    fn get(&mut self, index: usize, intern: impl FnOnce() -> u32) -> u32 {
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        *self.0[index].get_or_insert_with(intern)
    }
}

/// Where strings and stacks come from, and where they go.
#[derive(Debug)]
pub(crate) struct Between<'a> {
    pub(crate) from: &'a Tables,
    pub(crate) to: &'a mut Tables,
}

impl Names {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// An event of the trace as one of the other, at the same time.
    pub(crate) fn event(&mut self, event: &Event, tables: &mut Between<'_>) -> Event {
        Event {
            time: event.time,
            thread: self.thread(event.thread),
            proc: self.proc(event.proc),
            goroutine: self.go(event.goroutine),
            stack: self.stack(event.stack, tables),
            kind: self.kind(event.kind, tables),
        }
    }

    fn go(&self, id: GoId) -> GoId {
        if id.is_some() { GoId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn thread(&self, id: ThreadId) -> ThreadId {
        if id.is_some() { ThreadId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn proc(&self, id: ProcId) -> ProcId {
        if id.is_some() { ProcId(id.0.wrapping_add(self.number * PROCS_APART)) } else { id }
    }

    fn task(&self, id: TaskId) -> TaskId {
        let is_one = id != TaskId::NONE && id != TaskId::BACKGROUND;
        if is_one { TaskId(id.0.wrapping_add(self.number * APART)) } else { id }
    }

    fn string(&mut self, id: StringId, tables: &mut Between<'_>) -> StringId {
        StringId(self.strings.get(id.index(), || tables.to.intern_string(tables.from.string(id)).0))
    }

    fn stack(&mut self, id: StackId, tables: &mut Between<'_>) -> StackId {
        if id == StackId::NONE {
            return id;
        }
        let frames: Vec<Frame> = match self.stacks.0.get(id.index()) {
            Some(Some(number)) => return StackId(*number),
            _ => tables.from.stack(id).to_vec(),
        };
        let renamed: Vec<Frame> = frames
            .iter()
            .map(|frame| Frame {
                func: self.string(frame.func, tables),
                file: self.string(frame.file, tables),
                ..*frame
            })
            .collect();
        StackId(self.stacks.get(id.index(), || tables.to.intern_stack(&renamed).0))
    }

    fn scope(&self, scope: Scope) -> Scope {
        match scope {
            Scope::Global => Scope::Global,
            Scope::Goroutine(id) => Scope::Goroutine(self.go(id)),
            Scope::Proc(id) => Scope::Proc(self.proc(id)),
        }
    }

    fn range(&mut self, range: Range, tables: &mut Between<'_>) -> Range {
        let kind = match range.kind {
            RangeKind::StopTheWorld(reason) => RangeKind::StopTheWorld(self.string(reason, tables)),
            kind => kind,
        };
        Range { kind, scope: self.scope(range.scope) }
    }

    fn user_task(&mut self, task: Task, tables: &mut Between<'_>) -> Task {
        Task { id: self.task(task.id), parent: self.task(task.parent), name: self.string(task.name, tables) }
    }

    fn region(&mut self, region: Region, tables: &mut Between<'_>) -> Region {
        Region { task: self.task(region.task), name: self.string(region.name, tables) }
    }

    /// What an event says, with the ids of the merged trace.
    fn kind(&mut self, kind: EventKind, tables: &mut Between<'_>) -> EventKind {
        match kind {
            EventKind::Label(Label { label, goroutine }) => {
                EventKind::Label(Label { label: self.string(label, tables), goroutine: self.go(goroutine) })
            }
            EventKind::RangeBegin(range) => EventKind::RangeBegin(self.range(range, tables)),
            EventKind::RangeActive(range) => EventKind::RangeActive(self.range(range, tables)),
            EventKind::RangeEnd(range, swept) => EventKind::RangeEnd(self.range(range, tables), swept),
            EventKind::TaskBegin(task) => EventKind::TaskBegin(self.user_task(task, tables)),
            EventKind::TaskEnd(task) => EventKind::TaskEnd(self.user_task(task, tables)),
            EventKind::RegionBegin(region) => EventKind::RegionBegin(self.region(region, tables)),
            EventKind::RegionEnd(region) => EventKind::RegionEnd(self.region(region, tables)),
            EventKind::Log(Log { task, category, message }) => EventKind::Log(Log {
                task: self.task(task),
                category: self.string(category, tables),
                message: self.string(message, tables),
            }),
            EventKind::GoTransition(to) => EventKind::GoTransition(GoTransition {
                goroutine: self.go(to.goroutine),
                reason: self.string(to.reason, tables),
                stack: self.stack(to.stack, tables),
                ..to
            }),
            EventKind::ProcTransition(to) => {
                EventKind::ProcTransition(ProcTransition { proc: self.proc(to.proc), ..to })
            }
            EventKind::Sync(_)
            | EventKind::Metric(_)
            | EventKind::StackSample
            | EventKind::Experimental(_) => kind,
        }
    }
}
