//! The fold: which events begin, cost and end a cycle.
//!
//! Of transitions nothing is kept but which goroutines run, and how long those do that work for the collector.

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Range, RangeKind, Scope, StackId, Swept, Tables, TraceTime,
};

use super::{
    Costs, Cycle, Pauses, Payer, assists,
    assists::OpenAssists,
    books::Books,
    marking::Marking,
    memory::Memory,
    running::Running,
    sweeps,
    sweeps::OpenSweeps,
    workers,
    workers::OpenWorkers,
};
use crate::stw::{Stop, Watch};

/// Follows garbage collections through a trace. Memory grows with the cycles, of which 65,536 are kept as they are,
/// and with the goroutines that are alive at the same time.
///
/// ```
/// use goscope_analysis::gc::Collections;
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut collections) = (Reader::new(file)?, Collections::default());
/// while let Some(event) = reader.next_event()? {
///     collections.add(&event, reader.tables());
/// }
/// let report = collections.finish(reader.tables());
/// for cycle in &report.cycles {
///     println!("{}: {} ns, of which the world was stopped for {} ns", cycle.number, cycle.mark, cycle.paused());
/// }
/// # assert!(report.count == 5 && report.cycles[1].paused() > 0);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Default, Debug)]
pub struct Collections {
    watch: Watch,
    marking: Marking,
    books: Books,
    memory: Memory,
    running: Running,
    assists: OpenAssists,
    workers: OpenWorkers,
    sweeps: OpenSweeps,
    /// When the last sync was.
    sync: Option<TraceTime>,
    now: TraceTime,
}

/// The garbage collections of a trace. All times are in nanoseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CollectionReport {
    /// The cycles, in order, as far as they are kept.
    pub cycles: Vec<Cycle>,
    /// How many there are, in whole or in part.
    pub count: u64,
    /// How long the mark phases were.
    pub mark: i64,
    /// How the world was stopped for them.
    pub pauses: Pauses,
    /// What they cost, and the cycles before: what was swept at first is garbage of theirs.
    pub costs: Costs,
    /// How long goroutines ran, all together, whatever for.
    pub running: i64,
    /// Who assisted, by function, those first who did longest.
    pub payers: Vec<Payer>,
}

impl Collections {
    /// Follows the next event.
    #[inline]
    pub fn add(&mut self, event: &Event, tables: &Tables) {
        self.now = event.time;
        let stop = self.watch.add(event, tables);
        match event.kind {
            EventKind::GoTransition(transition) => self.step(&transition),
            EventKind::RangeBegin(range) => self.begin(event, range, true, tables),
            EventKind::RangeActive(range) => self.begin(event, range, false, tables),
            EventKind::RangeEnd(range, swept) => self.end(range, swept, stop, tables),
            EventKind::Metric(metric) => {
                self.memory.set(metric);
                self.marking.measure(&self.memory, &mut self.books);
            }
            EventKind::Label(label) => {
                let text = tables.string(label.label);
                let ended = self.workers.label(label.goroutine, text, self.marking.current(), self.now);
                self.book_worker(ended);
            }
            EventKind::Sync(_) => self.sync = Some(self.now),
            _ => {}
        }
    }

    #[inline]
    fn step(&mut self, transition: &GoTransition) {
        let is_told = transition.from == GoState::Undetermined;
        self.running.step(transition, if is_told { self.since() } else { self.now });
        self.assists.step(transition, self.now);
        if transition.from == GoState::Running && transition.to != GoState::Running {
            let ended = self.workers.stop(transition.goroutine, self.now);
            self.book_worker(ended);
        }
        if transition.to == GoState::NotExist {
            self.end_assist(transition.goroutine);
        }
    }

    /// Since when goes on at least what is told of as being on.
    fn since(&self) -> TraceTime {
        self.sync.unwrap_or(self.now)
    }

