//! One proc: what it does since when, and what it did before.

use goscope_trace::{GoId, ProcId, ProcState, ThreadId, TraceTime};

use super::{Doing, Proc, Times};

/// A proc, as far as the trace has told of it.
#[derive(Debug)]
pub(super) struct One {
    /// What the trace last said of it.
    pub(super) state: ProcState,
    /// The thread that has it.
    pub(super) thread: ThreadId,
    /// The goroutine that has it, and what it does there.
    pub(super) goroutine: GoId,
    pub(super) occupied: Doing,
    /// What is booked, and since when.
    pub(super) doing: Doing,
    since: TraceTime,
    times: Times,
    pub(super) switches: u64,
    longest_idle: (i64, TraceTime),
}

impl Default for One {
    fn default() -> Self {
        Self {
            state: ProcState::Undetermined,
            thread: ThreadId::NONE,
            goroutine: GoId::NONE,
            occupied: Doing::Scheduler,
            doing: Doing::Absent,
            since: TraceTime(i64::MIN),
            times: Times::default(),
            switches: 0,
            longest_idle: (0, TraceTime(0)),
        }
    }
}

impl One {
    /// What it does by what is known, where procs with lower numbers than `limit` are there.
    #[inline]
    pub(super) fn now(&self, id: usize, limit: Option<usize>) -> Doing {
        let is_there = limit.is_none_or(|limit| id < limit);
        match self.state {
            ProcState::Running => self.occupied,
            ProcState::Idle if is_there => Doing::Idle,
            ProcState::Undetermined | ProcState::NotExist if is_there && limit.is_some() => Doing::Idle,
            _ => Doing::Absent,
        }
    }

    /// A goroutine has it.
    #[inline]
    pub(super) fn occupy(&mut self, goroutine: GoId, what: Doing) {
        // Of a damaged trace, the start of the proc may be missing.
        self.state = ProcState::Running;
        (self.goroutine, self.occupied) = (goroutine, what);
    }

    /// No goroutine has it.
    #[inline]
    pub(super) fn vacate(&mut self) {
        (self.goroutine, self.occupied) = (GoId::NONE, Doing::Scheduler);
    }

    /// Books what it does up to now, as far as that is behind `since`.
    #[inline]
    pub(super) fn book(&mut self, since: TraceTime, now: TraceTime) {
        let start = self.since.max(since);
        let time = now.since(start).max(0);
        self.times.add(self.doing, time);
        if self.doing == Doing::Idle && time > self.longest_idle.0 {
            self.longest_idle = (time, start);
        }
        self.since = now.max(start);
    }

    pub(super) fn into_proc(self, id: ProcId) -> Proc {
        let Self { times, switches, longest_idle: (longest_idle, longest_idle_start), .. } = self;
        Proc { id, times, switches, longest_idle, longest_idle_start }
    }
}
