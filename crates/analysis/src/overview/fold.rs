//! The fold over events behind an overview.

use foldhash::HashSet;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Metric, MetricName, RangeKind, StringId, Tables,
    TraceTime,
    timeline::{GoSpan, GoSpans, RangeSpan, Ranges},
};

use super::{Counts, Overview, assists::Assists, goroutines::stuck, tasks::Tasks, waits::Waits};
use crate::{
    durations::Durations,
    heap::Metrics,
    mutator::{Options, Utilisation},
    stw::is_of_tracer,
};

/// Makes an overview of the events of a trace, in one pass. Memory grows with the goroutines that are alive at the same
/// time, the places at which they wait, and the steps of mutator utilisation.
///
/// ```
/// use goscope_analysis::overview::{Overlook, findings};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut overlook) = (Reader::new(file)?, Overlook::default());
/// while let Some(event) = reader.next_event()? {
///     overlook.add(&event, reader.tables());
/// }
/// let overview = overlook.finish(reader.tables());
/// println!("{} goroutines at most, {} collections", overview.goroutines.peak(), overview.marks.count);
/// println!("{} things stand out", findings(&overview).len());
/// # assert!(overview.goroutines.peak() > 5 && overview.marks.count > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Overlook {
    start: Option<TraceTime>,
    now: TraceTime,
    events: u64,
    spans: GoSpans,
    ranges: Ranges,
    counts: Counts,
    created: HashSet<GoId>,
    running: i64,
    waiting: i64,
    latency: Durations,
    syscalls: Durations,
    waits: Waits,
    metrics: Metrics,
    gomaxprocs: Vec<(TraceTime, u64)>,
    utilisation: Utilisation,
    marks: Durations,
    stops: Durations,
    tracer_stops: Durations,
    assists: Assists,
    sweeps: Durations,
    longest_stop: Option<(TraceTime, i64, StringId)>,
    tasks: Tasks,
    samples: u64,
    logs: u64,
}

impl Default for Overlook {
    fn default() -> Self {
        Self {
            start: None,
            now: TraceTime::default(),
            events: 0,
            spans: GoSpans::default(),
            ranges: Ranges::default(),
            counts: Counts::default(),
            created: HashSet::default(),
            running: 0,
            waiting: 0,
            latency: Durations::default(),
            syscalls: Durations::default(),
            waits: Waits::default(),
            metrics: Metrics::default(),
            gomaxprocs: Vec::new(),
            utilisation: Utilisation::new(Options::default()),
            marks: Durations::default(),
            stops: Durations::default(),
            tracer_stops: Durations::default(),
            assists: Assists::default(),
            sweeps: Durations::default(),
            longest_stop: None,
            tasks: Tasks::default(),
            samples: 0,
            logs: 0,
        }
    }
}

