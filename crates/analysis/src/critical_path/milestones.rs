//! Where a long trace is divided, so that of each part the timeline fits into memory.
//!
//! A path is explained from its end on. A timeline of all that happened before takes ten times as much memory as the trace
//! takes on disk; so a first pass over the trace notes milestones, and each later pass keeps a timeline between two of
//! them, the last part first. A part is long enough for most traces to be one.

use goscope_trace::{Event, EventKind, TraceTime};

/// How many intervals a part has, about: a timeline of them takes some 300 MB.
const PART: u64 = 4_000_000;

/// Notes a moment each time that so many intervals have passed.
///
/// ```
/// use goscope_analysis::critical_path::{Finder, Milestones, Path, Target};
/// use goscope_trace::{GoId, Reader, timeline::Timeline};
///
/// # let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/convoy_go1.27.3.trace")).unwrap();
/// let (mut finder, mut milestones) = (Finder::new(Target::Goroutine(GoId(1))), Milestones::default());
/// let mut reader = Reader::new(&bytes[..])?;
/// while let Some(event) = reader.next_event()? {
///     finder.add(&event, reader.tables());
///     milestones.add(&event);
/// }
/// let mut path = Path::new(&finder.finish(reader.tables()).unwrap());
/// while let Some(to) = path.needs() {
///     let since = milestones.before(to);
///     let (mut reader, mut timeline) = (Reader::new(&bytes[..])?, Timeline::between(since, to));
///     while let Some(event) = reader.next_event()? {
///         timeline.add(&event, reader.tables());
///         if path.has_enough(&timeline, event.time) {
///             break;
///         }
///     }
///     path.walk(&timeline.finish(), since, reader.tables());
/// }
/// println!("{} segments", path.finish().len());
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Milestones {
    part: u64,
    /// How many intervals have begun since the last milestone.
    count: u64,
    times: Vec<TraceTime>,
}

impl Default for Milestones {
    fn default() -> Self {
        Self::every(PART)
    }
}

impl Milestones {
    /// Returns milestones that are so many intervals apart.
    #[must_use]
    pub const fn every(intervals: u64) -> Self {
        Self { part: intervals, count: 0, times: Vec::new() }
    }

    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event) {
        match event.kind {
            EventKind::GoTransition(transition) if transition.from != transition.to => {}
            EventKind::RangeBegin(_) => {}
            _ => return,
        }
        self.count += 1;
        if self.count >= self.part && self.times.last().is_none_or(|last| *last < event.time) {
            self.times.push(event.time);
            self.count = 0;
        }
    }

    /// The last milestone before a moment; the beginning of time if there is none.
    #[must_use]
    pub fn before(&self, moment: TraceTime) -> TraceTime {
        let place = self.times.partition_point(|time| *time < moment);
        let before = place.checked_sub(1).and_then(|place| self.times.get(place));
        before.copied().unwrap_or(TraceTime(i64::MIN))
    }
}
