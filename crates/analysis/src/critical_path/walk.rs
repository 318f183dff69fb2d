//! The walk back through a timeline.
//!
//! Invariant: each step explains a part of what is left, so that the walk ends: what it goes through are the intervals of
//! the timeline, each as often as it is waited for.

use goscope_trace::{
    GoId, GoState, RangeKind, StackId, StringId, Tables, TraceTime,
    timeline::{GoSpan, RangeSpan, Timeline},
};
use rustc_hash::FxHashMap;

use super::{Cause, Found, Segment};

/// The waits that a path follows into each other. Beyond that, what is waited for is left unexplained.
const MAX_DEPTH: u32 = 10_000;

/// Explains an interval by a timeline that has been kept since its beginning.
///
/// [`super::Finder`] and [`Timeline`] have examples of what comes before.
#[must_use]
pub fn walk(found: &Found, timeline: &Timeline, tables: &Tables) -> Vec<Segment> {
    let mut walker = Walker::new(timeline, tables);
    walker.todo.push(Part { goroutine: found.goroutine, from: found.from, to: found.to, depth: 0 });
    while let Some(part) = walker.todo.pop() {
        if part.from < part.to {
            walker.step(part);
        }
    }
    walker.segments.reverse();
    join(walker.segments)
}

/// A time that is still to be explained, by what a goroutine did.
#[derive(Clone, Copy)]
struct Part {
    goroutine: GoId,
    from: TraceTime,
    to: TraceTime,
    depth: u32,
}

struct Walker<'a> {
    timeline: &'a Timeline,
    tables: &'a Tables,
    /// The stops of the world.
    stops: Vec<RangeSpan>,
    /// When goroutines worked for the garbage collector.
    work: FxHashMap<GoId, Vec<RangeSpan>>,
    todo: Vec<Part>,
    /// The last one first.
    segments: Vec<Segment>,
}

impl<'a> Walker<'a> {
    fn new(timeline: &'a Timeline, tables: &'a Tables) -> Self {
        let (mut stops, mut work) = (Vec::new(), FxHashMap::<_, Vec<_>>::default());
        for range in timeline.ranges() {
            match range.kind {
                RangeKind::StopTheWorld(_) => stops.push(*range),
                RangeKind::MarkAssist | RangeKind::Sweep => work.entry(range.goroutine).or_default().push(*range),
                RangeKind::Mark => {}
            }
        }
        Self { timeline, tables, stops, work, todo: Vec::new(), segments: Vec::new() }
    }

    /// Explains the end of a part, and leaves the rest for later.
    fn step(&mut self, part: Part) {
        let Part { goroutine, from, to, .. } = part;
        let Some(span) = self.timeline.before(goroutine, to) else {
            return self.unknown(part);
        };
        if span.end < to {
            // It was not there, or nobody tells.
            let start = span.end.max(from);
            self.unknown(Part { from: start, ..part });
            return self.todo.push(Part { to: start, ..part });
        }
        let start = span.start.max(from);
        self.todo.push(self.rest(&span, Part { to: start, ..part }));
        match span.state {
            GoState::Waiting => self.wait(&span, Part { from: start, ..part }),
            GoState::Runnable => self.runnable(&span, Part { from: start, ..part }),
            GoState::Running => self.running(&span, Part { from: start, ..part }),
            GoState::Syscall => self.push(&span, Part { from: start, ..part }, Cause::Syscall, span.stack),
            GoState::Undetermined | GoState::NotExist => self.unknown(Part { from: start, ..part }),
        }
    }

    /// What is left behind an interval: of a goroutine that was created there, what its creator did.
    fn rest(&self, span: &GoSpan, rest: Part) -> Part {
        let is_first = self.timeline.before(rest.goroutine, span.start).is_none();
        let is_created = is_first && span.begun_by.is_some() && span.begun_by != rest.goroutine;
        if is_created { Part { goroutine: span.begun_by, ..rest } } else { rest }
    }

    /// It waited: that is what whoever ended it did in the meantime.
    fn wait(&mut self, span: &GoSpan, part: Part) {
        let waker = span.ending.map_or(GoId::NONE, |ending| ending.by);
        let has_waker = waker.is_some() && waker != part.goroutine && !is_nobodys(self.tables.string(span.reason));
        if has_waker && part.depth < MAX_DEPTH {
            self.todo.push(Part { goroutine: waker, depth: part.depth + 1, ..part });
        } else {
            self.push(span, part, Cause::Waiting(span.reason), span.stack);
        }
    }

