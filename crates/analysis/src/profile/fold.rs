//! The fold over events behind a profile.

use foldhash::HashMap;
use goscope_trace::{
    Event, EventKind, GoId, GoState, RangeKind, StackId, StringId, Tables, TaskId, ThreadId, TraceTime,
    timeline::{GoSpan, GoSpans, RangeSpan, Ranges},
};

use super::{Kind, Place, Profile, Sample, State, Workplace, pending::Pending};

/// The frames of a stack that count: what Go tells stacks apart by.
const MAX_FRAMES: usize = 128;

/// The nanoseconds between two CPU samples: Go's profiler takes 100 a second, unless a program asks for another rate,
/// which the trace does not tell.
const SAMPLE: i64 = 10_000_000;

/// How samples are attributed and told apart.
///
/// ```
/// use goscope_analysis::profile::Settings;
///
/// let by_reason = Settings { reason: true, ..Settings::default() };
/// assert!(!by_reason.waker);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Settings {
    /// Whether time counts for the stack that ended a wait, not for the one that began it.
    pub waker: bool,
    /// Whether samples are told apart by goroutine.
    pub goroutine: bool,
    /// Whether samples are told apart by the function that their goroutine started with.
    pub func: bool,
    /// Whether samples are told apart by reason.
    pub reason: bool,
    /// Whether samples are told apart by the task that their goroutine worked for.
    pub task: bool,
    /// Whether what goes on at the end counts in any case, because the end is that of a part of the trace.
    pub open: bool,
}

/// Makes a profile of the events of a trace. Memory grows with the stacks of the profile and the goroutines that are
/// alive at the same time.
///
/// ```
/// use goscope_analysis::profile::{Kind, Profiler, Settings};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut profiler = Profiler::new(Kind::Chan, Settings::default());
/// while let Some(event) = reader.next_event()? {
///     profiler.add(&event, reader.tables(), |_| true);
/// }
/// let profile = profiler.finish(reader.tables(), |_| true);
/// let longest = profile.samples.first().unwrap();
/// let frame = reader.tables().stack(longest.place.stack).last().unwrap();
/// println!("{} waited {} ns for a channel", reader.tables().name(frame), longest.time);
/// # assert!(longest.time > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Profiler {
    kind: Kind,
    settings: Settings,
    spans: GoSpans,
    sums: HashMap<Place, (u64, i64)>,
    pending: Pending,
    /// Whether each state counts, but for waiting.
    states: [bool; GoState::Syscall as usize + 1],
    /// Whether waiting for each reason counts, by its number.
    reasons: Vec<Option<bool>>,
    /// Where CPU samples saw each goroutine since it began to run.
    seen: HashMap<GoId, Vec<(TraceTime, StackId)>>,
    ranges: Ranges,
    workplace: Workplace,
    start: Option<TraceTime>,
    now: TraceTime,
}

impl Profiler {
    /// Makes a profile of a kind.
    #[must_use]
    pub fn new(kind: Kind, settings: Settings) -> Self {
        Self {
            kind,
            settings,
            states: states(kind),
            spans: GoSpans::default(),
            sums: HashMap::default(),
            pending: Pending::default(),
            reasons: Vec::new(),
            seen: HashMap::default(),
            ranges: Ranges::default(),
            workplace: Workplace::default(),
            start: None,
            now: TraceTime::default(),
        }
    }