impl Overlook {
    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        self.events += 1;
        self.now = event.time;
        self.utilisation.add(event, tables);
        match &event.kind {
            EventKind::GoTransition(transition) => self.step(event, transition, tables),
            _ => self.other(event, tables),
        }
    }

    #[inline]
    fn step(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        self.counts.add(transition, event.time);
        if let Some(span) = self.spans.add(event, tables) {
            self.span(&span, tables);
        }
        match (transition.from, transition.to) {
            (_, GoState::NotExist) => _ = self.created.remove(&transition.goroutine),
            (GoState::NotExist, _) => _ = self.created.insert(transition.goroutine),
            _ => {}
        }
    }

    /// A goroutine has done something.
    #[inline]
    fn span(&mut self, span: &GoSpan, tables: &Tables) {
        let time = span.duration();
        match span.state {
            GoState::Running => {
                self.running = self.running.saturating_add(time);
                self.assists.ran(span);
            }
            GoState::Runnable => self.latency.add(time),
            GoState::Syscall => self.syscalls.add(time),
            GoState::Waiting => {
                self.waiting = self.waiting.saturating_add(time);
                self.waits.add(span, tables);
            }
            GoState::Undetermined | GoState::NotExist => {}
        }
    }

    fn other(&mut self, event: &Event, tables: &Tables) {
        self.start.get_or_insert(event.time);
        self.metrics.add(event);
        // It looks at what names goroutines, and gives nothing.
        let _ = self.spans.add(event, tables);
        if let Some(range) = self.ranges.add(event) {
            self.range(&range, tables);
        }
        match event.kind {
            EventKind::RangeBegin(range) if range.kind == RangeKind::MarkAssist => {
                self.assists.begin(event, range);
            }
            EventKind::RangeActive(range) if range.kind == RangeKind::MarkAssist => self.assists.tell(range),
            EventKind::Metric(Metric { name: MetricName::Gomaxprocs, value }) => {
                self.procs(event.time, value);
            }
            EventKind::TaskBegin(task) => self.tasks.begin(event, task),
            EventKind::TaskEnd(task) => self.tasks.end(event, task),
            EventKind::StackSample => self.samples += 1,
            EventKind::Log(_) => self.logs += 1,
            _ => {}
        }
    }

    fn procs(&mut self, now: TraceTime, value: u64) {
        if self.gomaxprocs.last().is_none_or(|(_, last)| *last != value) {
            self.gomaxprocs.push((now, value));
        }
    }

    fn range(&mut self, range: &RangeSpan, tables: &Tables) {
        let time = range.duration().max(0);
        let durations = match range.kind {
            RangeKind::MarkAssist => return self.assists.end(range, self.spans.now(range.goroutine)),
            RangeKind::Mark => &mut self.marks,
            RangeKind::Sweep => &mut self.sweeps,
            RangeKind::StopTheWorld(reason) if is_of_tracer(reason, tables) => &mut self.tracer_stops,
            RangeKind::StopTheWorld(reason) => {
                if self.longest_stop.is_none_or(|(_, longest, _)| longest < time) {
                    self.longest_stop = Some((range.start, time, reason));
                }
                &mut self.stops
            }
        };
        durations.add(time);
    }

    /// The time that procs were there. Before the trace tells how many there are, there were as many.
    fn procs_time(&self, start: TraceTime) -> i64 {
        let ends = self.gomaxprocs.iter().skip(1).map(|(time, _)| *time).chain([self.now]);
        let mut since = start;
        let times = self.gomaxprocs.iter().zip(ends).map(|((_, procs), end)| {
            let time = end.since(since);
            since = end;
            time.saturating_mul(i64::try_from(*procs).unwrap_or(i64::MAX))
        });
        times.fold(0, i64::saturating_add)
    }

    /// The overview of all events so far.
    #[must_use]
    pub fn finish(mut self, tables: &Tables) -> Overview {
        let start = self.start.unwrap_or(self.now);
        let procs = self.procs_time(start);
        let open = std::mem::take(&mut self.spans).finish();
        let middle = TraceTime(start.0.saturating_add(self.now.since(start) / 2));
        let mut sums = [self.running, 0, self.waiting, 0];
        let ended = [&self.latency, &self.syscalls].map(Durations::sum);
        (sums[1], sums[3]) = (ended[0], ended[1]);
        for span in &open {
            let place = match span.state {
                GoState::Running => 0,
                GoState::Runnable => 1,
                GoState::Waiting => 2,
                GoState::Syscall => 3,
                GoState::Undetermined | GoState::NotExist => continue,
            };
            sums[place] = sums[place].saturating_add(span.duration());
            match span.state {
                GoState::Waiting => self.waits.add(span, tables),
                GoState::Running => self.assists.ran(span),
                _ => {}
            }
        }
        // What goes on at the end counts up to there.
        for range in std::mem::take(&mut self.ranges).finish(self.now) {
            self.range(&range, tables);
        }
        let (tasks, slowest) = self.tasks.finish();
        let [running, runnable, waiting, syscall] = sums;
        Overview {
            start,
            end: self.now,
            events: self.events,
            goroutines: self.counts,
            stuck: stuck(&open, &self.created, middle, tables),
            running,
            runnable,
            waiting,
            syscall,
            procs,
            latency: self.latency.spread(),
            syscalls: self.syscalls.spread(),
            measures: self.metrics.finish(),
            gomaxprocs: self.gomaxprocs,
            marks: self.marks.spread(),
            stops: self.stops.spread(),
            tracer_stops: self.tracer_stops.spread(),
            longest_stop: self.longest_stop,
            assists: self.assists.count,
            assisting: self.assists.time,
            sweeps: self.sweeps.spread(),
            mutator: self.utilisation.finish(),
            waits: self.waits.finish(),
            tasks,
            slowest,
            samples: self.samples,
            logs: self.logs,
        }
    }
}
