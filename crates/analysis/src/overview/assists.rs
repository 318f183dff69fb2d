//! How long goroutines ran to help the garbage collector mark. They may also wait while they do, which costs them time,
//! but not their proc.

use foldhash::HashMap;
use goscope_trace::{
    Event, GoId, GoState, Range, Scope, TraceTime,
    timeline::{GoSpan, RangeSpan},
};

/// Adds up what goroutines do in mark assists.
#[derive(Default, Debug)]
pub(super) struct Assists {
    /// The goroutines in assists, with the beginnings of these. There are few.
    open: HashMap<GoId, TraceTime>,
    /// How many assists have ended.
    pub(super) count: u64,
    /// How long goroutines ran in assists, in nanoseconds.
    pub(super) time: i64,
}

impl Assists {
    pub(super) fn begin(&mut self, event: &Event, range: Range) {
        if let Scope::Goroutine(id) = range.scope {
            self.open.insert(id, event.time);
        }
    }

    /// An assist goes on that began before anything was told.
    pub(super) fn tell(&mut self, range: Range) {
        if let Scope::Goroutine(id) = range.scope {
            self.open.entry(id).or_insert(TraceTime(i64::MIN));
        }
    }

    /// A goroutine has run.
    #[inline]
    pub(super) fn ran(&mut self, span: &GoSpan) {
        if !self.open.is_empty()
            && let Some(since) = self.open.get(&span.goroutine)
        {
            self.time = self.time.saturating_add(span.end.since(span.start.max(*since)).max(0));
        }
    }

    /// An assist ends, of a goroutine that does something since a moment.
    pub(super) fn end(&mut self, range: &RangeSpan, now: Option<(TraceTime, GoState)>) {
        self.count += 1;
        let since = self.open.remove(&range.goroutine).unwrap_or(range.start).max(range.start);
        if let Some((start, GoState::Running)) = now {
            self.time = self.time.saturating_add(range.end.since(start.max(since)).max(0));
        }
    }
}
