//! One stop of the world.

use goscope_trace::{GoId, ProcId, StackId, StringId, Tables, ThreadId, TraceTime};

/// Why the tracer itself stops the world: to start a trace, and before Go 1.22 to stop it.
const OF_TRACER: [&[u8]; 2] = [b"start trace", b"stop trace"];

/// Returns whether the tracer stops the world for this reason: a stop that is there only because somebody looks.
pub(crate) fn is_of_tracer(reason: StringId, tables: &Tables) -> bool {
    OF_TRACER.contains(&tables.string(reason))
}

/// The world stood still, or was about to.
///
/// [`Stops`](super::Stops) has an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Since when. Where it began before the trace, the moment at which it is told.
    pub start: TraceTime,
    /// Until when.
    pub end: TraceTime,
    /// Why.
    pub reason: StringId,
    /// The goroutine that stopped it.
    pub goroutine: GoId,
    /// The function that this goroutine started with; empty if nothing tells.
    pub func: StringId,
    /// What this goroutine was executing, or [`StackId::NONE`].
    pub stack: StackId,
    /// The proc on which it did.
    pub proc: ProcId,
    /// The thread on which it did.
    pub thread: ThreadId,
    /// How long it took until the last of the other procs had stopped, in nanoseconds. `None` if that can't be told.
    pub stopping: Option<i64>,
    /// How long it was from then until the procs were to be started again, in nanoseconds; `None` as above.
    pub standing: Option<i64>,
    /// The last proc to stop. `None` if no other proc had to, or that can't be told.
    pub straggler: Option<Straggler>,
    /// Whether all of it counts, from its begin on.
    pub has_start: bool,
    /// Whether all of it counts, up to its end.
    pub has_end: bool,
}

/// The last proc to stop, and who ran there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Straggler {
    /// The proc.
    pub proc: ProcId,
    /// The goroutine that ran on it last; [`GoId::NONE`] if none did since the stop began.
    pub goroutine: GoId,
    /// The function that this goroutine started with; empty if nothing tells.
    pub func: StringId,
    /// What this goroutine was executing as it stopped running, or [`StackId::NONE`].
    pub stack: StackId,
    /// How long this goroutine ran on after the stop had begun, in nanoseconds.
    pub ran: i64,
}

impl Straggler {
    /// A proc on which nobody runs.
    pub(super) const fn alone(proc: ProcId) -> Self {
        Self { proc, goroutine: GoId::NONE, func: StringId::EMPTY, stack: StackId::NONE, ran: 0 }
    }
}

impl Stop {
    /// How long it lasted, in nanoseconds.
    #[must_use]
    pub const fn duration(&self) -> i64 {
        self.end.since(self.start)
    }

    /// Whether it was for garbage collection.
    #[must_use]
    pub fn is_for_gc(&self, tables: &Tables) -> bool {
        tables.string(self.reason).starts_with(b"GC ")
    }

    /// Whether the tracer itself stopped the world, to start or to stop the trace.
    #[must_use]
    pub fn is_of_tracer(&self, tables: &Tables) -> bool {
        is_of_tracer(self.reason, tables)
    }

    /// Whether all of it counts.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.has_start && self.has_end
    }

    /// The part of it between two moments, if there is one.
    #[must_use]
    pub fn within(mut self, from: TraceTime, to: TraceTime) -> Option<Self> {
        let (start, end) = (self.start.max(from), self.end.min(to));
        self.has_start &= start == self.start;
        self.has_end &= end == self.end;
        (self.start, self.end) = (start, end);
        if !self.is_whole() {
            (self.stopping, self.standing, self.straggler) = (None, None, None);
        }
        (start <= end).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_stop_tells_nothing_of_stragglers() {
        let stop = Stop {
            start: TraceTime(10),
            end: TraceTime(20),
            reason: StringId::EMPTY,
            goroutine: GoId(1),
            func: StringId::EMPTY,
            stack: StackId::NONE,
            proc: ProcId(0),
            thread: ThreadId(0),
            stopping: Some(4),
            standing: Some(5),
            straggler: Some(Straggler::alone(ProcId(1))),
            has_start: true,
            has_end: true,
        };
        let within = |from, to| stop.within(TraceTime(from), TraceTime(to));
        assert_eq!((within(10, 20), within(0, 99)), (Some(stop), Some(stop)));
        let part = within(15, 99).map(|part| (part.duration(), part.has_start, part.has_end, part.stopping));
        assert_eq!(part, Some((5, false, true, None)));
        assert_eq!(within(0, 12).map(|part| (part.is_whole(), part.straggler)), Some((false, None)));
        assert_eq!((within(21, 99), within(0, 9)), (None, None));
    }
}
