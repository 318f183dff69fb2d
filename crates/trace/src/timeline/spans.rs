//! Intervals of goroutines: each as the event comes that ends it.
//!
//! Invariant: an event ends one interval at most, that of the goroutine that it is about; what is only told of, and does
//! not change, ends none.

use foldhash::HashMap;

use crate::{
    event::{Event, EventKind, GoState, GoTransition},
    id::{GoId, ProcId, ThreadId},
    tables::{StackId, StringId, Tables},
    time::TraceTime,
};

/// What a goroutine did from one moment to another one.
///
/// ```
/// use goscope_trace::{GoState, Reader, TraceTime, timeline::GoSpans};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut spans, mut ran) = (Reader::new(file)?, GoSpans::default(), 0);
/// let start = reader.next_event()?.map_or(TraceTime(0), |event| event.time);
/// while let Some(event) = reader.next_event()? {
///     let Some(mut span) = spans.add(&event, reader.tables()) else { continue };
///     // Only the first millisecond counts.
///     if span.state == GoState::Running && span.clip(start, TraceTime(start.0 + 1_000_000)) {
///         ran += span.duration();
///     }
/// }
/// println!("goroutines ran for {ran} ns");
/// # assert!(ran > 10_000);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GoSpan {
    /// Whose it is.
    pub goroutine: GoId,
    /// The function that the goroutine started with; empty as long as nothing tells.
    pub func: StringId,
    /// What it did.
    pub state: GoState,
    /// What it did before: of a new goroutine [`GoState::NotExist`], where the trace begins [`GoState::Undetermined`].
    pub before: GoState,
    /// Since when. Where the trace tells of a state that it had before, the beginning of the generation that tells of it.
    pub start: TraceTime,
    /// When the trace told of it: as it began, or later.
    pub told: TraceTime,
    /// Until when.
    pub end: TraceTime,
    /// Why: what a goroutine waits for, or why it stopped.
    pub reason: StringId,
    /// What was executing where it began: the goroutine itself as it came to wait, and whoever made it runnable.
    pub stack: StackId,
    /// The proc on which it began, or [`ProcId::NONE`].
    pub proc: ProcId,
    /// The thread on which it began, or [`ThreadId::NONE`].
    pub thread: ThreadId,
    /// Who began it: the goroutine that ran where it began, or [`GoId::NONE`].
    pub begun_by: GoId,
    /// Whether the goroutine had run before, as far as the trace shows.
    pub has_run: bool,
    /// How it ended; `None` if it still goes on where the trace ends.
    pub ending: Option<Ending>,
}

/// How an interval of a goroutine ended.
///
/// ```
/// use goscope_trace::{GoState, Reader, timeline::GoSpans};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut spans, mut woken) = (Reader::new(file)?, GoSpans::default(), 0);
/// while let Some(event) = reader.next_event()? {
///     let Some(span) = spans.add(&event, reader.tables()) else { continue };
///     let by_others = span.ending.is_some_and(|ending| ending.by.is_some() && ending.by != span.goroutine);
///     woken += u64::from(span.state == GoState::Waiting && by_others);
/// }
/// println!("{woken} waits were ended by another goroutine");
/// # assert!(woken > 10);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// What the goroutine did next.
    pub next: GoState,
    /// Why it did.
    pub reason: StringId,
    /// Who ended it: the goroutine that ran where it happened, or [`GoId::NONE`] if that was the runtime.
    pub by: GoId,
    /// What was executing there.
    pub stack: StackId,
    /// The proc where it happened, or [`ProcId::NONE`].
    pub proc: ProcId,
}

impl GoSpan {
    /// How long it lasted, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }

    /// Cuts off what is not between two moments. `false` if nothing is left.
    #[inline]
    #[must_use]
    pub fn clip(&mut self, from: TraceTime, to: TraceTime) -> bool {
        (self.start, self.end) = (self.start.max(from), self.end.min(to));
        self.start < self.end
    }
}

/// Follows goroutines through a trace, and gives each [`GoSpan`] as soon as it has ended.
///
/// Memory grows with the goroutines that are alive at the same time.
///
/// ```
/// use goscope_trace::{GoState, Reader, timeline::GoSpans};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut spans, mut longest) = (Reader::new(file)?, GoSpans::default(), None);
/// while let Some(event) = reader.next_event()? {
///     if let Some(span) = spans.add(&event, reader.tables()) && span.state == GoState::Waiting {
///         longest = longest.max(Some((span.duration(), span.goroutine)));
///     }
/// }
/// let (time, goroutine) = longest.unwrap();
/// println!("goroutine {goroutine} waited for {time} ns, and was not the only one: {} still wait", spans.finish().len());
/// # assert!(time > 1_000_000);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct GoSpans {
    open: HashMap<GoId, Open>,
    now: TraceTime,
    /// The time of the last sync.
    sync: Option<TraceTime>,
}

