//! A step function of time: the utilisation from each step to the next one.
//!
//! Invariant: the times of steps increase, and none is behind the end.
//!
//! Source: Go 1.27.3 `internal/trace/gc.go` (`MutatorUtil`, `addUtil`).

use goscope_trace::{ProcId, TraceTime};

use super::Accounting;

/// Mutator utilisation over time, of all procs together or of one.
///
/// ```
/// use goscope_analysis::mutator::{Options, Utilisation};
/// use goscope_trace::Reader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut utilisation = Utilisation::new(Options { per_proc: true, ..Options::default() });
/// while let Some(event) = reader.next_event()? {
///     utilisation.add(&event, reader.tables());
/// }
/// for series in utilisation.finish() {
///     println!("{:?}: {} changes until {}", series.proc(), series.steps().len(), series.end());
///     # assert!(series.proc().is_some() && series.start() < series.end());
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    proc: Option<ProcId>,
    steps: Vec<Step>,
    end: TraceTime,
}

/// From now on, so many of the procs run the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Since when.
    pub time: TraceTime,
    /// The procs that the garbage collector leaves to the program.
    pub mutators: u32,
    /// All procs of the series: at least one.
    pub procs: u32,
}

impl Step {
    /// The part of the procs that the program has, from 0 to 1.
    ///
    /// ```
    /// use goscope_analysis::mutator::Step;
    /// use goscope_trace::TraceTime;
    ///
    /// assert_eq!(Step { time: TraceTime(0), mutators: 3, procs: 4 }.utilisation(), 0.75);
    /// ```
    #[must_use]
    pub fn utilisation(self) -> f64 {
        f64::from(self.mutators) / f64::from(self.procs.max(1))
    }

    /// The utilisations, multiplied by the same number: theirs are to each other as these.
    fn compare(self, other: Self) -> std::cmp::Ordering {
        let cross = |one: u32, other: u32| u64::from(one) * u64::from(other);
        cross(self.mutators, other.procs).cmp(&cross(other.mutators, self.procs))
    }
}

impl Series {
    /// It begins with a step.
    pub(super) fn new(proc: Option<ProcId>, step: Step) -> Self {
        Self { proc, steps: vec![step], end: step.time }
    }

    /// The proc, if it is the series of one.
    #[must_use]
    pub fn proc(&self) -> Option<ProcId> {
        self.proc
    }

    /// The changes, in the order of time. There is at least one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The time of the first step.
    #[must_use]
    pub fn start(&self) -> TraceTime {
        self.steps.first().map_or(self.end, |step| step.time)
    }

    /// Up to when it tells.
    #[must_use]
    pub fn end(&self) -> TraceTime {
        self.end
    }

    /// The part of it between two moments, if there is one.
    ///
    /// ```
    /// use goscope_analysis::mutator::{Options, Utilisation};
    /// use goscope_trace::TraceTime;
    ///
    /// let series = Utilisation::new(Options::default()).finish();
    /// let first = series.first().and_then(|series| series.within(series.start(), TraceTime(1_000_000)));
    /// assert_eq!(first, None); // nothing has happened yet
    /// ```
    #[must_use]
    pub fn within(&self, from: TraceTime, to: TraceTime) -> Option<Self> {
        let (from, to) = (from.max(self.start()), to.min(self.end));
        let first = self.steps.partition_point(|step| step.time <= from).checked_sub(1)?;
        let steps = self.steps.iter().skip(first).take_while(|step| step.time < to);
        let steps = steps.map(|step| Step { time: step.time.max(from), ..*step }).collect();
        (from < to).then_some(Self { proc: self.proc, steps, end: to })
    }

    /// Adds a step if it is one. Of several at the same time, the lowest stays. Returns whether there is one more.
    pub(super) fn push(&mut self, step: Step) -> bool {
        match self.steps.last_mut() {
            Some(last) if (step.mutators, step.procs) == (last.mutators, last.procs) => return false,
            Some(last) if step.time <= last.time => {
                if step.compare(*last).is_lt() {
                    *last = Step { time: last.time, ..step };
                }
                return false;
            }
            _ => self.steps.push(step),
        }
        true
    }

    /// All the while, the program had a proc less.
    pub(super) fn take_one(&mut self) {
        self.steps.iter_mut().for_each(|step| step.mutators = step.mutators.saturating_sub(1));
    }

    /// It ends.
    pub(super) fn close(&mut self, now: TraceTime, accounting: Accounting) {
        self.end = now.max(self.end);
        if accounting == Accounting::Go
            && let Some(step) = self.steps.iter().rev().take_while(|step| step.mutators == 0).last()
        {
            self.end = step.time;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(time: i64, mutators: u32, procs: u32) -> Step {
        Step { time: TraceTime(time), mutators, procs }
    }

    #[test]
    fn a_step_is_a_change_and_the_lowest_of_its_time() {
        let mut series = Series::new(None, step(1, 4, 4));
        assert!(!series.push(step(2, 4, 4)) && series.push(step(3, 3, 4)));
        assert!(!series.push(step(3, 4, 4)) && !series.push(step(3, 1, 4)) && !series.push(step(2, 0, 4)));
        assert_eq!(series.steps(), [step(1, 4, 4), step(3, 0, 4)]);
    }

    #[test]
    fn what_was_taken_late_was_taken_all_the_while() {
        let mut series = Series::new(None, step(1, 4, 4));
        series.push(step(2, 0, 4));
        series.take_one();
        assert_eq!(series.steps(), [step(1, 3, 4), step(2, 0, 4)]);
    }

    #[test]
    fn a_part_begins_with_what_was_before() {
        let mut series = Series::new(None, step(1, 4, 4));
        series.push(step(5, 2, 4));
        series.close(TraceTime(9), Accounting::Exact);
        let within = |from, to| series.within(TraceTime(from), TraceTime(to));
        let steps = |from, to| within(from, to).map(|part| (part.steps().to_vec(), part.end().0));
        assert_eq!(within(0, 99).as_ref(), Some(&series));
        assert_eq!(steps(3, 7), Some((vec![step(3, 4, 4), step(5, 2, 4)], 7)));
        assert_eq!(steps(5, 7), Some((vec![step(5, 2, 4)], 7)));
        assert_eq!(steps(2, 5), Some((vec![step(2, 4, 4)], 5)));
        assert_eq!([within(9, 99), within(0, 1), within(7, 6)], [None, None, None]);
    }

    #[test]
    fn only_go_cuts_an_end_without_utilisation() {
        let mut series = Series::new(None, step(1, 4, 4));
        series.push(step(2, 0, 4));
        for (accounting, end) in [(Accounting::Exact, 9), (Accounting::Go, 2)] {
            series.close(TraceTime(9), accounting);
            assert_eq!((series.start(), series.end()), (TraceTime(1), TraceTime(end)));
        }
        series.push(step(3, 4, 4));
        series.close(TraceTime(9), Accounting::Go);
        assert_eq!(series.end(), TraceTime(9));
    }
}
