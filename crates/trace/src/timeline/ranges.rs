//! Ranges of time as intervals: collecting garbage, sweeping, assisting, stopping the world.

use crate::{
    event::{Event, EventKind, Range, RangeKind, Scope, Swept},
    id::{GoId, ProcId},
    tables::StackId,
    time::TraceTime,
};

/// A range that went on from one moment to another one.
///
/// ```
/// use goscope_trace::{RangeKind, Reader, timeline::Ranges};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut ranges, mut marking) = (Reader::new(file)?, Ranges::default(), 0);
/// while let Some(event) = reader.next_event()? {
///     if let Some(range) = ranges.add(&event).filter(|range| range.kind == RangeKind::Mark) {
///         marking += range.duration();
///     }
/// }
/// println!("the garbage collector marked for {marking} ns");
/// # assert!(marking > 1_000_000);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeSpan {
    /// What went on.
    pub kind: RangeKind,
    /// What it was bound to.
    pub scope: Scope,
    /// Since when. Where it began before the trace, the beginning of the generation that tells of it.
    pub start: TraceTime,
    /// Until when.
    pub end: TraceTime,
    /// The goroutine that ran where it began, or [`GoId::NONE`].
    pub goroutine: GoId,
    /// The proc on which it began, or [`ProcId::NONE`].
    pub proc: ProcId,
    /// What was executing where it began.
    pub stack: StackId,
    /// Of a sweep, what it achieved.
    pub swept: Option<Swept>,
    /// Whether the trace shows how it began.
    pub has_start: bool,
    /// Whether the trace shows how it ended.
    pub has_end: bool,
}

impl RangeSpan {
    /// How long it lasted, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.0.saturating_sub(self.start.0)
    }
}

/// Follows ranges through a trace, and gives each as soon as it has ended.
///
/// The world is stopped from the moment at which the first one stops it until the last one lets it go on: Go 1.5 writes a
/// range for each proc that helps to mark.
///
/// ```
/// use goscope_trace::{RangeKind, Reader, timeline::Ranges};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut ranges, mut longest) = (Reader::new(file)?, Ranges::default(), 0);
/// while let Some(event) = reader.next_event()? {
///     match ranges.add(&event) {
///         Some(range) if matches!(range.kind, RangeKind::StopTheWorld(_)) => longest = longest.max(range.duration()),
///         _ => {}
///     }
/// }
/// println!("the world stood still for up to {longest} ns");
/// println!("{} ranges go on", ranges.finish(goscope_trace::TraceTime(0)).len());
/// # assert!(longest > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Ranges {
    /// There are few at a time.
    open: Vec<RangeSpan>,
    /// How many stop the world, beyond the first one.
    stoppers: u32,
    /// The time of the last sync.
    sync: Option<TraceTime>,
}

impl Ranges {
    /// Follows the next event, and gives the range that it ends.
    #[inline]
    pub fn add(&mut self, event: &Event) -> Option<RangeSpan> {
        match event.kind {
            EventKind::Sync(_) => self.sync = Some(event.time),
            EventKind::RangeBegin(range) => self.begin(event, range, true),
            EventKind::RangeActive(range) => self.tell(event, range),
            EventKind::RangeEnd(range, swept) => return self.end(event, range, swept),
            _ => {}
        }
        None
    }

    fn begin(&mut self, event: &Event, range: Range, has_start: bool) {
        let Range { kind, scope } = range;
        if self.stop().is_some() && is_stop(kind) {
            self.stoppers += 1;
            return;
        }
        let Event { time, goroutine, proc, stack, .. } = *event;
        let start = if has_start { time } else { self.sync.unwrap_or(time) };
        let end = start;
        let span = RangeSpan {
            kind,
            scope,
            start,
            end,
            goroutine,
            proc,
            stack,
            swept: None,
            has_start,
            has_end: false,
        };
        self.open.push(span);
    }

    fn tell(&mut self, event: &Event, range: Range) {
        if self.place(range).is_none() {
            self.begin(event, range, false);
        }
    }

    fn end(&mut self, event: &Event, range: Range, swept: Option<Swept>) -> Option<RangeSpan> {
        if is_stop(range.kind) && self.stoppers > 0 {
            self.stoppers -= 1;
            return None;
        }
        let place = self.place(range)?;
        let open = self.open.swap_remove(place);
        Some(RangeSpan { end: event.time, swept, has_end: true, ..open })
    }

    fn place(&self, range: Range) -> Option<usize> {
        if is_stop(range.kind) {
            return self.stop();
        }
        self.open.iter().position(|open| open.scope == range.scope && open.kind == range.kind)
    }

    /// The stop of the world that goes on.
    fn stop(&self) -> Option<usize> {
        self.open.iter().position(|open| is_stop(open.kind))
    }

    /// What goes on where the trace ends, at that time.
    #[must_use]
    pub fn finish(self, now: TraceTime) -> Vec<RangeSpan> {
        let mut open = self.open;
        open.iter_mut().for_each(|range| range.end = now);
        open
    }
}

fn is_stop(kind: RangeKind) -> bool {
    matches!(kind, RangeKind::StopTheWorld(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::ThreadId, tables::StringId};

    fn event(time: i64, kind: EventKind) -> Event {
        let (thread, proc, goroutine) = (ThreadId(1), ProcId(0), GoId(7));
        Event { time: TraceTime(time), thread, proc, goroutine, stack: StackId::NONE, kind }
    }

    fn ranges(events: &[(i64, EventKind)]) -> (Vec<(i64, i64)>, usize) {
        let mut ranges = Ranges::default();
        let ended = events.iter().filter_map(|(time, kind)| ranges.add(&event(*time, *kind)));
        let ended = ended.map(|range| (range.start.0, range.end.0)).collect();
        (ended, ranges.finish(TraceTime(100)).len())
    }

    #[test]
    fn the_world_goes_on_when_the_last_one_lets_it() {
        let stop =
            |id| Range { kind: RangeKind::StopTheWorld(StringId::EMPTY), scope: Scope::Goroutine(GoId(id)) };
        let (begin, end) = (|id| EventKind::RangeBegin(stop(id)), |id| EventKind::RangeEnd(stop(id), None));
        let events = [
            (1, begin(1)),
            (2, begin(2)),
            (3, end(1)),
            (5, end(2)),
            (8, begin(1)),
            (9, end(1)),
            (10, end(1)),
        ];
        assert_eq!(ranges(&events), (vec![(1, 5), (8, 9)], 0));
    }

    #[test]
    fn ranges_of_different_scopes_are_different() {
        let sweep = |proc| Range { kind: RangeKind::Sweep, scope: Scope::Proc(ProcId(proc)) };
        let (begin, end) = (|id| EventKind::RangeBegin(sweep(id)), |id| EventKind::RangeEnd(sweep(id), None));
        let told = |id| EventKind::RangeActive(sweep(id));
        let events = [(1, begin(1)), (2, told(2)), (3, told(1)), (4, end(1)), (5, end(3))];
        assert_eq!(ranges(&events), (vec![(1, 4)], 1));
    }
}