/// An interval that goes on.
#[derive(Clone, Copy, Debug)]
struct Open {
    state: GoState,
    before: GoState,
    has_run: bool,
    func: StringId,
    reason: StringId,
    stack: StackId,
    start: TraceTime,
    told: TraceTime,
    proc: ProcId,
    thread: ThreadId,
    begun_by: GoId,
}

impl GoSpans {
    /// Follows the next event, and gives the interval that it ends.
    #[inline(always)]
    pub fn add(&mut self, event: &Event, tables: &Tables) -> Option<GoSpan> {
        self.now = event.time;
        // What is not copied is not moved through memory, which takes longer than all else here.
        match &event.kind {
            EventKind::GoTransition(transition) => return self.step(event, transition, tables),
            EventKind::TaskBegin(_)
            | EventKind::RegionBegin(_)
            | EventKind::RangeBegin(_)
            | EventKind::Log(_) => {
                self.learn(event, tables);
            }
            EventKind::Sync(_) => self.sync = Some(event.time),
            _ => {}
        }
        None
    }

    /// A goroutine tells what it is executing, and so what it started with.
    #[cold]
    fn learn(&mut self, event: &Event, tables: &Tables) {
        if let Some(open) = self.open.get_mut(&event.goroutine).filter(|open| open.func == StringId::EMPTY) {
            open.func = tables.root(event.stack);
        }
    }

    #[inline(always)]
    fn step(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) -> Option<GoSpan> {
        let GoTransition { goroutine, from, to, reason, .. } = *transition;
        let Some(open) = self.open.get_mut(&goroutine).filter(|_| from != GoState::NotExist) else {
            // A thread of C that calls Go anew has the goroutine that it had before; of a damaged trace, its end is lost.
            self.begin(event, transition, tables);
            return None;
        };
        if open.state == to {
            return None;
        }
        let ended = open.end(goroutine, event, to, reason);
        if to == GoState::NotExist {
            self.open.remove(&goroutine);
            return Some(ended);
        }
        open.go_on(event, transition);
        if open.func == StringId::EMPTY {
            open.func = root(transition, tables);
        }
        Some(ended)
    }

    #[inline(never)]
    fn begin(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        let (func, has_run) = (root(transition, tables), transition.to == GoState::Running);
        if transition.to != GoState::NotExist {
            let mut open = Open { func, has_run, ..Open::new(event, transition) };
            if transition.from == GoState::Undetermined {
                open.start = self.sync.unwrap_or(open.start);
                if func == StringId::EMPTY {
                    open.func = tables.started(transition.goroutine);
                }
            } else {
                self.learn(event, tables);
            }
            self.open.insert(transition.goroutine, open);
        }
    }

    /// Nothing more happens up to a moment.
    ///
    /// ```
    /// use goscope_trace::{TraceTime, timeline::GoSpans};
    ///
    /// let mut spans = GoSpans::default();
    /// spans.wait(TraceTime(7)); // what goes on then goes on until 7
    /// assert!(spans.finish().is_empty());
    /// ```
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The function that a goroutine started with, if it is alive and that is known; else empty.
    ///
    /// ```
    /// use goscope_trace::{GoId, StringId, timeline::GoSpans};
    ///
    /// assert_eq!(GoSpans::default().func(GoId(1)), StringId::EMPTY); // nobody lives before the first event
    /// ```
    #[must_use]
    pub fn func(&self, goroutine: GoId) -> StringId {
        self.open.get(&goroutine).map_or(StringId::EMPTY, |open| open.func)
    }

    /// What a goroutine does, if it is alive and the trace has told of it: since when, and what.
    ///
    /// ```
    /// use goscope_trace::{GoId, timeline::GoSpans};
    ///
    /// assert_eq!(GoSpans::default().now(GoId(1)), None); // nobody lives before the first event
    /// ```
    #[must_use]
    pub fn now(&self, goroutine: GoId) -> Option<(TraceTime, GoState)> {
        self.open.get(&goroutine).map(|open| (open.start, open.state))
    }

    pub(super) fn running_since_before(&self, moment: TraceTime) -> Vec<GoId> {
        let runs = |open: &Open| open.state == GoState::Running && open.start < moment;
        self.open.iter().filter(|(_, open)| runs(open)).map(|(id, _)| *id).collect()
    }

    /// What goes on where the trace ends, in the order of the goroutines' ids.
    #[must_use]
    pub fn finish(self) -> Vec<GoSpan> {
        let now = self.now;
        let mut spans: Vec<_> = self.open.into_iter().map(|(id, open)| open.span(id, now, None)).collect();
        spans.sort_unstable_by_key(|span| span.goroutine);
        spans
    }
}

