//! What the garbage collector does on which proc, counted; and the steps of utilisation that follow from it.
//!
//! By Go's rules counts may fall below zero, which is none and yet takes something to get out of.

use goscope_trace::{ProcId, TraceTime};

use super::{Accounting, Options, Series, Step};

/// More procs than this are nonsense.
const MOST_PROCS: usize = 1 << 14;
/// So many series there may be, if each proc has its own, and a new one each time that it comes back.
const MOST_SERIES: usize = 1 << 17;
/// So many changes of utilisation are kept: 1 GiB of them.
const MOST_STEPS: usize = 1 << 26;

/// The procs of the moment, and the series so far.
#[derive(Debug)]
pub(super) struct Procs {
    options: Options,
    /// Those that are there come first. Of others there may be work that was told of before they were.
    procs: Vec<Proc>,
    /// How many are there.
    count: usize,
    /// How many of these the garbage collector uses.
    used: usize,
    /// How many stops of the world go on.
    stops: i64,
    series: Vec<Series>,
    steps: usize,
}

#[derive(Clone, Copy, Default, Debug)]
struct Proc {
    /// What the garbage collector does on it: so many things at once.
    work: i64,
    /// The series that tells of it.
    series: usize,
}

impl Proc {
    fn is_used(self) -> bool {
        self.work > 0
    }
}

impl Procs {
    pub(super) fn new(options: Options) -> Self {
        Self { options, procs: Vec::new(), count: 0, used: 0, stops: 0, series: Vec::new(), steps: 0 }
    }

    fn is_like_go(&self) -> bool {
        self.options.accounting == Accounting::Go
    }

    /// What ends may have begun before the trace.
    fn add(&self, count: i64, change: i64) -> i64 {
        (count + change).max(if self.is_like_go() { i64::MIN } else { 0 })
    }

    /// Whether what happens does not count: Go begins when it is told how many procs there are.
    pub(super) fn is_deaf(&self) -> bool {
        self.count == 0 && self.is_like_go()
    }

