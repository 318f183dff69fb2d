//! What is there behind a gap in the trace of a program, as its first generation tells: who runs where, before anything happens.

use std::collections::BTreeMap;

use crate::{
    event::{Event, EventKind, GoState, GoTransition, ProcState, ProcTransition, Range},
    id::{GoId, ProcId, ThreadId},
};

/// What is there behind the gap.
#[derive(Default, Debug)]
pub(crate) struct Survivors {
    pub(super) goroutines: BTreeMap<GoId, GoState>,
    /// By thread, if that is known: what it has.
    pub(super) threads: BTreeMap<ThreadId, OnThread>,
    pub(super) ranges: Vec<Range>,
}

/// What a thread has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OnThread {
    pub(super) proc: ProcId,
    pub(super) goroutine: GoId,
    pub(super) state: GoState,
}

impl OnThread {
    pub(super) const NOTHING: Self =
        Self { proc: ProcId::NONE, goroutine: GoId::NONE, state: GoState::Undetermined };
}

impl Survivors {
    /// Takes note of an event of the first generation behind the gap.
    pub(crate) fn observe(&mut self, event: &Event) {
        match event.kind {
            EventKind::GoTransition(GoTransition { goroutine, from: GoState::Undetermined, to, .. }) => {
                self.goroutines.entry(goroutine).or_insert(to);
                if matches!(to, GoState::Running | GoState::Syscall)
                    && let Some(on) = self.on(event.thread).filter(|on| !on.goroutine.is_some())
                {
                    (on.goroutine, on.state) = (goroutine, to);
                }
            }
            EventKind::ProcTransition(ProcTransition {
                proc,
                from: ProcState::Undetermined,
                to: ProcState::Running,
            }) => {
                if let Some(on) = self.on(event.thread).filter(|on| !on.proc.is_some()) {
                    on.proc = proc;
                }
            }
            EventKind::RangeActive(range) => self.ranges.push(range),
            _ => {}
        }
    }

    fn on(&mut self, thread: ThreadId) -> Option<&mut OnThread> {
        thread.is_some().then(|| self.threads.entry(thread).or_insert(OnThread::NOTHING))
    }
}
