//! The walk back through a timeline, or through several, each of which has an earlier part of the trace.
//!
//! Invariant: each step explains a part of what is left, or goes on with another goroutine, which it does a limited number
//! of times in a row. So the walk ends.
//!
//! Invariant: however the time is divided among timelines, the path is the same, but for which function ran instead of a
//! goroutine that was runnable where a timeline begins.

use foldhash::HashMap;
use goscope_trace::{
    GoId, GoState, RangeKind, StackId, StringId, Tables, TraceTime,
    timeline::{GoSpan, RangeSpan, Timeline},
};

use super::{Cause, Found, Segment};

/// How often the path goes on with another goroutine without explaining any time. In a trace that is whole, whoever ended
/// a wait ran right then.
const MAX_HOPS: u32 = 64;

/// Explains an interval by a timeline that has been kept since its beginning.
///
/// [`super::Finder`] and [`Timeline`] have examples of what comes before.
#[must_use]
pub fn walk(found: &Found, timeline: &Timeline, tables: &Tables) -> Vec<Segment> {
    let mut path = Path::new(found);
    path.walk(timeline, TraceTime(i64::MIN), tables);
    path.finish()
}

/// A path of which the end is known so far, and the beginning is still to be explained, by a timeline of an earlier part
/// of the trace.
///
/// [`super::Milestones`] has an example.
#[derive(Debug)]
pub struct Path {
    /// The latest part is the last.
    todo: Vec<Part>,
    /// The last one first.
    segments: Vec<Segment>,
    /// The functions that goroutines started with, as far as the timelines so far told.
    funcs: HashMap<GoId, StringId>,
    /// Up to when the first timeline was kept. Others need nothing later.
    limit: TraceTime,
    has_begun: bool,
    /// The goroutines that still run behind what is needed of the timeline that is being kept: it goes on until they stop.
    running: Option<Vec<GoId>>,
}

impl Path {
    /// Returns a path that is to explain an interval.
    #[must_use]
    pub fn new(found: &Found) -> Self {
        let Found { goroutine, from, to, .. } = *found;
        let whole = Part { goroutine, from, to, depth: 0, hops: 0, span: None };
        let (funcs, limit) = (HashMap::default(), TraceTime(i64::MIN));
        Self { todo: vec![whole], segments: Vec::new(), funcs, limit, has_begun: false, running: None }
    }

    fn next(&self) -> Option<&Part> {
        self.todo.iter().rev().find(|part| part.from < part.to)
    }

    /// The moment up to which a timeline is needed next. `None` if all is explained.
    #[must_use]
    pub fn needs(&self) -> Option<TraceTime> {
        self.next().map(|part| part.to)
    }

    /// Whether nothing that comes after this moment matters: the timeline has what [`Self::needs`] says, and how that
    /// ended what goroutines did then, unless the one that is asked about runs on.
    #[must_use]
    pub fn has_enough(&mut self, timeline: &Timeline, now: TraceTime) -> bool {
        let Some(part) = self.next().copied() else { return true };
        match self.has_begun {
            true if now >= self.limit => return true,
            true => {}
            false => self.limit = now,
        }
        if now <= part.to {
            return false;
        }
        let goes_on =
            |id: GoId| timeline.now(id).filter(|(since, _)| *since < part.to).map(|(_, state)| state);
        let waits = goes_on(part.goroutine).is_some_and(|state| state != GoState::Running);
        if !self.has_begun {
            return !waits;
        }
        // Whoever runs may be on the path, and where that stops is where it was.
        let running = self.running.get_or_insert_with(|| timeline.running_since_before(part.to));
        running.retain(|id| goes_on(*id) == Some(GoState::Running));
        running.is_empty() && (!waits || part.span.is_some())
    }

    /// Walks back to a moment, through a timeline that begins there and [has enough](Self::has_enough).
    pub fn walk(&mut self, timeline: &Timeline, since: TraceTime, tables: &Tables) {
        (self.has_begun, self.running) = (true, None);
        let mut walker = Walker::new(timeline, since, tables, self);
        while let Some(part) = walker.path.todo.pop() {
            if part.to <= since && part.from < part.to {
                walker.path.todo.push(part);
                return;
            }
            if part.from < part.to {
                walker.step(part);
            }
        }
    }

    /// The segments, in the order of time.
    #[must_use]
    pub fn finish(self) -> Vec<Segment> {
        let Self { mut segments, funcs, .. } = self;
        for segment in segments.iter_mut().filter(|segment| segment.func == StringId::EMPTY) {
            segment.func = funcs.get(&segment.goroutine).copied().unwrap_or_default();
        }
        segments.reverse();
        segments
    }

