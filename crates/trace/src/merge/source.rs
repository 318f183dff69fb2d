//! A trace among others: its events at the times of the common axis, with ids, strings and stacks of the merged trace.

use std::io::{Read, Write};

use goscope_wire::Family;
use rustc_hash::FxHashSet;

use super::APART;
use crate::{
    clock::Clock,
    encode::{Encoder, SOON},
    error::Result,
    event::{
        ClockSnapshot, Event, EventKind, GoState, GoTransition, Label, Log, ProcTransition, Range, RangeKind,
        Region, Scope, Task,
    },
    id::{GoId, ProcId, TaskId, ThreadId},
    reader::Reader,
    tables::{Frame, StackId, StringId, Tables},
    time::TraceTime,
};

/// So far are the ids of procs of one trace from those of the next: there are few of them.
const PROCS_APART: u64 = 1_000_000;

/// A trace that is merged with others.
#[derive(Debug)]
pub(super) struct Source<R> {
    reader: Reader<R>,
    number: u64,
    label: StringId,
    /// The next event, at the time of the trace's own clock.
    pub(super) next: Option<Event>,
    clock: Clock,
    /// How far the common axis is ahead of the trace's own clock.
    pub(super) shift: i64,
    strings: Renumbering,
    stacks: Renumbering,
    labelled: FxHashSet<GoId>,
    /// Whether it has told of all that was there before it: in family v2 the first generation does so up to its end.
    pub(super) is_all_told: bool,
}

/// By the id of a trace: that of the merged one.
#[derive(Default, Debug)]
pub(super) struct Renumbering(Vec<Option<u32>>);

impl Renumbering {
    fn get(&mut self, index: usize, intern: impl FnOnce() -> u32) -> u32 {
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        *self.0[index].get_or_insert_with(intern)
    }
}

impl<R: Read> Source<R> {
    /// A trace with its number and the label of its goroutines.
    ///
    /// # Errors
    ///
    /// When its first event can't be read.
    pub(super) fn new(number: u64, label: StringId, mut reader: Reader<R>) -> Result<Self> {
        let mut clock = Clock::default();
        let next = reader.next_event()?;
        next.iter().for_each(|event| clock.observe(event));
        let (strings, stacks, labelled) = Default::default();
        let (shift, is_all_told) = (0, false);
        Ok(Self { reader, number, label, next, clock, shift, strings, stacks, labelled, is_all_told })
    }

    pub(super) fn label<'t>(&self, tables: &'t Tables) -> &'t [u8] {
        tables.string(self.label)
    }

    /// When the next event is, on the common axis.
    pub(super) fn time(&self) -> Option<TraceTime> {
        Some(self.shifted(self.next?.time))
    }

    fn shifted(&self, time: TraceTime) -> TraceTime {
        TraceTime(time.0.saturating_add(self.shift))
    }

    /// How far the wall clock is ahead of the trace's own, in nanoseconds.
    pub(super) fn wall_ahead(&self) -> Option<i128> {
        let time = self.next?.time;
        let wall = self.clock.wall(time)?;
        Some(i128::from(wall.seconds) * 1_000_000_000 + i128::from(wall.nanoseconds) - i128::from(time.0))
    }

    /// What the clocks showed at a time of the common axis.
    fn snapshot(&self, start: i64) -> Option<ClockSnapshot> {
        let own = self.clock.snapshot(TraceTime(start.saturating_sub(self.shift)))?;
        Some(ClockSnapshot { trace: TraceTime(start), ..own })
    }

    /// Begins a generation of the output. Returns whether that was possible.
    pub(super) fn begin_generation<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        start: i64,
        tables: &Tables,
        is_first: bool,
    ) -> bool {
        let clock = self.snapshot(start);
        if is_first {
            encoder.begin(TraceTime(start), clock, tables);
            return true;
        }
        encoder.cut_generation(TraceTime(start), clock, tables)
    }

    /// Notes whether there is more to be told of what was there before.
    fn note_told(&mut self, event: &Event) {
        let is_v1 = self.reader.version().family() == Family::V1;
        self.is_all_told |= match event.kind {
            EventKind::Sync(sync) => sync.n > 1,
            EventKind::GoTransition(transition) => is_v1 && transition.from != GoState::Undetermined,
            _ => false,
        };
    }

    /// The next event, as one of the merged trace; `None` if it says nothing there.
    pub(super) fn take(&mut self, tables: &mut Tables) -> Result<Option<Event>> {
        let Some(event) = self.next.take() else { return Ok(None) };
        self.clock.observe(&event);
        self.note_told(&event);
        let renamed = match event.kind {
            EventKind::Sync(_) => None,
            kind => {
                let kind = self.kind(kind, tables);
                Some(Event {
                    time: self.shifted(event.time),
                    thread: self.thread(event.thread),
                    proc: self.proc(event.proc),
                    goroutine: self.go(event.goroutine),
                    stack: self.stack(event.stack, tables),
                    kind,
                })
            }
        };
        self.next = self.reader.next_event()?;
        Ok(renamed)
    }

    /// The label of a goroutine that runs for the first time.
    pub(super) fn label_for(&mut self, event: &Event) -> Option<Event> {
        let EventKind::GoTransition(GoTransition { goroutine, to: GoState::Running, .. }) = event.kind else {
            return None;
        };
        let kind = EventKind::Label(Label { label: self.label, goroutine });
        self.labelled.insert(goroutine).then_some(Event {
            time: SOON,
            goroutine,
            stack: StackId::NONE,
            kind,
            ..*event
        })
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

    fn string(&mut self, id: StringId, tables: &mut Tables) -> StringId {
        let own = self.reader.tables();
        StringId(self.strings.get(id.index(), || tables.intern_string(own.string(id)).0))
    }

    fn stack(&mut self, id: StackId, tables: &mut Tables) -> StackId {
        if id == StackId::NONE {
            return id;
        }
        let frames: Vec<Frame> = match self.stacks.0.get(id.index()) {
            Some(Some(number)) => return StackId(*number),
            _ => self.reader.tables().stack(id).to_vec(),
        };
        let renamed: Vec<Frame> = frames
            .iter()
            .map(|frame| Frame {
                func: self.string(frame.func, tables),
                file: self.string(frame.file, tables),
                ..*frame
            })
            .collect();
        StackId(self.stacks.get(id.index(), || tables.intern_stack(&renamed).0))
    }

    fn scope(&self, scope: Scope) -> Scope {
        match scope {
            Scope::Global => Scope::Global,
            Scope::Goroutine(id) => Scope::Goroutine(self.go(id)),
            Scope::Proc(id) => Scope::Proc(self.proc(id)),
        }
    }

    fn range(&mut self, range: Range, tables: &mut Tables) -> Range {
        let kind = match range.kind {
            RangeKind::StopTheWorld(reason) => RangeKind::StopTheWorld(self.string(reason, tables)),
            kind => kind,
        };
        Range { kind, scope: self.scope(range.scope) }
    }

    fn user_task(&mut self, task: Task, tables: &mut Tables) -> Task {
        Task { id: self.task(task.id), parent: self.task(task.parent), name: self.string(task.name, tables) }
    }

    fn region(&mut self, region: Region, tables: &mut Tables) -> Region {
        Region { task: self.task(region.task), name: self.string(region.name, tables) }
    }

    /// What an event says, with the ids of the merged trace.
    fn kind(&mut self, kind: EventKind, tables: &mut Tables) -> EventKind {
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
