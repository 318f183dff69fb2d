//! Workers that mark in the background: a label says what kind of worker a goroutine is, each time that it runs.
//!
//! Source: Go 1.27.3 `runtime/traceruntime.go` (`traceLocker.GoStart`).

use foldhash::HashMap;
use goscope_trace::{GoId, TraceTime};

use super::Workers;

/// A kind of worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Dedicated,
    Fractional,
    Idle,
}

impl Kind {
    fn named(label: &[u8]) -> Option<Self> {
        match label {
            b"GC (dedicated)" => Some(Self::Dedicated),
            b"GC (fractional)" => Some(Self::Fractional),
            b"GC (idle)" => Some(Self::Idle),
            _ => None,
        }
    }

    fn of(self, workers: &mut Workers) -> &mut i64 {
        match self {
            Self::Dedicated => &mut workers.dedicated,
            Self::Fractional => &mut workers.fractional,
            Self::Idle => &mut workers.idle,
        }
    }
}

/// A worker that runs.
#[derive(Clone, Copy, Debug)]
struct Open {
    kind: Kind,
    since: TraceTime,
    cycle: Option<u64>,
}

/// A worker that has stopped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    kind: Kind,
    pub(super) cycle: Option<u64>,
    time: i64,
}

impl Ended {
    pub(super) fn book(self, workers: &mut Workers) {
        let sum = self.kind.of(workers);
        *sum = sum.saturating_add(self.time);
    }
}

/// Follows workers that run.
#[derive(Default, Debug)]
pub(super) struct OpenWorkers(HashMap<GoId, Open>);

impl OpenWorkers {
    /// A goroutine gets a label. Returns what it did until now.
    pub(super) fn label(
        &mut self,
        goroutine: GoId,
        label: &[u8],
        cycle: Option<u64>,
        now: TraceTime,
    ) -> Option<Ended> {
        let ended = self.stop(goroutine, now);
        if let Some(kind) = Kind::named(label) {
            self.0.insert(goroutine, Open { kind, since: now, cycle });
        }
        ended
    }

    /// A goroutine stops running.
    #[inline]
    pub(super) fn stop(&mut self, goroutine: GoId, now: TraceTime) -> Option<Ended> {
        if self.0.is_empty() {
            return None;
        }
        self.0.remove(&goroutine).map(|open| open.end(now))
    }

    /// What was before does not count.
    pub(super) fn restart(&mut self, at: TraceTime) {
        self.0.values_mut().for_each(|open| open.since = at);
    }

    /// All that run stop.
    pub(super) fn end_all(&mut self, now: TraceTime) -> Vec<Ended> {
        std::mem::take(&mut self.0).into_values().map(|open| open.end(now)).collect()
    }
}

impl Open {
    fn end(self, now: TraceTime) -> Ended {
        Ended { kind: self.kind, cycle: self.cycle, time: now.since(self.since) }
    }
}
