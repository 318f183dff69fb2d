//! Syncs: they are numbered, stand apart from threads, and their clocks go forward.

use goscope_trace::{ClockSnapshot, Event, EventKind, GoId, ProcId, ThreadId};
use goscope_wire::FormatVersion;

use super::{Findings, Origin};

#[derive(Debug)]
pub(super) struct Syncs {
    /// Whether each sync but the last has the clocks of the system.
    has_clocks: bool,
    origin: Origin,
    count: u32,
    clock: Option<ClockSnapshot>,
    /// Whether the sync that came last has to be the end.
    is_end: bool,
}

impl Syncs {
    pub(super) fn new(version: FormatVersion, origin: Origin) -> Self {
        let has_clocks = version >= FormatVersion::V1_25;
        Self { has_clocks, origin, count: 0, clock: None, is_end: false }
    }

    pub(super) fn is_first_generation(&self) -> bool {
        self.count == 1
    }

    pub(super) fn check(&mut self, event: &Event, findings: &mut Findings) {
        findings.expect(!self.is_end, || "an event after the last sync".to_owned());
        let EventKind::Sync(sync) = event.kind else { return };
        self.count += 1;
        findings.expect(sync.n == self.count, || format!("sync {} is the {}th", sync.n, self.count));
        let nowhere = (ThreadId::NONE, ProcId::NONE, GoId::NONE);
        findings.expect((event.thread, event.proc, event.goroutine) == nowhere, || {
            "a sync on a thread".to_owned()
        });
        match sync.clock {
            // Where nothing can be read the first one is the last one.
            None => self.is_end = self.has_clocks,
            Some(clock) => self.check_clock(clock, findings),
        }
    }

    fn check_clock(&mut self, clock: ClockSnapshot, findings: &mut Findings) {
        findings.expect(self.has_clocks, || "clocks of which the version does not tell".to_owned());
        let later = |last: ClockSnapshot| {
            last.wall < clock.wall && last.mono < clock.mono && last.trace < clock.trace
        };
        let last = self.clock.replace(clock);
        if self.origin == Origin::Runtime {
            findings.expect(!clock.is_known() || last.is_none_or(later), || {
                format!("clocks {clock:?} after {last:?}")
            });
        }
    }
}