    /// It had no proc, or the world was stopped.
    fn runnable(&mut self, span: &GoSpan, part: Part) {
        // Who was woken was not executing anything where that happened.
        let stack = if span.begun_by == span.goroutine { span.stack } else { StackId::NONE };
        let stops: Vec<_> = self.stops.iter().copied().map(|stop| (stop, stopped(&stop))).collect();
        for (piece, cause) in pieces(part, &stops, Cause::Runnable) {
            self.push(span, piece, cause, stack);
        }
    }

    /// It ran, perhaps for the garbage collector, or to stop the world.
    fn running(&mut self, span: &GoSpan, part: Part) {
        let own = span.ending.filter(|ending| ending.by == span.goroutine);
        let stack = own.map_or(StackId::NONE, |ending| ending.stack);
        let work = self.work.get(&span.goroutine).into_iter().flatten();
        let mut ranges: Vec<_> = work.map(|range| (*range, worked(range))).collect();
        let stops = self.stops.iter().filter(|stop| stop.goroutine == span.goroutine);
        ranges.extend(stops.map(|stop| (*stop, stopped(stop))));
        ranges.sort_by_key(|(range, _)| range.start);
        for (piece, cause) in pieces(part, &ranges, Cause::Running) {
            self.push(span, piece, cause, stack);
        }
    }

    fn unknown(&mut self, part: Part) {
        let Part { goroutine, from: start, to: end, depth } = part;
        if start < end {
            let (func, stack) = (self.timeline.func(goroutine), StackId::NONE);
            let (cause, proc) = (Cause::Unknown, goscope_trace::ProcId::NONE);
            self.segments.push(Segment { start, end, goroutine, func, cause, stack, proc, instead: None, depth });
        }
    }

    fn push(&mut self, span: &GoSpan, part: Part, cause: Cause, stack: StackId) {
        let Part { goroutine, from: start, to: end, depth } = part;
        let instead = if cause == Cause::Runnable { self.instead(span, start, end) } else { None };
        let (func, proc) = (self.timeline.func(goroutine), span.proc);
        self.segments.push(Segment { start, end, goroutine, func, cause, stack, proc, instead, depth });
    }

    /// The function of the goroutines that ran longest on the proc that one got that was runnable.
    fn instead(&self, span: &GoSpan, from: TraceTime, to: TraceTime) -> Option<StringId> {
        let proc = span.ending?.proc;
        let mut times: FxHashMap<StringId, i64> = FxHashMap::default();
        for other in self.timeline.on_proc(proc, from, to).filter(|other| other.goroutine != span.goroutine) {
            let part = other.within(from, to).map_or(0, |part| part.duration());
            *times.entry(other.func).or_default() += part;
        }
        times.into_iter().max_by_key(|(func, time)| (*time, *func)).map(|(func, _)| func)
    }
}

/// Whether a wait ends by itself, or is the garbage collector's doing, whoever runs where it ends.
fn is_nobodys(reason: &[u8]) -> bool {
    matches!(reason, b"sleep" | b"network" | b"forever") || reason.windows(2).any(|part| part == b"GC")
}

fn stopped(stop: &RangeSpan) -> Cause {
    match stop.kind {
        RangeKind::StopTheWorld(reason) => Cause::Stopped(reason),
        _ => Cause::Unknown,
    }
}

fn worked(range: &RangeSpan) -> Cause {
    if range.kind == RangeKind::MarkAssist { Cause::MarkAssist } else { Cause::Sweep }
}

/// The pieces of a part, the last one first: those within ranges, and what is between them. Ranges that overlap count for
/// the one that began last.
fn pieces(part: Part, ranges: &[(RangeSpan, Cause)], otherwise: Cause) -> Vec<(Part, Cause)> {
    let (mut pieces, mut to) = (Vec::new(), part.to);
    for (range, cause) in ranges.iter().rev() {
        let (start, end) = (range.start.max(part.from), range.end.min(to));
        if start >= end {
            continue;
        }
        if end < to {
            pieces.push((Part { from: end, to, ..part }, otherwise));
        }
        pieces.push((Part { from: start, to: end, ..part }, *cause));
        to = start;
    }
    if part.from < to {
        pieces.push((Part { to, ..part }, otherwise));
    }
    pieces
}

/// Takes segments together that are one: a goroutine that is seen to do the same again.
fn join(segments: Vec<Segment>) -> Vec<Segment> {
    let mut joined: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        match joined.last_mut() {
            Some(last)
                if (last.goroutine, last.cause, last.stack, last.end)
                    == (segment.goroutine, segment.cause, segment.stack, segment.start) =>
            {
                last.end = segment.end;
            }
            _ => joined.push(segment),
        }
    }
    joined
}
