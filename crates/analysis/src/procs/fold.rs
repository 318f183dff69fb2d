//! The fold: which events change what procs do.
//!
//! A proc that the trace has not told of yet counts as idle if GOMAXPROCS says that it is there: runtimes tell of idle
//! procs late. The time before GOMAXPROCS is first told is that of the value that is told then.
//!
//! Source: Go 1.27.3 `runtime/proc.go` (`schedule`, `releasep`, `procresize`), for when procs are idle.

use foldhash::HashSet;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Label, MetricName, ProcId, ProcState, ProcTransition,
    Range, RangeKind, Tables, ThreadId, TraceTime,
};

use super::{Doing, Load, Report, one::One, starvation::Starvations};
use crate::{
    per_proc::{MOST_PROCS, PerProc},
    slices::Slices,
};

/// What is kept of procs.
///
/// ```
/// use goscope_analysis::procs::Settings;
///
/// let every_second = Settings { every: Some(1_000_000_000), ..Settings::default() };
/// assert_eq!(every_second.worst, 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How long a slice of time is, in nanoseconds; `None` for about twenty slices.
    pub every: Option<i64>,
    /// How many of the longest times are kept in which a proc was idle and a goroutine waited for one.
    pub worst: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { every: None, worst: 10 }
    }
}

/// Follows procs through a trace. Memory grows with their number.
///
/// ```
/// use goscope_analysis::procs::{Procs, Settings};
/// use goscope_trace::{Reader, TraceTime};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut procs) = (Reader::new(file)?, Procs::new(Settings::default()));
/// let mut end = TraceTime::default();
/// while let Some(event) = reader.next_event()? {
///     procs.add(&event, reader.tables(), TraceTime(i64::MIN));
///     end = event.time;
/// }
/// let report = procs.finish(end);
/// for proc in &report.procs {
///     println!("P{}: used for {:?} of its time", proc.id, proc.times.utilisation());
///     # assert_eq!(proc.times.total(), report.duration);
/// }
/// println!("for {} ns, a proc was idle although there was work", report.starved);
/// # assert!(report.times().busy() > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Procs {
    procs: PerProc<One>,
    /// GOMAXPROCS, if it has been told.
    limit: Option<usize>,
    /// How many procs do what; those that are absent are not counted.
    counts: [u64; Doing::ALL.len()],
    runnable: u64,
    /// How many stops of the world go on.
    stops: u64,
    /// Goroutines that work for the garbage collector.
    workers: HashSet<GoId>,
    slices: Slices<Load>,
    starvations: Starvations,
    /// When it begins to count.
    start: Option<TraceTime>,
    now: TraceTime,
}

