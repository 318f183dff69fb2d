//! How long goroutines ran to help the garbage collector mark. They may also wait while they do, which costs them time,
//! but not their proc.

use goscope_trace::{
    Event, GoId, GoState, TraceTime,
    timeline::{GoSpan, RangeSpan},
};
use rustc_hash::FxHashMap;

/// Adds up what goroutines do in mark assists.
#[derive(Default, Debug)]
pub(super) struct Assists {
    /// The goroutines in assists, with the beginnings of these. There are few.
    open: FxHashMap<GoId, TraceTime>,
    /// How many assists have ended.
    pub(super) count: u64,
    /// How long goroutines ran in assists, in nanoseconds.
    pub(super) time: i64,
}

impl Assists {
    pub(super) fn begin(&mut self, event: &Event) {
        self.open.insert(event.goroutine, event.time);
    }

    /// A goroutine has run.
    #[inline]
    pub(super) fn ran(&mut self, span: &GoSpan) {
        if !self.open.is_empty()
            && let Some(since) = self.open.get(&span.goroutine)
        {
            self.time += (span.end.0 - since.0.max(span.start.0)).max(0);
        }
    }

    /// An assist ends, of a goroutine that does something since a moment.
    pub(super) fn end(&mut self, range: &RangeSpan, now: Option<(TraceTime, GoState)>) {
        self.count += 1;
        let since = self.open.remove(&range.goroutine).unwrap_or(range.start);
        if let Some((start, GoState::Running)) = now {
            self.time += (range.end.0 - since.0.max(start.0)).max(0);
        }
    }
}
