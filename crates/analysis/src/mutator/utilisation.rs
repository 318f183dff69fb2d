//! The fold: which events begin and end work of the garbage collector, and on which proc.
//!
//! Of most events nothing but the kind is looked at; of transitions no more than whether any goroutine at all works
//! for the garbage collector. Go keeps the states of all goroutines to ask whether the one that tells of a range from
//! before the trace executes: it does, or else it could not tell.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MutatorUtilizationV2`).

use foldhash::HashSet;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Label, MetricName, ProcId, Range, RangeKind, Scope,
    StringId, Tables, TraceTime,
};

use super::{Accounting, Options, Series, procs::Procs};

/// Follows the utilisation of procs by the program through a trace.
///
/// To ask by several options, fill several in one pass. Memory grows with the changes of utilisation, 16 bytes for
/// each; behind 2²⁶ of them nothing more is followed.
///
/// ```
/// use goscope_analysis::mutator::{Curve, Options, Utilisation};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut utilisation = Utilisation::new(Options::default());
/// while let Some(event) = reader.next_event()? {
///     utilisation.add(&event, reader.tables());
/// }
/// let curve = Curve::new(&utilisation.finish());
/// println!("of any millisecond, the program had at least {:.0} %", 100.0 * curve.mmu(1_000_000));
/// # assert!(curve.mmu(1_000_000) > 0.0 && curve.mmu(1_000_000) < 1.0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Debug)]
pub struct Utilisation {
    options: Options,
    procs: Procs,
    /// Goroutines that help with marking, be they running or not.
    assists: HashSet<GoId>,
    /// Goroutines that mark in the background.
    workers: HashSet<GoId>,
    /// The number of the last sync.
    sync: u32,
    now: TraceTime,
}