impl Procs {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            procs: PerProc::default(),
            limit: None,
            counts: Default::default(),
            runnable: 0,
            stops: 0,
            workers: HashSet::default(),
            slices: Slices::new(settings.every),
            starvations: Starvations::new(settings.worst),
            start: None,
            now: TraceTime(i64::MIN),
        }
    }

    /// Follows the next event. Time counts from `since` on.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables, since: TraceTime) {
        if self.start.is_none() {
            self.begin(event.time.max(since));
        }
        match event.kind {
            EventKind::GoTransition(transition) => self.go(event, transition),
            EventKind::ProcTransition(transition) => self.proc(event, transition),
            EventKind::Metric(metric) if metric.name == MetricName::Gomaxprocs => {
                self.advance(event.time);
                self.resize(usize::try_from(metric.value).unwrap_or(MOST_PROCS).min(MOST_PROCS));
            }
            EventKind::Label(label) => self.label(event, label, tables),
            EventKind::RangeBegin(range) => self.stop(event.time, range, 1),
            EventKind::RangeEnd(range, _) => self.stop(event.time, range, -1),
            _ => {}
        }
    }

    #[cold]
    fn begin(&mut self, start: TraceTime) {
        self.start = Some(start);
        self.slices.begin(start);
    }

    /// Time passes: what procs do goes on until now.
    #[inline]
    fn advance(&mut self, now: TraceTime) {
        let from = self.now.max(self.start.unwrap_or(now));
        self.now = self.now.max(now);
        if from >= now {
            return;
        }
        let (counts, runnable, is_starved) = (self.counts, self.runnable, self.starvations.is_open());
        self.slices.pass(from, now, |load, time| load.pass(&counts, runnable, is_starved, time));
        self.starvations.pass(from, now, self.stops > 0);
    }

    /// Looks at whether a proc is idle and a goroutine waits.
    #[inline]
    fn look(&mut self) {
        self.starvations.set(self.now, self.counts[Doing::Idle as usize], self.runnable);
    }

    #[inline]
    fn go(&mut self, event: &Event, transition: GoTransition) {
        let GoTransition { goroutine, from, to, .. } = transition;
        if from == to {
            return;
        }
        self.advance(event.time);
        let is_runnable = |state| u64::from(state == GoState::Runnable);
        self.runnable = (self.runnable + is_runnable(to)).saturating_sub(is_runnable(from));
        if executes(from) || executes(to) {
            self.execute(event, goroutine, from, to);
        }
        self.look();
    }

    /// A goroutine begins or ends to execute on the proc of the event.
    #[inline]
    fn execute(&mut self, event: &Event, goroutine: GoId, from: GoState, to: GoState) {
        let is_worker = !self.workers.is_empty() && self.workers.contains(&goroutine);
        // Preempted, a worker goes on with what it did. Parked, its next label tells what it does then.
        if is_worker && !executes(to) && to != GoState::Runnable {
            self.workers.remove(&goroutine);
        }
        let is_counted = self.start.is_some_and(|start| event.time >= start);
        let thread = event.thread;
        self.change(event.proc, event.time, |proc| match to {
            // Others tell of a system call that began before the trace; the proc is theirs.
            GoState::Syscall if from == GoState::Undetermined && !proc.is_free_on(thread) => {}
            GoState::Syscall => proc.occupy(goroutine, Doing::Syscall),
            GoState::Running => {
                proc.switches += u64::from(from == GoState::Runnable && is_counted);
                proc.occupy(goroutine, if is_worker { Doing::Gc } else { Doing::Running });
            }
            _ if proc.goroutine == goroutine => proc.vacate(),
            _ => {}
        });
    }

    fn proc(&mut self, event: &Event, ProcTransition { proc, from, to }: ProcTransition) {
        if from == to {
            return;
        }
        self.advance(event.time);
        self.change(proc, event.time, |proc| {
            proc.vacate();
            (proc.state, proc.thread) = (to, event.thread);
        });
        self.look();
    }

    /// Changes a proc, and books what it did until now if it does something else from now on.
    #[inline]
    fn change(&mut self, id: ProcId, now: TraceTime, change: impl FnOnce(&mut One)) {
        let Some(proc) = self.procs.of(id) else { return };
        let place = id.0 as usize;
        change(proc);
        let doing = proc.now(place, self.limit);
        if proc.doing != doing {
            proc.book(self.start.unwrap_or(now), now);
            let before = &mut self.counts[proc.doing as usize];
            *before = before.saturating_sub(1);
            self.counts[doing as usize] += 1;
            proc.doing = doing;
        }
    }

    /// GOMAXPROCS is told.
    #[cold]
    fn resize(&mut self, limit: usize) {
        let is_first = self.limit.is_none();
        self.limit = Some(limit);
        for place in 0..self.procs.len().max(limit) {
            let id = ProcId(place as u64);
            let was_unknown =
                self.procs.get(id).is_none_or(|proc| proc.state == ProcState::Undetermined) && place < limit;
            if is_first && was_unknown {
                self.backdate(id);
            }
            self.change(id, self.now, |_| ());
        }
        self.look();
    }

    /// A proc has been idle since the beginning.
    fn backdate(&mut self, id: ProcId) {
        let Some(start) = self.start else { return };
        self.change(id, start, |_| ());
        self.slices.pass(start, self.now, |load, time| load.times.add(Doing::Idle, time));
    }

    fn label(&mut self, event: &Event, Label { label, goroutine }: Label, tables: &Tables) {
        let is_worker = tables.string(label).starts_with(b"GC ");
        let is_new = if is_worker { self.workers.insert(goroutine) } else { self.workers.remove(&goroutine) };
        if !is_new {
            return;
        }
        self.advance(event.time);
        self.change(event.proc, event.time, |proc| {
            if proc.goroutine == goroutine && proc.occupied != Doing::Syscall {
                proc.occupied = if is_worker { Doing::Gc } else { Doing::Running };
            }
        });
    }

    fn stop(&mut self, now: TraceTime, range: Range, change: i64) {
        if matches!(range.kind, RangeKind::StopTheWorld(_)) {
            self.advance(now);
            self.stops = self.stops.saturating_add_signed(change);
        }
    }

    /// Whether the trace would have more slices than there may be: 10,000 of a given length.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.slices.is_full()
    }

    /// What has been seen, up to the end.
    #[must_use]
    pub fn finish(mut self, end: TraceTime) -> Report {
        self.advance(end);
        let start = self.start.unwrap_or(end);
        let end = end.max(start);
        let mut procs = Vec::with_capacity(self.procs.len());
        for (mut proc, id) in self.procs.into_all().zip(0..) {
            proc.book(start, end);
            procs.push(proc.into_proc(ProcId(id)));
        }
        let (sums, starvations, worst) = self.starvations.finish();
        Report {
            procs,
            slices: self.slices.finish(end),
            duration: end.since(start),
            starvations,
            starved: sums.total,
            starved_stopped: sums.stopped,
            worst,
        }
    }
}

impl One {
    /// Whether a thread has it, and no goroutine.
    fn is_free_on(&self, thread: ThreadId) -> bool {
        thread.is_some() && self.thread == thread && !self.goroutine.is_some()
    }
}

impl Load {
    #[inline]
    fn pass(&mut self, counts: &[u64; Doing::ALL.len()], runnable: u64, is_starved: bool, time: i64) {
        let mut procs = 0;
        for doing in Doing::ALL.into_iter().skip(1) {
            let count = counts[doing as usize];
            procs += count;
            self.times.add(doing, time.saturating_mul(count.cast_signed()));
        }
        self.procs = self.procs.max(procs);
        self.runnable = self.runnable.max(runnable);
        self.starved = self.starved.saturating_add(if is_starved { time } else { 0 });
    }
}

fn executes(state: GoState) -> bool {
    matches!(state, GoState::Running | GoState::Syscall)
}