/// The function that a goroutine started with, if its stack is told.
#[inline(never)]
fn root(transition: &GoTransition, tables: &Tables) -> StringId {
    tables.root(transition.stack)
}

impl Open {
    /// What begins with an event.
    #[inline]
    fn new(event: &Event, transition: &GoTransition) -> Self {
        let Event { time: start, thread, proc, goroutine: begun_by, stack, .. } = *event;
        let GoTransition { from: before, to: state, reason, .. } = *transition;
        let (has_run, func) = (false, StringId::EMPTY);
        let told = start;
        Self { state, before, has_run, func, reason, stack, start, told, proc, thread, begun_by }
    }

    /// The goroutine goes on with something else.
    #[inline(always)]
    fn go_on(&mut self, event: &Event, transition: &GoTransition) {
        let has_run = self.has_run | (transition.to == GoState::Running);
        *self = Self { func: self.func, has_run, ..Self::new(event, transition) };
    }

    #[inline(always)]
    fn end(&self, goroutine: GoId, event: &Event, next: GoState, reason: StringId) -> GoSpan {
        let Event { goroutine: by, stack, proc, .. } = *event;
        self.span(goroutine, event.time, Some(Ending { next, reason, by, stack, proc }))
    }

    #[inline(always)]
    fn span(&self, goroutine: GoId, end: TraceTime, ending: Option<Ending>) -> GoSpan {
        let Self { state, before, has_run, func, reason, stack, start, told, proc, thread, begun_by } = *self;
        GoSpan {
            goroutine,
            func,
            state,
            before,
            start,
            told,
            end,
            reason,
            stack,
            proc,
            thread,
            begun_by,
            has_run,
            ending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transition(time: i64, from: GoState, to: GoState) -> Event {
        let (thread, proc, stack) = (ThreadId(1), ProcId(0), StackId::NONE);
        let (goroutine, reason) = (GoId(7), StringId::EMPTY);
        let kind = EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack });
        Event { time: TraceTime(time), thread, proc, goroutine: GoId(3), stack, kind }
    }

    fn spans(steps: &[(i64, GoState, GoState)]) -> (Vec<GoSpan>, Vec<GoSpan>) {
        let (mut spans, tables) = (GoSpans::default(), Tables::default());
        let events = steps.iter().map(|(time, from, to)| transition(*time, *from, *to));
        let ended = events.filter_map(|event| spans.add(&event, &tables)).collect();
        (ended, spans.finish())
    }

    #[test]
    fn intervals_follow_each_other_from_the_first_event_on() {
        use GoState::{NotExist, Runnable, Running, Undetermined, Waiting};
        let (ended, open) = spans(&[
            (1, Undetermined, Waiting),
            (2, Waiting, Waiting),
            (5, Waiting, Runnable),
            (9, Runnable, Running),
            (10, Running, NotExist),
            (20, NotExist, Runnable),
            (23, Runnable, Running),
        ]);
        let lines = |spans: &[GoSpan]| {
            let line = |span: &GoSpan| (span.state, span.start.0, span.end.0, span.has_run);
            spans.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            lines(&ended),
            [
                (Waiting, 1, 5, false),
                (Runnable, 5, 9, false),
                (Running, 9, 10, true),
                (Runnable, 20, 23, false)
            ]
        );
        assert_eq!(
            ended.iter().map(|span| span.before).collect::<Vec<_>>(),
            [Undetermined, Waiting, Runnable, NotExist]
        );
        assert_eq!(ended[2].ending.map(|ending| (ending.next, ending.by)), Some((NotExist, GoId(3))));
        assert_eq!((lines(&open), open[0].ending), (vec![(Running, 23, 23, true)], None));
    }

    #[test]
    fn a_goroutine_that_is_created_again_begins_anew() {
        use GoState::{NotExist, Runnable, Running};
        let (ended, open) =
            spans(&[(1, NotExist, Runnable), (2, Runnable, Running), (8, NotExist, Runnable)]);
        assert_eq!((ended.len(), open[0].start, open[0].has_run), (1, TraceTime(8), false));
    }

    #[test]
    fn a_part_of_an_interval_is_cut_on_both_sides() {
        let (_, open) = spans(&[(10, GoState::NotExist, GoState::Runnable)]);
        let span = GoSpan { end: TraceTime(20), ..open[0] };
        let cut = |from, to| {
            let mut span = span;
            span.clip(TraceTime(from), TraceTime(to)).then(|| span.duration())
        };
        assert_eq!([cut(0, 30), cut(12, 15), cut(0, 10), cut(20, 30)], [Some(10), Some(3), None, None]);
    }
}
