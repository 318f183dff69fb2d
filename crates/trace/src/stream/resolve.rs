//! Events of a stream as events of a trace: their strings and stacks in tables that hold for good.

use super::tables::StreamTables;
use crate::{
    event::{Event, EventKind, GoTransition, Label, Log, Range, RangeKind, Region, Task},
    tables::{Frame, StackId, StringId, Tables},
};

pub(super) struct Resolver<'a> {
    pub(super) from: &'a StreamTables,
    pub(super) to: &'a mut Tables,
}

impl Resolver<'_> {
    pub(super) fn event<Time>(&mut self, event: Event<Time>) -> Event<Time> {
        let (stack, kind) = (self.stack(event.stack), self.kind(event.kind));
        Event { stack, kind, ..event }
    }

    fn string(&mut self, id: StringId) -> StringId {
        self.from.string(id).map_or(StringId::EMPTY, |text| self.to.intern_string(text))
    }

    fn stack(&mut self, id: StackId) -> StackId {
        let from = self.from;
        match from.stack(id) {
            None | Some([]) => StackId::NONE,
            Some(frames) => {
                let frames: Vec<_> = frames.iter().map(|frame| self.frame(*frame)).collect();
                self.to.intern_stack(&frames)
            }
        }
    }

    fn frame(&mut self, frame: Frame) -> Frame {
        Frame { func: self.string(frame.func), file: self.string(frame.file), ..frame }
    }

    fn range(&mut self, range: Range) -> Range {
        match range.kind {
            RangeKind::StopTheWorld(reason) => {
                Range { kind: RangeKind::StopTheWorld(self.string(reason)), ..range }
            }
            _ => range,
        }
    }

    fn task(&mut self, task: Task) -> Task {
        Task { name: self.string(task.name), ..task }
    }

    fn region(&mut self, region: Region) -> Region {
        Region { name: self.string(region.name), ..region }
    }

    fn log(&mut self, log: Log) -> Log {
        Log { category: self.string(log.category), message: self.string(log.message), ..log }
    }

    fn transition(&mut self, transition: GoTransition) -> GoTransition {
        let (reason, stack) = (self.string(transition.reason), self.stack(transition.stack));
        GoTransition { reason, stack, ..transition }
    }

    fn kind(&mut self, kind: EventKind) -> EventKind {
        match kind {
            EventKind::Label(label) => EventKind::Label(Label { label: self.string(label.label), ..label }),
            EventKind::RangeBegin(range) => EventKind::RangeBegin(self.range(range)),
            EventKind::RangeActive(range) => EventKind::RangeActive(self.range(range)),
            EventKind::RangeEnd(range, swept) => EventKind::RangeEnd(self.range(range), swept),
            EventKind::TaskBegin(task) => EventKind::TaskBegin(self.task(task)),
            EventKind::TaskEnd(task) => EventKind::TaskEnd(self.task(task)),
            EventKind::RegionBegin(region) => EventKind::RegionBegin(self.region(region)),
            EventKind::RegionEnd(region) => EventKind::RegionEnd(self.region(region)),
            EventKind::Log(log) => EventKind::Log(self.log(log)),
            EventKind::GoTransition(transition) => EventKind::GoTransition(self.transition(transition)),
            EventKind::Sync(_)
            | EventKind::Metric(_)
            | EventKind::StackSample
            | EventKind::ProcTransition(_)
            | EventKind::Experimental(_) => kind,
        }
    }
}
