//! The fold over events: which intervals are waits for a proc, and what is kept of them.

use foldhash::HashMap;
use goscope_trace::{
    Event, GoState, ProcId, StringId, Tables, ThreadId, TraceTime,
    timeline::{Ending, GoSpan, GoSpans},
};

use super::{Cause, Report, Wait, runs::Runs};
use crate::{durations::Durations, slices::Slices, worst::Worst};

/// What is kept of latencies.
///
/// ```
/// use goscope_analysis::latency::Settings;
///
/// let every_second = Settings { every: Some(1_000_000_000), ..Settings::default() };
/// assert_eq!(every_second.worst, 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How long a slice of time is, in nanoseconds; `None` for about twenty slices.
    pub every: Option<i64>,
    /// How many of the longest waits are kept.
    pub worst: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { every: None, worst: 10 }
    }
}

/// Follows how long goroutines wait for a proc.
///
/// Memory grows with the goroutines that are alive at the same time and the functions that they start with.
///
/// ```
/// use goscope_analysis::latency::{Latencies, Settings};
/// use goscope_trace::{Reader, TraceTime};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let (mut reader, mut latencies) = (Reader::new(file)?, Latencies::new(Settings::default()));
/// let mut end = TraceTime::default();
/// while let Some(event) = reader.next_event()? {
///     latencies.add(&event, reader.tables(), TraceTime(i64::MIN), |_| true);
///     end = event.time;
/// }
/// let report = latencies.finish(end);
/// println!("{} waits, of which a hundredth took {} ns or more", report.all.count(), report.all.quantile(990));
/// println!("the longest: {:?}", report.worst.first());
/// # assert!(report.all.count() > 30 && report.worst[0].duration() == report.all.max());
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Latencies {
    spans: GoSpans,
    runs: Runs,
    all: Durations,
    by_func: HashMap<StringId, Durations>,
    slices: Slices<Durations>,
    worst: Worst<Wait>,
}

impl Latencies {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            spans: GoSpans::default(),
            runs: Runs::default(),
            all: Durations::default(),
            by_func: HashMap::default(),
            slices: Slices::new(settings.every),
            worst: Worst::new(settings.worst),
        }
    }

    /// Follows the next event. Of the waits that end from `since` on those count that `choose` wants.
    #[inline]
    pub fn add(
        &mut self,
        event: &Event,
        tables: &Tables,
        since: TraceTime,
        choose: impl FnOnce(&GoSpan) -> bool,
    ) {
        self.slices.begin(event.time.max(since));
        let Some(span) = self.spans.add(event, tables) else { return };
        let Some(ending) = span.ending else { return };
        match span.state {
            GoState::Running => self.runs.push(&span),
            // The proc may have been taken from it, unless it has it still.
            GoState::Syscall if ending.proc == span.proc => self.runs.push(&span),
            GoState::Runnable if ending.next == GoState::Running && event.time >= since && choose(&span) => {
                self.wait(&span, &ending, event.thread, tables);
            }
            _ => {}
        }
    }

    #[inline]
    fn wait(&mut self, span: &GoSpan, ending: &Ending, thread: ThreadId, tables: &Tables) {
        let duration = span.duration();
        self.all.add(duration);
        self.by_func.entry(span.func).or_default().add(duration);
        if let Some(slice) = self.slices.at(span.end) {
            slice.add(duration);
        }
        let Self { worst, runs, .. } = self;
        worst.show(duration, || explained(span, ending.proc, thread, runs, tables));
    }

    /// Whether the trace would have more slices than there may be: 10,000 of a given length.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.slices.is_full()
    }

    /// What has been seen, up to the end.
    #[must_use]
    pub fn finish(self, end: TraceTime) -> Report {
        let mut by_func: Vec<_> = self.by_func.into_iter().collect();
        by_func.sort_unstable_by_key(|(func, _)| *func);
        Report { all: self.all, by_func, slices: self.slices.finish(end), worst: self.worst.into_worst() }
    }
}

/// A wait that is among the longest so far.
#[cold]
fn explained(span: &GoSpan, proc: ProcId, thread: ThreadId, runs: &Runs, tables: &Tables) -> Wait {
    let GoSpan { goroutine, func, start, end, before, begun_by: by, reason, stack, .. } = *span;
    let by_func = tables.root(stack);
    let instead = runs.longest(proc, start, end);
    let cause = Cause::after(before);
    Wait { goroutine, func, start, end, cause, by, by_func, reason, proc, thread, instead }
}

#[cfg(test)]
mod tests {
    use goscope_trace::{EventKind, GoId, GoTransition, StackId};

    use super::*;
    use crate::latency::Instead;

    /// A step of a goroutine, on a proc where another one may run.
    fn step(time: i64, proc: u64, on: u64, goroutine: u64, from: GoState, to: GoState) -> Event {
        let (reason, stack) = (StringId::EMPTY, StackId::NONE);
        let kind =
            EventKind::GoTransition(GoTransition { goroutine: GoId(goroutine), from, to, reason, stack });
        let on = if on == 0 { GoId::NONE } else { GoId(on) };
        Event { time: TraceTime(time), thread: ThreadId(7), proc: ProcId(proc), goroutine: on, stack, kind }
    }

    fn report(events: &[Event], since: i64) -> Report {
        let mut latencies = Latencies::new(Settings { every: Some(100), worst: 2 });
        events.iter().for_each(|event| {
            latencies.add(event, &Tables::default(), TraceTime(since), |span| span.goroutine != GoId(9));
        });
        latencies.finish(events.last().unwrap().time)
    }

    use GoState::{NotExist, Runnable, Running, Undetermined, Waiting};

    fn events() -> Vec<Event> {
        vec![
            step(0, 0, 0, 1, Undetermined, Running),
            step(10, 0, 1, 2, NotExist, Runnable),
            step(20, 0, 1, 9, NotExist, Runnable),
            step(50, 0, 1, 1, Running, Runnable),
            step(60, 0, 0, 9, Runnable, Running),
            step(80, 0, 9, 9, Running, Waiting),
            step(140, 0, 0, 2, Runnable, Running),
            step(190, 0, 2, 9, Waiting, Runnable),
            step(200, 1, 0, 1, Runnable, Running),
            step(250, 0, 2, 9, Runnable, NotExist),
        ]
    }

    #[test]
    fn waits_that_end_with_a_run_count() {
        let report = report(&events(), 0);
        assert_eq!((report.all.count(), report.all.sum(), report.all.max()), (2, 130 + 150, 150));
        let slices: Vec<_> = report.slices.iter().map(|slice| (slice.start.0, slice.part.sum())).collect();
        assert_eq!(slices, [(0, 0), (100, 130), (200, 150)]);
        assert_eq!(report.by_func.len(), 1);
    }

    #[test]
    fn a_wait_tells_why_it_began_and_what_ran_instead() {
        let [first, second] = report(&events(), 0).worst[..] else { panic!() };
        assert_eq!((first.goroutine, first.cause, first.proc), (GoId(1), Cause::Stopped, ProcId(1)));
        assert_eq!(first.instead, Instead::Nobody);
        assert_eq!((second.cause, second.by, second.duration()), (Cause::Created, GoId(1), 130));
        // Goroutine 1 had it for 40 after that, 9 for 20 only.
        assert_eq!(second.instead, Instead::Ran { goroutine: GoId(1), func: StringId::EMPTY, time: 40 });
    }

    #[test]
    fn before_the_window_nothing_counts() {
        let report = report(&events(), 150);
        assert_eq!((report.all.count(), report.all.sum(), report.slices[0].start), (1, 150, TraceTime(150)));
    }
}
