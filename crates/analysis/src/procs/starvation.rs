//! When a proc was idle although a goroutine waited for one.

use goscope_trace::TraceTime;

use crate::worst::Worst;

/// A time in which at least one proc was idle while at least one goroutine waited for a proc.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Starvation {
    /// When it began.
    pub start: TraceTime,
    /// When it ended.
    pub end: TraceTime,
    /// How many procs were idle, at most.
    pub idle: u64,
    /// How many goroutines waited, at most.
    pub runnable: u64,
    /// How long of that the world was stopped, in nanoseconds.
    pub stopped: i64,
}

impl Starvation {
    /// How long it was, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }
}

/// Follows such times.
#[derive(Debug)]
pub(super) struct Starvations {
    open: Option<Starvation>,
    pub(super) total: i64,
    pub(super) stopped: i64,
    worst: Worst<Starvation>,
}

impl Starvations {
    pub(super) fn new(worst: usize) -> Self {
        Self { open: None, total: 0, stopped: 0, worst: Worst::new(worst) }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// From now on, so many procs are idle and so many goroutines wait.
    #[inline]
    pub(super) fn set(&mut self, now: TraceTime, idle: u64, runnable: u64) {
        match &mut self.open {
            _ if idle == 0 || runnable == 0 => self.close(),
            Some(open) => (open.idle, open.runnable) = (open.idle.max(idle), open.runnable.max(runnable)),
            None => self.open = Some(Starvation { start: now, end: now, idle, runnable, stopped: 0 }),
        }
    }

    /// It went on from one moment to another one, perhaps while the world was stopped.
    #[inline]
    pub(super) fn pass(&mut self, from: TraceTime, to: TraceTime, is_stopped: bool) {
        let Some(open) = &mut self.open else { return };
        if open.end == open.start {
            open.start = from;
        }
        open.end = to;
        if is_stopped {
            open.stopped = open.stopped.saturating_add(to.since(from));
        }
    }

    #[inline]
    fn close(&mut self) {
        let Some(open) = self.open.take().filter(|open| open.duration() > 0) else { return };
        self.total = self.total.saturating_add(open.duration());
        self.stopped = self.stopped.saturating_add(open.stopped);
        self.worst.show(open.duration(), || open);
    }

    /// How many there were, and the longest ones.
    pub(super) fn finish(mut self) -> (Self, u64, Vec<Starvation>) {
        self.close();
        let worst = std::mem::replace(&mut self.worst, Worst::new(0));
        (self, worst.seen(), worst.into_worst())
    }
}
