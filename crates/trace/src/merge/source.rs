//! A trace among others: its events at the times of the common axis, with ids, strings and stacks of the merged trace.

use std::io::{Read, Write};

use foldhash::HashSet;
use goscope_wire::Family;

use super::names::{Between, Names};
use crate::{
    clock::Clock,
    encode::{Encoder, SOON},
    error::Result,
    event::{ClockSnapshot, Event, EventKind, GoState, GoTransition, Label},
    id::GoId,
    reader::Reader,
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// A trace that is merged with others.
#[derive(Debug)]
pub(super) struct Source<R> {
    reader: Reader<R>,
    label: StringId,
    /// The next event, at the time of the trace's own clock.
    pub(super) next: Option<Event>,
    clock: Clock,
    /// How far the common axis is ahead of the trace's own clock.
    pub(super) shift: i64,
    names: Names,
    labelled: HashSet<GoId>,
    /// Whether it has told of all that was there before it: in family v2 the first generation does so up to its end.
    pub(super) is_all_told: bool,
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
        let (names, labelled, is_all_told) = (Names::new(number), HashSet::default(), false);
        Ok(Self { reader, label, next, clock, shift: 0, names, labelled, is_all_told })
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
        let time = self.shifted(event.time);
        let renamed = match event.kind {
            EventKind::Sync(_) => None,
            _ => {
                let tables = &mut Between { from: self.reader.tables(), to: tables };
                Some(self.names.event(&event, tables).at(time))
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
}