impl Utilisation {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (assists, workers) = (HashSet::default(), HashSet::default());
        Self { options, procs: Procs::new(options), assists, workers, sync: 0, now: TraceTime(i64::MIN) }
    }

    fn is_exact(&self) -> bool {
        self.options.accounting == Accounting::Exact
    }

    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        if self.procs.is_full() {
            return;
        }
        self.now = self.now.max(event.time);
        match event.kind {
            EventKind::GoTransition(transition) => {
                if !(self.assists.is_empty() && self.workers.is_empty()) {
                    self.go(event.proc, transition);
                }
            }
            EventKind::Sync(sync) => self.sync = sync.n,
            EventKind::Metric(metric) if metric.name == MetricName::Gomaxprocs => {
                self.procs.resize(metric.value, self.now);
            }
            _ => {
                if !self.procs.is_deaf() {
                    self.collect(event, tables);
                }
            }
        }
    }

    /// What is about the garbage collector itself.
    fn collect(&mut self, event: &Event, tables: &Tables) {
        match event.kind {
            EventKind::RangeBegin(range) if self.counts(range.kind, tables) => self.begin(event, range),
            EventKind::RangeEnd(range, _) if self.counts(range.kind, tables) => self.end(event, range),
            // Later on, all is known.
            EventKind::RangeActive(range) if self.sync <= 1 && self.counts(range.kind, tables) => {
                self.find(event, range);
            }
            EventKind::Label(label) if self.options.background => self.label(event.proc, label, tables),
            _ => {}
        }
    }

    fn counts(&self, kind: RangeKind, tables: &Tables) -> bool {
        match kind {
            RangeKind::StopTheWorld(reason) => self.options.stop_the_world && is_for_gc(reason, tables),
            RangeKind::MarkAssist => self.options.assist,
            RangeKind::Sweep => self.options.sweep,
            RangeKind::Mark => false,
        }
    }

    fn begin(&mut self, event: &Event, range: Range) {
        let news = match (range.kind, range.scope) {
            (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.assists.insert(id),
            _ => true,
        };
        if news || !self.is_exact() {
            self.change(event, range, 1);
        }
    }

    fn end(&mut self, event: &Event, range: Range) {
        let known = match (range.kind, range.scope) {
            (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.assists.remove(&id),
            _ => true,
        };
        if known || !self.is_exact() {
            self.change(event, range, -1);
        }
    }

    fn change(&mut self, event: &Event, range: Range, change: i64) {
        match range.kind {
            RangeKind::StopTheWorld(_) => self.procs.stop(change, self.now),
            _ => self.procs.work(self.place(event, range), change, self.now),
        }
    }

    /// Where a range is.
    fn place(&self, event: &Event, range: Range) -> ProcId {
        match range.scope {
            Scope::Proc(proc) if self.is_exact() => proc,
            _ => event.proc,
        }
    }

    /// A range is told of that began before the trace. If it uses a proc, it has done so all the while.
    fn find(&mut self, event: &Event, range: Range) {
        let exact = self.is_exact();
        match (range.kind, range.scope) {
            // No trace begins while the world is stopped.
            (RangeKind::StopTheWorld(_), _) => {}
            // It waits: somebody else tells of it.
            (_, Scope::Goroutine(id)) if exact && id != event.goroutine => {
                self.assists.insert(id);
                return;
            }
            (_, Scope::Goroutine(_)) if !event.goroutine.is_some() => {}
            _ if exact || !self.options.per_proc => self.procs.take(self.place(event, range)),
            _ => {}
        }
        self.begin(event, range);
    }

    /// A goroutine that works for the garbage collector may start to run, or stop.
    fn go(&mut self, proc: ProcId, GoTransition { goroutine: id, from, to, .. }: GoTransition) {
        let change = i64::from(executes(to)) - i64::from(executes(from));
        if change == 0 || !(self.assists.contains(&id) || self.workers.contains(&id)) {
            return;
        }
        self.procs.work(proc, change, self.now);
        // Preempted, it goes on with what it did. Parked, its next label tells what it does then.
        if self.is_exact() && !executes(to) && to != GoState::Runnable {
            self.workers.remove(&id);
        }
    }

    /// A goroutine says what it works for. By Go's rules it begins to do so each time that it says it.
    fn label(&mut self, proc: ProcId, Label { label, goroutine }: Label, tables: &Tables) {
        let exact = self.is_exact();
        let change = match is_worker(tables.string(label), self.options.per_proc) {
            true => i64::from(self.workers.insert(goroutine) || !exact),
            false => -i64::from(exact && self.workers.remove(&goroutine)),
        };
        self.procs.work(proc, change, self.now);
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The trace has ended. There is a series for each proc, in the order in which they came up; or one of all procs;
    /// or none, if the trace does not tell how many procs there are.
    #[must_use]
    pub fn finish(self) -> Vec<Series> {
        self.procs.finish(self.now)
    }
}

fn executes(state: GoState) -> bool {
    matches!(state, GoState::Running | GoState::Syscall)
}

fn is_for_gc(reason: StringId, tables: &Tables) -> bool {
    tables.string(reason).windows(2).any(|part| part == b"GC")
}

/// Whether a label is that of a worker that takes something from the program.
fn is_worker(label: &[u8], per_proc: bool) -> bool {
    label.starts_with(b"GC ") && label != b"GC (idle)" && !(per_proc && label == b"GC (dedicated)")
}

#[cfg(test)]
mod tests {
    use goscope_trace::{Metric, StackId, ThreadId};

    use super::*;

    fn event(time: i64, proc: u64, goroutine: u64, kind: EventKind) -> Event {
        let (time, thread, stack) = (TraceTime(time), ThreadId(0), StackId::NONE);
        Event { time, thread, proc: ProcId(proc), goroutine: GoId(goroutine), stack, kind }
    }

    fn mutators(accounting: Accounting, events: &[Event]) -> Vec<(i64, u32)> {
        let options = Options { sweep: true, accounting, ..Options::default() };
        let mut utilisation = Utilisation::new(options);
        events.iter().for_each(|event| utilisation.add(event, &Tables::default()));
        let series = utilisation.finish();
        series[0].steps().iter().map(|step| (step.time.0, step.mutators)).collect()
    }

    #[test]
    fn a_range_from_before_the_trace_is_where_it_is_whoever_tells_of_it() {
        let procs = Metric { name: MetricName::Gomaxprocs, value: 4 };
        let sweep = Range { kind: RangeKind::Sweep, scope: Scope::Proc(ProcId(1)) };
        let assist = Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(GoId(7)) };
        let (from, to) = (GoState::Runnable, GoState::Running);
        let start =
            GoTransition { goroutine: GoId(7), from, to, reason: StringId::EMPTY, stack: StackId::NONE };
        let events = [
            event(1, 0, 5, EventKind::Metric(procs)),
            event(2, 0, 5, EventKind::RangeActive(sweep)),
            event(3, 0, 5, EventKind::RangeActive(assist)),
            event(4, 1, 6, EventKind::RangeEnd(sweep, None)),
            event(5, 1, GoId::NONE.0, EventKind::GoTransition(start)),
            event(6, 1, 7, EventKind::RangeEnd(assist, None)),
        ];
        assert_eq!(mutators(Accounting::Exact, &events), [(1, 3), (4, 4), (5, 3), (6, 4)]);
        // Proc 0 is never given back, and proc 1 owes something.
        assert_eq!(mutators(Accounting::Go, &events), [(1, 2), (3, 3)]);
    }

    #[test]
    fn a_proc_that_does_two_things_is_one_proc() {
        let procs = Metric { name: MetricName::Gomaxprocs, value: 4 };
        let sweep = Range { kind: RangeKind::Sweep, scope: Scope::Proc(ProcId(0)) };
        let assist = Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(GoId(5)) };
        let events = [
            event(1, 0, 5, EventKind::Metric(procs)),
            event(2, 0, 5, EventKind::RangeActive(assist)),
            event(3, 0, 5, EventKind::RangeActive(sweep)),
            event(4, 0, 5, EventKind::RangeEnd(sweep, None)),
            event(5, 0, 5, EventKind::RangeEnd(assist, None)),
        ];
        assert_eq!(mutators(Accounting::Exact, &events), [(1, 3), (5, 4)]);
        assert_eq!(mutators(Accounting::Go, &events), [(1, 2), (3, 3), (5, 4)]);
    }
}
