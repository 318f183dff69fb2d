//! Ranges of time as intervals: collecting garbage, sweeping, assisting, stopping the world.

use foldhash::HashMap;

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
        self.end.since(self.start)
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
    open: HashMap<(RangeKind, Scope), RangeSpan>,
    /// The stop of the world that goes on, and how many stop it beyond the first one.
    stop: Option<(RangeSpan, u32)>,
    /// The time of the last sync.
    sync: Option<TraceTime>,
}

impl Ranges {
    /// Follows the next event, and gives the range that it ends.
    #[inline]
    pub fn add(&mut self, event: &Event) -> Option<RangeSpan> {
        match event.kind {
            EventKind::Sync(_) => self.sync = Some(event.time),
            EventKind::RangeBegin(range) => self.begin(event, range),
            EventKind::RangeActive(range) => self.tell(event, range),
            EventKind::RangeEnd(range, swept) => return self.end(event, range, swept),
            _ => {}
        }
        None
    }

    fn begin(&mut self, event: &Event, range: Range) {
        let Event { time: start, goroutine, proc, stack, .. } = *event;
        self.open(RangeSpan { start, goroutine, proc, stack, has_start: true, ..nobodys(event, range) });
    }

    /// A range goes on that began before. Whoever tells of it need not be the one whose it is.
    fn tell(&mut self, event: &Event, range: Range) {
        let is_known = match range.kind {
            RangeKind::StopTheWorld(_) => self.stop.is_some(),
            _ => self.open.contains_key(&(range.kind, range.scope)),
        };
        if !is_known {
            let start = self.sync.unwrap_or(event.time);
            self.open(RangeSpan { start, ..nobodys(event, range) });
        }
    }

    fn open(&mut self, span: RangeSpan) {
        match (span.kind, &mut self.stop) {
            (RangeKind::StopTheWorld(_), Some((_, stoppers))) => *stoppers = stoppers.saturating_add(1),
            (RangeKind::StopTheWorld(_), none) => *none = Some((span, 0)),
            _ => _ = self.open.insert((span.kind, span.scope), span),
        }
    }

    fn end(&mut self, event: &Event, range: Range, swept: Option<Swept>) -> Option<RangeSpan> {
        let open = match range.kind {
            RangeKind::StopTheWorld(_) => self.go_on()?,
            _ => self.open.remove(&(range.kind, range.scope))?,
        };
        Some(RangeSpan { end: event.time, swept, has_end: true, ..open })
    }

    /// One of those who stop the world lets it go on. The last one does.
    fn go_on(&mut self) -> Option<RangeSpan> {
        match &mut self.stop {
            Some((_, stoppers @ 1..)) => {
                *stoppers -= 1;
                None
            }
            stop => stop.take().map(|(span, _)| span),
        }
    }

    /// What goes on where the trace ends, at that time, in the order in which it began.
    #[must_use]
    pub fn finish(self, now: TraceTime) -> Vec<RangeSpan> {
        let stop = self.stop.map(|(span, _)| span);
        let mut open: Vec<_> = self.open.into_values().chain(stop).collect();
        open.iter_mut().for_each(|range| range.end = now);
        open.sort_unstable_by_key(|range| (range.start, range.goroutine, range.proc));
        open
    }
}

/// A range of which nothing is known but what it is: it is its goroutine's, if it is bound to one.
fn nobodys(event: &Event, Range { kind, scope }: Range) -> RangeSpan {
    let goroutine = match scope {
        Scope::Goroutine(id) => id,
        Scope::Global | Scope::Proc(_) => GoId::NONE,
    };
    let proc = match scope {
        Scope::Proc(id) => id,
        Scope::Global | Scope::Goroutine(_) => ProcId::NONE,
    };
    let (start, end, stack, swept) = (event.time, event.time, StackId::NONE, None);
    RangeSpan { kind, scope, start, end, goroutine, proc, stack, swept, has_start: false, has_end: false }
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
