//! Ranges of time as intervals: collecting garbage, sweeping, assisting, stopping the world.

use crate::{
    event::{Event, EventKind, Range, RangeKind, Scope, Swept},
    id::{GoId, ProcId},
    tables::StackId,
    time::TraceTime,
};

/// A range that went on from one moment to another one.
///
/// [`Ranges`] has an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeSpan {
    /// What went on.
    pub kind: RangeKind,
    /// What it was bound to.
    pub scope: Scope,
    /// Since when. Where it began before the trace, the moment at which it is told.
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
/// # assert!(longest > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Ranges {
    /// There are few at a time.
    open: Vec<RangeSpan>,
}

impl Ranges {
    /// Follows the next event, and gives the range that it ends.
    #[inline]
    pub fn add(&mut self, event: &Event) -> Option<RangeSpan> {
        match event.kind {
            EventKind::RangeBegin(range) => self.begin(event, range, true),
            EventKind::RangeActive(range) => self.tell(event, range),
            EventKind::RangeEnd(range, swept) => return self.end(event, range, swept),
            _ => {}
        }
        None
    }

    fn begin(&mut self, event: &Event, range: Range, has_start: bool) {
        let Range { kind, scope } = range;
        let Event { time: start, goroutine, proc, stack, .. } = *event;
        let end = start;
        let span =
            RangeSpan { kind, scope, start, end, goroutine, proc, stack, swept: None, has_start, has_end: false };
        self.open.push(span);
    }

    fn tell(&mut self, event: &Event, range: Range) {
        if self.place(range).is_none() {
            self.begin(event, range, false);
        }
    }

    fn end(&mut self, event: &Event, range: Range, swept: Option<Swept>) -> Option<RangeSpan> {
        let place = self.place(range)?;
        let open = self.open.swap_remove(place);
        Some(RangeSpan { end: event.time, swept, has_end: true, ..open })
    }

    fn place(&self, range: Range) -> Option<usize> {
        self.open.iter().position(|open| open.scope == range.scope && open.kind.is_same(range.kind))
    }

    /// What goes on where the trace ends, at that time.
    #[must_use]
    pub fn finish(self, now: TraceTime) -> Vec<RangeSpan> {
        let mut open = self.open;
        open.iter_mut().for_each(|range| range.end = now);
        open
    }
}

impl RangeKind {
    /// Whether it may be the same range, told with another reason.
    fn is_same(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}
