//! The fold: which events begin and end work of the garbage collector, and on which proc.
//!
//! Of most events nothing but the kind is looked at; of transitions no more than whether any goroutine at all works for
//! the garbage collector.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MutatorUtilizationV2`).

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Label, MetricName, ProcId, Range, RangeKind, Scope, StringId,
    Tables, TraceTime,
};
use rustc_hash::FxHashSet;

use super::{Accounting, Options, Series, procs::Procs};

/// Follows the utilisation of procs by the program through a trace.
///
/// To ask by several options, fill several in one pass. Memory grows with the changes of utilisation, 16 bytes for each;
/// behind 2²⁶ of them nothing more is followed.
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
    assists: FxHashSet<GoId>,
    /// Goroutines that mark in the background.
    workers: FxHashSet<GoId>,
    /// The number of the last sync.
    sync: u32,
    now: TraceTime,
}

impl Utilisation {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (assists, workers) = (FxHashSet::default(), FxHashSet::default());
        Self { options, procs: Procs::new(options), assists, workers, sync: 0, now: TraceTime(i64::MIN) }
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
                if !self.procs.is_empty() {
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
        if range.kind == RangeKind::MarkAssist
            && let Scope::Goroutine(id) = range.scope
        {
            self.assists.insert(id);
        }
        self.change(event, range, 1);
    }

    fn end(&mut self, event: &Event, range: Range) {
        if range.kind == RangeKind::MarkAssist
            && let Scope::Goroutine(id) = range.scope
        {
            self.assists.remove(&id);
        }
        self.change(event, range, -1);
    }

    fn change(&mut self, event: &Event, range: Range, change: i64) {
        match range.kind {
            RangeKind::StopTheWorld(_) => self.procs.stop(change, self.now),
            _ => self.procs.work(self.place(event, range), change, self.now),
        }
    }

    /// Where a range is.
    fn place(&self, event: &Event, range: Range) -> ProcId {
        match (self.options.accounting, range.scope) {
            (Accounting::Exact, Scope::Proc(proc)) => proc,
            _ => event.proc,
        }
    }

    /// A range is told of that began before the trace. If it uses a proc, it has done so all the while.
    fn find(&mut self, event: &Event, range: Range) {
        let runs = self.runs(event, range);
        if let (Scope::Goroutine(id), Accounting::Exact, false) = (range.scope, self.options.accounting, runs) {
            self.assists.insert(id);
            return;
        }
        if runs && !(self.options.per_proc && self.options.accounting == Accounting::Go) {
            self.procs.take(self.place(event, range));
        }
        self.begin(event, range);
    }

    /// Whether what is told of goes on right now, and not in a goroutine that waits.
    fn runs(&self, event: &Event, range: Range) -> bool {
        match (range.scope, self.options.accounting) {
            (Scope::Global, _) => false,
            (Scope::Proc(_), _) => true,
            (Scope::Goroutine(id), Accounting::Exact) => id == event.goroutine,
            (Scope::Goroutine(_), Accounting::Go) => event.goroutine.is_some(),
        }
    }

    /// A goroutine that works for the garbage collector may start to run, or stop.
    fn go(&mut self, proc: ProcId, GoTransition { goroutine: id, from, to, .. }: GoTransition) {
        let change = i64::from(executes(to)) - i64::from(executes(from));
        if change == 0 || !(self.assists.contains(&id) || self.workers.contains(&id)) {
            return;
        }
        self.procs.work(proc, change, self.now);
        // Preempted, it goes on with what it did. Parked, its next label tells what it does then.
        if self.options.accounting == Accounting::Exact && !executes(to) && to != GoState::Runnable {
            self.workers.remove(&id);
        }
    }

    /// A goroutine says what it works for.
    fn label(&mut self, proc: ProcId, Label { label, goroutine }: Label, tables: &Tables) {
        let exact = self.options.accounting == Accounting::Exact;
        let change = match is_worker(tables.string(label), self.options.per_proc) {
            true => i64::from(self.workers.insert(goroutine) || !exact),
            false => -i64::from(exact && self.workers.remove(&goroutine)),
        };
        self.procs.work(proc, change, self.now);
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
