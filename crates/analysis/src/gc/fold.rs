//! The fold: which events begin, cost and end a cycle.
//!
//! Of transitions nothing is kept but which goroutines run, and how long those do that work for the collector.

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Range, RangeKind, Scope, StackId, Swept, Tables, TraceTime,
};

use super::{
    CollectionReport, assists, assists::OpenAssists, books::Books, marking::Marking, memory::Memory,
    running::Running, sweeps, sweeps::OpenSweeps, workers, workers::OpenWorkers,
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
/// # assert!(report.count == 4 && report.cycles[1].paused() > 0);
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
    /// When the part of the trace began that counts, if that is not all of it.
    begun: Option<TraceTime>,
    now: TraceTime,
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
            EventKind::Label(label) if self.marking.is_marking() => {
                let text = tables.string(label.label);
                let cycle = self.marking.current();
                let ended = self.workers.label(label.goroutine, text, cycle, self.now);
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
        self.sync.unwrap_or(self.now).max(self.begun.unwrap_or(TraceTime(i64::MIN)))
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
        self.assists.begin(id, assists::Open { since, cycle, func, runs_since, ran: 0, marked: None });
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
        self.end_workers();
        self.assists.end_mark(self.now);
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
        if let Some(assists::Ended { cycle, assists }) = ended {
            self.books.book(cycle, |costs| costs.assists.add(&assists));
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

    fn end_workers(&mut self) {
        self.workers.end_all(self.now).into_iter().for_each(|ended| self.book_worker(Some(ended)));
    }

    /// What was before a moment does not count: of what goes on there, only the rest does. Cycles keep their numbers.
    pub fn restart(&mut self, at: TraceTime) {
        self.begun = Some(at);
        self.watch.restart(at);
        self.marking.restart(at, &mut self.books);
        self.running.restart(at);
        self.assists.restart(at);
        self.workers.restart(at);
        self.sweeps.restart(at);
    }

    /// Nothing more happens up to a moment.
    pub fn wait(&mut self, until: TraceTime) {
        self.now = self.now.max(until);
    }

    /// The collections up to here.
    #[must_use]
    pub fn finish(mut self, tables: &Tables) -> CollectionReport {
        let now = self.now;
        let stop = self.watch.finish(now);
        self.pause(stop, tables);
        self.assists.end_all(now).into_iter().for_each(|ended| self.book_assist(Some(ended)));
        self.end_workers();
        self.sweeps.end_all(now).into_iter().for_each(|ended| self.book_sweep(Some(ended)));
        self.marking.end_mark(now, &mut self.books);
        let Self { marking, books, running, assists, watch, .. } = self;
        CollectionReport {
            count: marking.count,
            mark: marking.mark,
            pauses: marking.pauses,
            costs: books.total,
            cycles: books.into_cycles(),
            running: running.total(now),
            payers: assists.into_payers(watch.roots()),
        }
    }
}

#[cfg(test)]
mod tests {
    use goscope_trace::{Metric, MetricName, ProcId, StringId, ThreadId};

    use super::*;
    use crate::gc::{Assists, Costs, HeapSizes, Sweeps};

    const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };
    const ASSIST: Range = Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(GoId(5)) };
    const SWEEP: Range = Range { kind: RangeKind::Sweep, scope: Scope::Proc(ProcId(0)) };

    fn event(time: i64, kind: EventKind) -> Event {
        let (thread, proc, stack) = (ThreadId(0), ProcId(0), StackId::NONE);
        Event { time: TraceTime(time), thread, proc, goroutine: GoId(5), stack, kind }
    }

    fn step(time: i64, from: GoState, to: GoState) -> Event {
        let (goroutine, reason, stack) = (GoId(5), StringId::EMPTY, StackId::NONE);
        event(time, EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack }))
    }

    fn measure(time: i64, name: MetricName, value: u64) -> Event {
        event(time, EventKind::Metric(Metric { name, value }))
    }

    fn report(events: &[Event]) -> CollectionReport {
        let (mut collections, tables) = (Collections::default(), Tables::default());
        events.iter().for_each(|event| collections.add(event, &tables));
        collections.finish(&tables)
    }

    #[test]
    fn an_assist_costs_all_its_time_and_marks_while_it_runs_and_marking_goes_on() {
        use GoState::{Runnable, Running, Waiting};
        let report = report(&[
            measure(0, MetricName::Gomaxprocs, 2),
            step(1, Runnable, Running),
            event(10, EventKind::RangeBegin(MARK)),
            event(11, EventKind::RangeBegin(ASSIST)),
            step(13, Running, Waiting),
            step(20, Waiting, Runnable),
            step(25, Runnable, Running),
            event(30, EventKind::RangeEnd(MARK, None)),
            event(34, EventKind::RangeEnd(ASSIST, None)),
            step(40, Running, Waiting),
        ]);
        let assists = Assists { count: 1, time: 23, running: 11, marking: 7 };
        assert_eq!((report.costs.assists, report.running), (assists, 12 + 15));
        assert_eq!((report.cycles[0].costs.assists, report.payers[0].longest), (assists, 23));
        assert_eq!(report.cycles[0].procs_share(), Some(7.0 / 40.0));
    }

    #[test]
    fn what_is_swept_is_of_the_cycle_that_marked_last() {
        let swept = |swept, reclaimed| Some(Swept { swept, reclaimed });
        let report = report(&[
            event(1, EventKind::RangeBegin(SWEEP)),
            event(2, EventKind::RangeEnd(SWEEP, swept(100, 10))),
            event(10, EventKind::RangeBegin(MARK)),
            event(20, EventKind::RangeEnd(MARK, None)),
            event(21, EventKind::RangeBegin(SWEEP)),
            event(30, EventKind::RangeBegin(MARK)),
            event(31, EventKind::RangeEnd(SWEEP, swept(50, 5))),
        ]);
        assert_eq!(report.costs.sweeps, Sweeps { count: 2, time: 11, swept: 150, reclaimed: 15 });
        assert_eq!(report.cycles[0].costs.sweeps, Sweeps { count: 1, time: 10, swept: 50, reclaimed: 5 });
        assert_eq!((report.cycles[1].costs, report.cycles[1].has_end), (Costs::default(), false));
    }

    #[test]
    fn sizes_are_those_at_the_begin_and_the_end_of_marking() {
        let report = report(&[
            measure(1, MetricName::HeapObjects, 70),
            measure(2, MetricName::HeapGoal, 80),
            event(10, EventKind::RangeBegin(MARK)),
            measure(11, MetricName::HeapObjects, 90),
            measure(12, MetricName::HeapObjects, 30),
            event(20, EventKind::RangeEnd(MARK, None)),
            measure(21, MetricName::HeapObjects, 40),
        ]);
        let sizes = [Some(70), Some(90), Some(30), Some(80), Some(80)];
        let HeapSizes { before, peak, after, goal, next_goal } = report.cycles[0].heap;
        assert_eq!([before, peak, after, goal, next_goal], sizes);
    }
}