    /// Follows the next event. Of each interval, `choose` cuts off what does not count, and says whether any is left.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables, choose: impl FnOnce(&mut GoSpan) -> bool) {
        self.follow(event, tables, choose);
        match &event.kind {
            EventKind::GoTransition(transition)
                if self.kind == Kind::Create && transition.from == GoState::NotExist =>
            {
                self.create(event);
            }
            EventKind::StackSample => self.sample(event),
            _ => {}
        }
    }

    /// Follows the next event, which does not count.
    pub fn watch(&mut self, event: &Event, tables: &Tables) {
        self.follow(event, tables, |_| false);
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
        self.spans.wait(until);
    }

    #[inline]
    fn follow(&mut self, event: &Event, tables: &Tables, choose: impl FnOnce(&mut GoSpan) -> bool) {
        self.start.get_or_insert(event.time);
        self.now = event.time;
        let ended = self.spans.add(event, tables);
        if let EventKind::GoTransition(transition) = &event.kind {
            if let Some(span) = ended {
                self.ended(span, tables, choose);
            }
            if transition.to == GoState::Running {
                self.pending.drop_of(transition.goroutine);
            }
        } else if self.kind == Kind::Stw
            && let Some(range) = self.ranges.add(event)
        {
            self.stopped(&range, choose);
        }
        if self.settings.task {
            self.workplace.add(event);
        }
    }

    /// A goroutine has done something, if that counts.
    #[inline(always)]
    fn ended(&mut self, mut span: GoSpan, tables: &Tables, choose: impl FnOnce(&mut GoSpan) -> bool) {
        let is_run = span.state == GoState::Running;
        let seen = if is_run && !self.seen.is_empty() { self.seen.remove(&span.goroutine) } else { None };
        if !self.counts(span.state, span.reason, tables) {
            return;
        }
        if self.kind.is_strict() {
            // What is told of late counts from there on, as Go has it.
            span.start = span.told;
        }
        if choose(&mut span) {
            if is_run { self.run(&span, &seen.unwrap_or_default()) } else { self.span(&span) }
        }
    }

    /// A goroutine has not run.
    #[inline]
    fn span(&mut self, span: &GoSpan) {
        let stack = match span.ending {
            Some(ending) if self.settings.waker => ending.stack,
            _ => span.stack,
        };
        let place = self.place(stack, span.goroutine, span.func, span.reason, State::of(span.state));
        if span.has_run || !self.kind.is_strict() {
            self.book(place, 1, span.duration());
        } else if span.ending.is_some_and(|ending| ending.next != GoState::Running) {
            self.pending.push(span.goroutine, place, span.duration());
        }
    }

    /// A goroutine has run: where CPU samples saw it meanwhile, or else up to where it stopped.
    fn run(&mut self, span: &GoSpan, seen: &[(TraceTime, StackId)]) {
        let is_within = |(time, _): &&(TraceTime, StackId)| span.start <= *time && *time < span.end;
        let stacks: Vec<_> = seen.iter().filter(is_within).map(|(_, stack)| *stack).collect();
        let (len, mut left) = (stacks.len() as i64, span.duration());
        let state = State::of(span.state);
        if stacks.is_empty() {
            let stack = span.ending.map_or(StackId::NONE, |ending| ending.stack);
            let place = self.place(stack, span.goroutine, span.func, StringId::EMPTY, state);
            return self.book(place, 1, left);
        }
        for (nth, stack) in stacks.into_iter().enumerate() {
            let share = left / (len - nth as i64);
            left -= share;
            let place = self.place(stack, span.goroutine, span.func, StringId::EMPTY, state);
            self.book(place, u64::from(nth == 0), share);
        }
    }

    #[inline(always)]
    fn counts(&mut self, state: GoState, reason: StringId, tables: &Tables) -> bool {
        if state != GoState::Waiting {
            return self.states[state as usize];
        }
        match self.reasons.get(reason.index()) {
            Some(Some(counts)) => *counts,
            _ => self.find_out(reason, tables),
        }
    }

    /// Whether waits for a reason count that has not come up so far.
    #[cold]
    fn find_out(&mut self, reason: StringId, tables: &Tables) -> bool {
        if self.reasons.len() <= reason.index() {
            self.reasons.resize(reason.index() + 1, None);
        }
        let counts = self.kind.has(GoState::Waiting, tables.string(reason));
        self.reasons[reason.index()] = Some(counts);
        counts
    }

    /// The CPU profiler saw a goroutine.
    fn sample(&mut self, event: &Event) {
        match self.kind {
            Kind::Cpu => {
                let func = self.spans.func(event.goroutine);
                let place = self.place(event.stack, event.goroutine, func, StringId::EMPTY, None);
                self.book(place, 1, SAMPLE);
            }
            Kind::Wall if event.goroutine.is_some() => {
                self.seen.entry(event.goroutine).or_default().push((event.time, event.stack));
            }
            _ => {}
        }
    }

    fn create(&mut self, event: &Event) {
        let func = self.spans.func(event.goroutine);
        let place = self.place(event.stack, event.goroutine, func, StringId::EMPTY, None);
        self.book(place, 1, 0);
    }

    /// The world was stopped: as an interval of whoever stopped it, that did nothing else.
    fn stopped(&mut self, range: &RangeSpan, choose: impl FnOnce(&mut GoSpan) -> bool) {
        let RangeKind::StopTheWorld(reason) = range.kind else { return };
        let RangeSpan { start, end, goroutine, proc, stack, .. } = *range;
        let mut span = GoSpan {
            goroutine,
            func: self.spans.func(goroutine),
            state: GoState::Running,
            before: GoState::Running,
            start,
            told: start,
            end,
            reason,
            stack,
            proc,
            thread: ThreadId::NONE,
            begun_by: goroutine,
            has_run: true,
            ending: None,
        };
        if choose(&mut span) {
            let place = self.place(stack, goroutine, span.func, reason, None);
            self.book(place, 1, span.duration());
        }
    }

    /// The place of a sample, as precise as was asked for. Without a stack, a function is better than nothing.
    #[inline]
    fn place(
        &self,
        stack: StackId,
        goroutine: GoId,
        func: StringId,
        reason: StringId,
        state: Option<State>,
    ) -> Place {
        let Settings { goroutine: by_goroutine, func: by_func, reason: by_reason, task: by_task, .. } =
            self.settings;
        let needs_func = by_func || (stack == StackId::NONE && self.kind.has_states());
        Place {
            stack,
            func: if needs_func { func } else { StringId::EMPTY },
            reason: if by_reason { reason } else { StringId::EMPTY },
            goroutine: if by_goroutine { goroutine } else { GoId::NONE },
            task: if by_task { self.workplace.task(goroutine) } else { TaskId::NONE },
            state: state.filter(|_| self.kind.has_states()),
        }
    }

    #[inline]
    fn book(&mut self, place: Place, count: u64, time: i64) {
        if time <= 0 && self.kind != Kind::Create {
            return;
        }
        let sum = self.sums.entry(place).or_default();
        (sum.0, sum.1) = (sum.0 + count, sum.1.saturating_add(time));
    }

    /// The profile of all events so far. `choose` is that of [`Self::add`].
    #[must_use]
    pub fn finish(mut self, tables: &Tables, mut choose: impl FnMut(&mut GoSpan) -> bool) -> Profile {
        let now = self.now;
        let open = std::mem::take(&mut self.spans).finish();
        let counts_open = self.settings.open || !self.kind.is_strict();
        for span in open.into_iter().filter(|_| counts_open) {
            self.ended(span, tables, &mut choose);
        }
        for range in std::mem::take(&mut self.ranges).finish(now) {
            self.stopped(&range, &mut choose);
        }
        let pending = std::mem::take(&mut self.pending);
        pending.into_samples().for_each(|(place, time)| self.book(place, 1, time));
        let mut samples: Vec<_> = cut(self.sums, tables)
            .into_iter()
            .map(|(place, (count, time))| Sample { place, count, time })
            .collect();
        samples.sort_unstable_by_key(|sample| (std::cmp::Reverse((sample.time, sample.count)), sample.place));
        Profile { kind: self.kind, samples, duration: self.now.since(self.start.unwrap_or(self.now)) }
    }
}