    /// Adds a segment before all others. One that is the same as the next one is one with it: a goroutine that is seen to
    /// do the same again.
    fn push(&mut self, segment: Segment) {
        if segment.func != StringId::EMPTY {
            self.funcs.insert(segment.goroutine, segment.func);
        }
        match self.segments.last_mut() {
            Some(next)
                if (segment.goroutine, segment.cause, segment.stack, segment.end)
                    == (next.goroutine, next.cause, next.stack, next.start) =>
            {
                *next = Segment { end: next.end, ..segment };
            }
            _ => self.segments.push(segment),
        }
    }
}

/// A time that is still to be explained, by what a goroutine did.
#[derive(Clone, Copy, Debug)]
struct Part {
    goroutine: GoId,
    from: TraceTime,
    to: TraceTime,
    /// How many waits lie between it and the goroutine that is asked about.
    depth: u32,
    /// How often the path has changed goroutines since the last time that was explained.
    hops: u32,
    /// What the goroutine did then, if a later timeline has shown it: what goes on where that begins.
    span: Option<GoSpan>,
}

struct Walker<'a> {
    timeline: &'a Timeline,
    tables: &'a Tables,
    /// Where the timeline begins.
    since: TraceTime,
    /// The stops of the world.
    stops: Vec<RangeSpan>,
    /// When goroutines worked for the garbage collector.
    work: HashMap<GoId, Vec<RangeSpan>>,
    path: &'a mut Path,
}

impl<'a> Walker<'a> {
    fn new(timeline: &'a Timeline, since: TraceTime, tables: &'a Tables, path: &'a mut Path) -> Self {
        let (mut stops, mut work) = (Vec::new(), HashMap::<_, Vec<_>>::default());
        for range in timeline.ranges() {
            match range.kind {
                RangeKind::StopTheWorld(_) => stops.push(*range),
                RangeKind::MarkAssist | RangeKind::Sweep => {
                    work.entry(range.goroutine).or_default().push(*range);
                }
                RangeKind::Mark => {}
            }
        }
        Self { timeline, tables, since, stops, work, path }
    }

    /// Explains the end of a part, and leaves the rest for later.
    fn step(&mut self, part: Part) {
        let Part { goroutine, from, to, .. } = part;
        let Some(span) = part.span.or_else(|| self.timeline.before(goroutine, to)) else {
            let start = self.since.max(from);
            self.unknown(Part { from: start, ..part });
            return self.path.todo.push(Part { to: start, hops: 0, ..part });
        };
        let part = Part { span: None, ..part };
        if span.end < to {
            // It was not there, or nobody tells.
            let start = span.end.max(from);
            self.unknown(Part { from: start, ..part });
            return self.path.todo.push(Part { to: start, hops: 0, ..part });
        }
        let start = span.start.max(from);
        let piece = Part { from: start, ..part };
        if span.state == GoState::Waiting
            && let Some(waker) = self.waker(&span, &piece)
        {
            return self.follow(waker, piece, from);
        }
        let piece = self.known(&span, piece);
        self.path.todo.push(match piece.from > start {
            true => Part { to: piece.from, hops: 0, span: Some(span), ..part },
            false => self.rest(&span, Part { to: start, hops: 0, ..part }),
        });
        match span.state {
            GoState::Waiting => self.push(&span, piece, Cause::Waiting(span.reason), span.stack),
            GoState::Runnable => self.runnable(&span, piece),
            GoState::Running => self.running(&span, piece),
            GoState::Syscall => self.push(&span, piece, Cause::Syscall, span.stack),
            GoState::Undetermined | GoState::NotExist => self.unknown(piece),
        }
    }

    /// Of a piece, what this timeline explains: what happened meanwhile matters to one that ran or could have run.
    fn known(&self, span: &GoSpan, piece: Part) -> Part {
        match span.state {
            GoState::Running | GoState::Runnable => Part { from: piece.from.max(self.since), ..piece },
            _ => piece,
        }
    }

    /// What is left behind an interval: of a goroutine that was created there, what its creator did.
    fn rest(&self, span: &GoSpan, rest: Part) -> Part {
        let is_begin = matches!(span.before, GoState::NotExist | GoState::Undetermined);
        let may_be_first = is_begin || span.start > self.since;
        let is_first = may_be_first && self.timeline.before(rest.goroutine, span.start).is_none();
        let is_created = is_first && span.begun_by.is_some() && span.begun_by != rest.goroutine;
        if is_created { Part { goroutine: span.begun_by, ..rest } } else { rest }
    }

    /// Who ended a wait, if it was somebody else's doing.
    fn waker(&self, span: &GoSpan, piece: &Part) -> Option<GoId> {
        let waker = span.ending?.by;
        let is_other = waker.is_some() && waker != piece.goroutine && piece.hops < MAX_HOPS;
        (is_other && !is_nobodys(self.tables.string(span.reason))).then_some(waker)
    }