    fn begin(&mut self, event: &Event, range: Range, has_start: bool, tables: &Tables) {
        let since = if has_start { self.now } else { self.since() };
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) if has_start || !self.marking.is_marking() => {
                let event = event.at(since);
                self.marking.begin(&event, has_start, &self.memory, &mut self.books);
            }
            (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.begin_assist(event, id, since, tables),
            (RangeKind::Sweep, Scope::Proc(proc)) => self.sweeps.begin(proc, since, self.marking.swept),
            _ => {}
        }
    }

    fn begin_assist(&mut self, event: &Event, id: GoId, since: TraceTime, tables: &Tables) {
        let (cycle, is_its_own) = (self.marking.current(), event.goroutine == id);
        let stack = if is_its_own { event.stack } else { StackId::NONE };
        let func = self.watch.roots().func(id, stack, tables);
        let runs_since = (is_its_own || self.running.has(id)).then_some(self.now);
        self.assists.begin(id, assists::Open { since, cycle, func, runs_since, ran: 0 });
    }

    fn end(&mut self, range: Range, swept: Option<Swept>, stop: Option<Stop>, tables: &Tables) {
        match (range.kind, range.scope) {
            (RangeKind::Mark, _) => self.end_mark(),
            (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.end_assist(id),
            (RangeKind::Sweep, Scope::Proc(proc)) => {
                let ended = self.sweeps.end(proc, swept, self.now);
                self.book_sweep(ended);
            }
            _ => {}
        }
        self.pause(stop, tables);
        if !self.watch.is_stopped() {
            self.marking.go_on(&self.memory, &mut self.books);
        }
    }

    fn end_mark(&mut self) {
        if let Some(cycle) = self.marking.end_mark(self.now, &mut self.books) {
            self.memory.end_mark(&mut cycle.heap);
        }
    }

    fn pause(&mut self, stop: Option<Stop>, tables: &Tables) {
        if let Some(stop) = stop.filter(|stop| stop.is_for_gc(tables)) {
            self.marking.pause(&stop, &mut self.books);
        }
    }

    fn end_assist(&mut self, id: GoId) {
        let ended = self.assists.end(id, self.now);
        self.book_assist(ended);
    }

    fn book_assist(&mut self, ended: Option<assists::Ended>) {
        if let Some(assists::Ended { cycle, time, running }) = ended {
            self.books.book(cycle, |costs| costs.assists.add(time, running));
        }
    }

    fn book_worker(&mut self, ended: Option<workers::Ended>) {
        if let Some(ended) = ended {
            self.books.book(ended.cycle, |costs| ended.book(&mut costs.workers));
        }
    }

    fn book_sweep(&mut self, ended: Option<sweeps::Ended>) {
        if let Some(ended) = ended {
            self.books.book(ended.cycle, |costs| ended.book(&mut costs.sweeps));
        }
    }

    /// What was before a moment does not count: of what goes on there, only the rest does. Cycles keep their numbers.
    pub fn restart(&mut self, at: TraceTime) {
        self.watch.restart(at);
        self.marking.restart(at, &mut self.books);
        self.running.restart(at);
        self.assists.restart(at);
        self.workers.restart(at);
        self.sweeps.restart(at);
    }

    /// The collections up to here.
    #[must_use]
    pub fn finish(mut self, tables: &Tables) -> CollectionReport {
        let now = self.now;
        let stop = std::mem::take(&mut self.watch).finish(now);
        self.pause(stop, tables);
        self.assists.end_all(now).into_iter().for_each(|ended| self.book_assist(Some(ended)));
        self.workers.end_all(now).into_iter().for_each(|ended| self.book_worker(Some(ended)));
        self.sweeps.end_all(now).into_iter().for_each(|ended| self.book_sweep(Some(ended)));
        self.marking.end_mark(now, &mut self.books);
        let Self { marking, books, running, assists, .. } = self;
        CollectionReport {
            count: marking.count,
            mark: marking.mark,
            pauses: marking.pauses,
            costs: books.total,
            cycles: books.into_cycles(),
            running: running.total(now),
            payers: assists.into_payers(),
        }
    }
}