/// Whether each state counts, but for waiting.
fn states(kind: Kind) -> [bool; GoState::Syscall as usize + 1] {
    let mut states = [false; GoState::Syscall as usize + 1];
    let counted = [GoState::Runnable, GoState::Running, GoState::Syscall];
    counted.into_iter().for_each(|state| states[state as usize] = kind.has(state, b""));
    states
}

/// Takes stacks together that differ only behind the frames that count. A stack of nothing but a frame without a program
/// counter is none: Go 1.22 writes such stacks.
fn cut(sums: HashMap<Place, (u64, i64)>, tables: &Tables) -> HashMap<Place, (u64, i64)> {
    let mut firsts: HashMap<Vec<u64>, StackId> = HashMap::default();
    let mut cut: HashMap<Place, (u64, i64)> = HashMap::default();
    let mut sums: Vec<_> = sums.into_iter().collect();
    // Which of several stacks stands for all must not depend on the order of a hash map.
    sums.sort_unstable_by_key(|(place, _)| *place);
    for (mut place, (count, time)) in sums {
        let stack = tables.stack(place.stack);
        if stack.iter().all(|frame| frame.pc == 0) {
            place.stack = StackId::NONE;
        } else if stack.len() > MAX_FRAMES {
            let pcs = stack.iter().take(MAX_FRAMES).map(|frame| frame.pc).collect();
            place.stack = *firsts.entry(pcs).or_insert(place.stack);
        }
        let sum = cut.entry(place).or_default();
        (sum.0, sum.1) = (sum.0 + count, sum.1.saturating_add(time));
    }
    cut
}