    /// It waited: that is what whoever ended it did in the meantime. The goroutine that is asked about goes on before it
    /// waited. Any other one does not: what it did then made nobody wait.
    fn follow(&mut self, waker: GoId, piece: Part, from: TraceTime) {
        let Part { goroutine, depth, hops, .. } = piece;
        let next = Part { goroutine: waker, depth: depth + 1, hops: hops + 1, ..piece };
        let todo = &mut self.path.todo;
        if depth == 0 {
            todo.push(Part { goroutine, from, to: piece.from, depth, hops: 0, span: None });
            todo.push(next);
        } else {
            todo.push(Part { from, ..next });
        }
    }

    /// It had no proc, or the world was stopped.
    fn runnable(&mut self, span: &GoSpan, part: Part) {
        // Who was woken was not executing anything where that happened.
        let stack = if span.begun_by == span.goroutine { span.stack } else { StackId::NONE };
        let stops = overlapping(&self.stops, part.from, part.to).iter();
        let stops: Vec<_> = stops.map(|stop| (*stop, stopped(stop))).collect();
        for (piece, cause, _) in pieces(part, &stops, Cause::Runnable) {
            self.push(span, piece, cause, stack);
        }
    }

    /// It ran, perhaps for the garbage collector, or to stop the world.
    fn running(&mut self, span: &GoSpan, part: Part) {
        let own = span.ending.filter(|ending| ending.by == span.goroutine);
        let stack = own.map_or(StackId::NONE, |ending| ending.stack);
        let work =
            self.work.get(&span.goroutine).map_or(&[][..], |work| overlapping(work, part.from, part.to));
        let mut ranges: Vec<_> = work.iter().map(|range| (*range, worked(range))).collect();
        let stops = overlapping(&self.stops, part.from, part.to)
            .iter()
            .filter(|stop| stop.goroutine == span.goroutine);
        ranges.extend(stops.map(|stop| (*stop, stopped(stop))));
        ranges.sort_by_key(|(range, _)| range.start);
        for (piece, cause, begun_at) in pieces(part, &ranges, Cause::Running) {
            self.push(span, piece, cause, begun_at.unwrap_or(stack));
        }
    }

    fn unknown(&mut self, part: Part) {
        let Part { goroutine, from: start, to: end, depth, .. } = part;
        if start < end {
            let (func, stack) = (self.timeline.func(goroutine), StackId::NONE);
            let (cause, proc) = (Cause::Unknown, goscope_trace::ProcId::NONE);
            let instead = None;
            self.path.push(Segment { start, end, goroutine, func, cause, stack, proc, instead, depth });
        }
    }

    fn push(&mut self, span: &GoSpan, part: Part, cause: Cause, stack: StackId) {
        let Part { goroutine, from: start, to: end, depth, .. } = part;
        let instead = if cause == Cause::Runnable { self.instead(span, start, end) } else { None };
        let (func, proc) = (self.timeline.func(goroutine), span.proc);
        self.path.push(Segment { start, end, goroutine, func, cause, stack, proc, instead, depth });
    }

    /// The function of the goroutines that ran longest on the proc that one got that was runnable.
    fn instead(&self, span: &GoSpan, from: TraceTime, to: TraceTime) -> Option<StringId> {
        let proc = span.ending?.proc;
        let mut times: HashMap<StringId, i64> = HashMap::default();
        for mut other in
            self.timeline.on_proc(proc, from, to).filter(|other| other.goroutine != span.goroutine)
        {
            if other.clip(from, to) {
                *times.entry(other.func).or_default() += other.duration();
            }
        }
        times.into_iter().max_by_key(|(func, time)| (*time, *func)).map(|(func, _)| func)
    }
}

/// The ranges that overlap with a time, of some that are in the order of time.
fn overlapping(ranges: &[RangeSpan], from: TraceTime, to: TraceTime) -> &[RangeSpan] {
    let first = ranges.partition_point(|range| range.end <= from);
    let behind = ranges.partition_point(|range| range.start < to);
    ranges.get(first..behind).unwrap_or_default()
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

/// The pieces of a part, the last one first: those within ranges, with the stack with which the range began, and what is
/// between them. Ranges that overlap count for the one that began last.
fn pieces(
    part: Part,
    ranges: &[(RangeSpan, Cause)],
    otherwise: Cause,
) -> Vec<(Part, Cause, Option<StackId>)> {
    let (mut pieces, mut to) = (Vec::new(), part.to);
    for (range, cause) in ranges.iter().rev() {
        let (start, end) = (range.start.max(part.from), range.end.min(to));
        if start >= end {
            continue;
        }
        if end < to {
            pieces.push((Part { from: end, to, ..part }, otherwise, None));
        }
        pieces.push((Part { from: start, to: end, ..part }, *cause, Some(range.stack)));
        to = start;
    }
    if part.from < to {
        pieces.push((Part { to, ..part }, otherwise, None));
    }
    pieces
}
