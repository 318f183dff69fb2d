//! The threads whose next event can't have happened yet, by what each one waits for.
//!
//! Go's reader asks each of them again after each event, and so does [`Merger`](super::merge::Merger) as long as
//! there are few threads. With many, asking takes time that grows with the square of their number. Here a thread
//! says what it waits for ([`Condition`]), and is asked again only when that is met.
//!
//! Invariant: the order is the same. While none of a thread's conditions is met, its event is still not due.
//! (`tests/it/order.rs`)
//!
//! All threads with the same condition wait for the same turn. So the earliest of them is woken alone: either it takes
//! the turn, or the condition no longer holds for the others either.

use std::collections::BTreeSet;

use crate::{
    id::{GoId, ProcId, ThreadId},
    time::TraceTime,
};

/// What may make an event due that is not, or wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Condition {
    /// A goroutine is runnable, and this number of its order comes next.
    Runnable(GoId, u64),
    /// A goroutine waits, and this number of its order comes next.
    Waiting(GoId, u64),
    /// A goroutine does not run.
    NotRunning(GoId),
    /// A proc is idle, and this number of its order comes next.
    Idle(ProcId, u64),
    /// A proc is in a system call or abandoned, and this number of its order comes next.
    InSyscall(ProcId, u64),
    /// A proc is not in a system call.
    NotInSyscall(ProcId),
    /// Another thread has taken the proc or the goroutine of this thread.
    Robbed(ThreadId),
    /// This step of the garbage collector comes next.
    Gc(u64),
}

/// What an event waits for: one of these.
pub(super) type Conditions = [Option<Condition>; 3];

/// Cursors of the [`Frontier`](super::frontier::Frontier) that wait.
#[derive(Default, Debug)]
pub(super) struct Blocked {
    by_time: BTreeSet<(TraceTime, u32)>,
    by_condition: BTreeSet<(Condition, TraceTime, u32)>,
    /// What each cursor waits for, by its index.
    conditions: Vec<Conditions>,
}

impl Blocked {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    /// The time of the earliest event.
    pub(super) fn time(&self) -> Option<TraceTime> {
        self.by_time.first().map(|(time, _)| *time)
    }

    /// Adds a cursor, with the time of its event.
    pub(super) fn insert(&mut self, cursor: u32, time: TraceTime, conditions: Conditions) {
        let index = cursor as usize;
        if self.conditions.len() <= index {
            self.conditions.resize(index + 1, Conditions::default());
        }
        self.conditions[index] = conditions;
        self.by_time.insert((time, cursor));
        self.by_condition.extend(conditions.into_iter().flatten().map(|condition| (condition, time, cursor)));
    }

    /// Removes the earliest cursor that waits for a condition, and returns it.
    pub(super) fn wake(&mut self, condition: Condition) -> Option<u32> {
        let from = (condition, TraceTime(i64::MIN), 0);
        let (waits_for, time, cursor) = *self.by_condition.range(from..).next()?;
        (waits_for == condition).then(|| self.remove(time, cursor))
    }

    /// Removes the earliest cursor, and returns it.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let (time, cursor) = *self.by_time.first()?;
        Some(self.remove(time, cursor))
    }

    fn remove(&mut self, time: TraceTime, cursor: u32) -> u32 {
        self.by_time.remove(&(time, cursor));
        for condition in self.conditions[cursor as usize].into_iter().flatten() {
            self.by_condition.remove(&(condition, time, cursor));
        }
        cursor
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