    /// Whether there is so much that no more is kept.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.steps >= MOST_STEPS || self.series.len() >= MOST_SERIES
    }

    /// There are so many procs from now on.
    pub(super) fn resize(&mut self, count: u64, now: TraceTime) {
        let count = usize::try_from(count).unwrap_or(MOST_PROCS).min(MOST_PROCS);
        let (before, known) = (self.count, self.procs.len());
        (count..before).for_each(|place| self.remove(place, now));
        self.procs.resize(known.max(count), Proc::default());
        (before..count).for_each(|place| self.begin(place, count, now));
        self.count = count;
        self.used = self.procs.iter().take(count).filter(|proc| proc.is_used()).count();
        self.record_all(now);
    }

    /// A proc is there no longer.
    fn remove(&mut self, place: usize, now: TraceTime) {
        let Some(proc) = self.procs.get(place) else { return };
        if self.options.per_proc
            && let Some(series) = self.series.get_mut(proc.series)
        {
            series.close(now, self.options.accounting);
        }
    }

    /// There is a new proc, one of so many. Unless it is known better, it runs the program.
    fn begin(&mut self, place: usize, count: usize, time: TraceTime) {
        let per_proc = self.options.per_proc;
        if per_proc || self.series.is_empty() {
            let procs = if per_proc { 1 } else { count as u32 };
            let proc = per_proc.then_some(ProcId(place as u64));
            self.series.push(Series::new(proc, Step { time, mutators: procs, procs }));
        }
        let work = self.procs.get(place).map_or(0, |proc| if self.is_like_go() { 0 } else { proc.work });
        let series = if per_proc { self.series.len().saturating_sub(1) } else { 0 };
        if let Some(proc) = self.procs.get_mut(place) {
            *proc = Proc { work, series };
        }
    }

    /// A stop of the world begins, or ends.
    pub(super) fn stop(&mut self, change: i64, now: TraceTime) {
        let before = self.stops > 0;
        self.stops = self.add(self.stops, change);
        if before != (self.stops > 0) {
            self.record_all(now);
        }
    }

    /// The garbage collector does a thing more on a proc, or a thing less.
    pub(super) fn work(&mut self, place: ProcId, change: i64, now: TraceTime) {
        let place = usize::try_from(place.0).unwrap_or(MOST_PROCS);
        if place >= if self.is_like_go() { self.count } else { MOST_PROCS } {
            return;
        }
        self.procs.resize(self.procs.len().max(place + 1), Proc::default());
        let work = self.procs.get(place).map_or(0, |proc| self.add(proc.work, change));
        let Some(proc) = self.procs.get_mut(place) else { return };
        let before = proc.is_used();
        proc.work = work;
        if place < self.count {
            self.used = self.used + usize::from(proc.is_used()) - usize::from(before);
            let proc = *proc;
            self.record(proc, now);
        }
    }

    /// The garbage collector has used a proc ever since the trace began. By Go's rules it may have done so twice.
    pub(super) fn take(&mut self, place: ProcId) {
        if let Some(proc) = self.procs.iter().take(self.count).nth(place.0 as usize)
            && (!proc.is_used() || self.is_like_go())
            && let Some(series) = self.series.get_mut(proc.series)
        {
            series.take_one();
        }
    }

    fn record_all(&mut self, now: TraceTime) {
        let all = if self.options.per_proc { self.count } else { self.count.min(1) };
        for place in 0..all {
            if let Some(proc) = self.procs.get(place) {
                self.record(*proc, now);
            }
        }
    }

    fn record(&mut self, proc: Proc, time: TraceTime) {
        let (used, procs) = match self.options.per_proc {
            true => (usize::from(proc.is_used()), 1),
            false => (self.used, self.count),
        };
        let mutators = if self.stops > 0 { 0 } else { procs.saturating_sub(used) };
        let step = Step { time, mutators: mutators as u32, procs: procs as u32 };
        if let Some(series) = self.series.get_mut(proc.series) {
            self.steps += usize::from(series.push(step));
        }
    }

    /// The trace has ended.
    pub(super) fn finish(mut self, now: TraceTime) -> Vec<Series> {
        for proc in self.procs.iter().take(self.count) {
            if let Some(series) = self.series.get_mut(proc.series) {
                series.close(now, self.options.accounting);
            }
        }
        self.series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn procs(per_proc: bool, accounting: Accounting) -> Procs {
        Procs::new(Options { per_proc, accounting, ..Options::default() })
    }

    fn steps(procs: Procs) -> Vec<Vec<(i64, u32, u32)>> {
        let steps = |series: &Series| {
            series.steps().iter().map(|step| (step.time.0, step.mutators, step.procs)).collect()
        };
        procs.finish(TraceTime(99)).iter().map(steps).collect()
    }

    #[test]
    fn utilisation_is_what_neither_stops_nor_work_take() {
        let mut procs = procs(false, Accounting::Exact);
        procs.resize(4, TraceTime(1));
        procs.work(ProcId(3), 1, TraceTime(2));
        procs.work(ProcId(3), 1, TraceTime(3));
        procs.stop(1, TraceTime(4));
        procs.stop(-1, TraceTime(5));
        procs.resize(2, TraceTime(6));
        procs.work(ProcId(3), -2, TraceTime(7));
        procs.resize(4, TraceTime(8));
        assert_eq!(steps(procs), [[(1, 4, 4), (2, 3, 4), (4, 0, 4), (5, 3, 4), (6, 2, 2), (8, 4, 4)]]);
    }

    #[test]
    fn a_proc_that_comes_back_has_a_new_series() {
        let mut procs = procs(true, Accounting::Exact);
        [2, 1, 2].iter().zip(1..).for_each(|(count, time)| procs.resize(*count, TraceTime(time)));
        let bounds = |series: &Series| (series.proc(), series.start().0, series.end().0);
        let bounds: Vec<_> = procs.finish(TraceTime(9)).iter().map(bounds).collect();
        assert_eq!(bounds, [(Some(ProcId(0)), 1, 9), (Some(ProcId(1)), 1, 2), (Some(ProcId(1)), 3, 9)]);
    }

    #[test]
    fn go_counts_ends_without_beginnings() {
        for (accounting, expected) in
            [(Accounting::Exact, vec![(1, 1, 1), (4, 0, 1)]), (Accounting::Go, vec![(1, 1, 1)])]
        {
            let mut procs = procs(false, accounting);
            procs.resize(1, TraceTime(1));
            procs.stop(-1, TraceTime(2));
            procs.work(ProcId(0), -1, TraceTime(3));
            procs.stop(1, TraceTime(4));
            procs.work(ProcId(0), 1, TraceTime(5));
            assert_eq!(steps(procs), [expected]);
        }
    }

    #[test]
    fn nonsense_takes_little() {
        for per_proc in [false, true] {
            let mut procs = procs(per_proc, Accounting::Exact);
            procs.work(ProcId::NONE, 1, TraceTime(1));
            for count in [u64::MAX, 0].repeat(99) {
                if !procs.is_full() {
                    procs.resize(count, TraceTime(1));
                }
            }
            assert_eq!(procs.is_full(), per_proc);
            assert!(procs.series.len() < MOST_SERIES + MOST_PROCS && procs.procs.len() <= MOST_PROCS);
        }
    }
}
