//! What ran on each proc lately.
//!
//! Invariant: of a proc, no more than [`KEPT`] runs are remembered; what is forgotten is known to be.

use std::collections::VecDeque;

use foldhash::HashMap;
use goscope_trace::{GoId, ProcId, StringId, TraceTime, timeline::GoSpan};

use super::Instead;
use crate::per_proc::PerProc;

/// The runs that are remembered of a proc.
const KEPT: usize = 1024;

/// The last runs on each proc.
#[derive(Default, Debug)]
pub(crate) struct Runs(PerProc<Ring>);

#[derive(Debug)]
struct Ring {
    runs: VecDeque<Run>,
    /// When the last run ended that is forgotten.
    forgotten: TraceTime,
}

impl Default for Ring {
    fn default() -> Self {
        Self { runs: VecDeque::new(), forgotten: TraceTime(i64::MIN) }
    }
}

/// A goroutine had a proc, be it in system calls or not.
#[derive(Clone, Copy, Debug)]
struct Run {
    goroutine: GoId,
    func: StringId,
    start: TraceTime,
    end: TraceTime,
}

impl Run {
    fn overlap(&self, from: TraceTime, to: TraceTime) -> i64 {
        self.end.min(to).0.saturating_sub(self.start.max(from).0).max(0)
    }
}

impl Runs {
    /// A goroutine has had the proc on which the interval began.
    #[inline]
    pub(crate) fn push(&mut self, span: &GoSpan) {
        let GoSpan { goroutine, func, start, end, proc, .. } = *span;
        if let Some(ring) = self.0.of(proc) {
            ring.push(Run { goroutine, func, start, end });
        }
    }

    /// Who ran longest on a proc between two moments, of which the later one is now.
    pub(crate) fn longest(&self, proc: ProcId, from: TraceTime, to: TraceTime) -> Instead {
        self.0.get(proc).map_or(Instead::Nobody, |ring| ring.longest(from, to))
    }
}

impl Ring {
    #[inline]
    fn push(&mut self, run: Run) {
        match self.runs.back_mut() {
            Some(last) if last.goroutine == run.goroutine && last.end == run.start => last.end = run.end,
            _ => self.runs.push_back(run),
        }
        if self.runs.len() > KEPT
            && let Some(first) = self.runs.pop_front()
        {
            self.forgotten = first.end;
        }
    }

    fn longest(&self, from: TraceTime, to: TraceTime) -> Instead {
        let mut sums: HashMap<GoId, (i64, StringId)> = HashMap::default();
        for run in self.runs.iter().rev().take_while(|run| run.end > from) {
            let sum = sums.entry(run.goroutine).or_insert((0, run.func));
            sum.0 = sum.0.saturating_add(run.overlap(from, to));
        }
        let longest = sums.into_iter().max_by_key(|(id, (time, _))| (*time, *id));
        // Whatever ran in the time that is forgotten did not run longer than that.
        let forgotten = self.forgotten.since(from).max(0);
        match longest {
            Some((goroutine, (time, func))) if time > 0 && time >= forgotten => {
                Instead::Ran { goroutine, func, time }
            }
            _ if forgotten == 0 => Instead::Nobody,
            _ => Instead::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(runs: impl IntoIterator<Item = (u64, i64, i64)>) -> Ring {
        let mut ring = Ring::default();
        for (goroutine, start, end) in runs {
            let (start, end) = (TraceTime(start), TraceTime(end));
            ring.push(Run { goroutine: GoId(goroutine), func: StringId::EMPTY, start, end });
        }
        ring
    }

    fn ran(goroutine: u64, time: i64) -> Instead {
        Instead::Ran { goroutine: GoId(goroutine), func: StringId::EMPTY, time }
    }

    #[test]
    fn the_parts_of_a_goroutine_count_together_as_far_as_they_are_within() {
        let ring = ring([(1, 0, 50), (2, 50, 90), (3, 95, 120), (2, 120, 130)]);
        assert_eq!(ring.longest(TraceTime(40), TraceTime(140)), ran(2, 50));
        assert_eq!(ring.longest(TraceTime(0), TraceTime(60)), ran(1, 50));
        assert_eq!(ring.longest(TraceTime(130), TraceTime(140)), Instead::Nobody);
    }

    #[test]
    fn what_is_forgotten_may_have_been_longer() {
        let runs = (0..1200).map(|nth| (nth as u64 % 7, nth * 10, nth * 10 + 9));
        let ring = ring(runs.chain([(99, 12_000, 14_000)]));
        assert_eq!(ring.runs.len(), KEPT);
        assert_eq!(ring.longest(TraceTime(11_000), TraceTime(14_000)), ran(99, 2000));
        assert_eq!(ring.longest(TraceTime(0), TraceTime(14_000)), ran(99, 2000));
        assert_eq!(ring.longest(TraceTime(-9000), TraceTime(14_000)), Instead::Unknown);
    }

    #[test]
    fn one_that_goes_on_is_one_run() {
        let ring = ring((0..1000).map(|nth| (5, nth, nth + 1)));
        assert_eq!((ring.runs.len(), ring.longest(TraceTime(0), TraceTime(1000))), (1, ran(5, 1000)));
    }
}
