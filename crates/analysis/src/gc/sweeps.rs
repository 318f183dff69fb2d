//! Procs that sweep.

use foldhash::HashMap;
use goscope_trace::{ProcId, Swept, TraceTime};

use super::Sweeps;

/// A sweep that goes on: since when, and of which cycle.
type Open = (TraceTime, Option<u64>);

/// A sweep that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) cycle: Option<u64>,
    time: i64,
    swept: Option<Swept>,
}

impl Ended {
    pub(super) fn book(self, sweeps: &mut Sweeps) {
        let Swept { swept, reclaimed } = self.swept.unwrap_or(Swept { swept: 0, reclaimed: 0 });
        sweeps.count += 1;
        sweeps.time = sweeps.time.saturating_add(self.time);
        sweeps.swept = sweeps.swept.saturating_add(swept);
        sweeps.reclaimed = sweeps.reclaimed.saturating_add(reclaimed);
    }
}

/// Follows sweeps.
#[derive(Default, Debug)]
pub(super) struct OpenSweeps(HashMap<ProcId, Open>);

impl OpenSweeps {
    /// A proc begins to sweep, or is told to do so: what is known is not told again.
    pub(super) fn begin(&mut self, proc: ProcId, since: TraceTime, cycle: Option<u64>) {
        self.0.entry(proc).or_insert((since, cycle));
    }

    /// A proc has swept.
    pub(super) fn end(&mut self, proc: ProcId, swept: Option<Swept>, now: TraceTime) -> Option<Ended> {
        self.0.remove(&proc).map(|open| end(open, swept, now))
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime) {
        self.0.values_mut().for_each(|(since, _)| *since = at);
    }

    /// All that go on end.
    pub(super) fn end_all(&mut self, now: TraceTime) -> Vec<Ended> {
        std::mem::take(&mut self.0).into_values().map(|open| end(open, None, now)).collect()
    }
}

fn end((since, cycle): Open, swept: Option<Swept>, now: TraceTime) -> Ended {
    Ended { cycle, time: now.since(since), swept }
}
