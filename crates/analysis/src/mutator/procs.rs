//! What the garbage collector does on which proc, counted; and the steps of utilisation that follow from it.
//!
//! Counting may be off where a trace is damaged, and is so by Go's rules: a count below zero is none.

use goscope_trace::{ProcId, TraceTime};

use super::{Accounting, Options, Series, Step};

/// More procs than this are nonsense.
const MOST_PROCS: u64 = 1 << 14;
/// So many series there may be, if each proc has its own, and a new one each time that it comes back.
const MOST_SERIES: usize = 1 << 17;
/// So many changes of utilisation are kept: 1 GiB of them.
const MOST_STEPS: usize = 1 << 26;

/// The procs of the moment, and the series so far.
#[derive(Debug)]
pub(super) struct Procs {
    options: Options,
    procs: Vec<Proc>,
    /// How many of them the garbage collector uses.
    used: u32,
    /// How many stops of the world go on.
    stops: i64,
    series: Vec<Series>,
    steps: usize,
}

#[derive(Clone, Copy, Debug)]
struct Proc {
    /// What the garbage collector does on it: so many things at once.
    work: i64,
    /// The series that tells of it.
    series: usize,
}

impl Procs {
    pub(super) fn new(options: Options) -> Self {
        Self { options, procs: Vec::new(), used: 0, stops: 0, series: Vec::new(), steps: 0 }
    }

    /// Whether it is not known yet how many procs there are.
    pub(super) fn is_empty(&self) -> bool {
        self.procs.is_empty()
    }

    /// Whether there is so much that no more is kept.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.steps >= MOST_STEPS || self.series.len() >= MOST_SERIES
    }

    /// There are so many procs from now on.
    pub(super) fn resize(&mut self, count: u64, now: TraceTime) {
        let count = count.min(MOST_PROCS) as usize;
        while self.procs.len() > count {
            self.remove(now);
        }
        for proc in self.procs.len()..count {
            self.begin(ProcId(proc as u64), count as u32, now);
        }
        self.record_all(now);
    }

    /// The last proc is gone.
    fn remove(&mut self, now: TraceTime) {
        let Some(proc) = self.procs.pop() else { return };
        self.used -= u32::from(proc.work > 0);
        if self.options.per_proc
            && let Some(series) = self.series.get_mut(proc.series)
        {
            series.close(now, self.options.accounting);
        }
    }

    /// A new proc, one of so many, which runs the program.
    fn begin(&mut self, proc: ProcId, count: u32, time: TraceTime) {
        let (per_proc, next) = (self.options.per_proc, self.series.len());
        let procs = if per_proc { 1 } else { count };
        if per_proc || next == 0 {
            self.series.push(Series::new(per_proc.then_some(proc), Step { time, mutators: procs, procs }));
        }
        self.procs.push(Proc { work: 0, series: if per_proc { next } else { 0 } });
    }

    /// A stop of the world begins, or ends.
    pub(super) fn stop(&mut self, change: i64, now: TraceTime) {
        let before = self.stops > 0;
        self.stops += change;
        if before != (self.stops > 0) {
            self.record_all(now);
        }
    }

    /// The garbage collector does a thing more on a proc, or a thing less.
    pub(super) fn work(&mut self, place: ProcId, change: i64, now: TraceTime) {
        let Some(proc) = self.procs.get_mut(place.0 as usize) else { return };
        let before = proc.work > 0;
        proc.work += change;
        let (after, proc) = (proc.work > 0, *proc);
        self.used = self.used + u32::from(after) - u32::from(before);
        self.record(proc, now);
    }

    /// The garbage collector has used a proc ever since the trace began. By Go's rules it may have done so twice.
    pub(super) fn take(&mut self, place: ProcId) {
        if let Some(proc) = self.procs.get(place.0 as usize)
            && (proc.work <= 0 || self.options.accounting == Accounting::Go)
            && let Some(series) = self.series.get_mut(proc.series)
        {
            series.take_one();
        }
    }

    fn record_all(&mut self, now: TraceTime) {
        let series = if self.options.per_proc { self.procs.len() } else { self.procs.len().min(1) };
        for place in 0..series {
            if let Some(proc) = self.procs.get(place) {
                self.record(*proc, now);
            }
        }
    }

    fn record(&mut self, proc: Proc, time: TraceTime) {
        let (used, procs) = match self.options.per_proc {
            true => (u32::from(proc.work > 0), 1),
            false => (self.used, self.procs.len() as u32),
        };
        let mutators = if self.stops > 0 { 0 } else { procs.saturating_sub(used) };
        if let Some(series) = self.series.get_mut(proc.series) {
            self.steps += usize::from(series.push(Step { time, mutators, procs }));
        }
    }

    /// The trace has ended.
    pub(super) fn finish(mut self, now: TraceTime) -> Vec<Series> {
        for proc in &self.procs {
            if let Some(series) = self.series.get_mut(proc.series) {
                series.close(now, self.options.accounting);
            }
        }
        self.series
    }
}
