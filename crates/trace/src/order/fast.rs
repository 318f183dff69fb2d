//! The straight way through the order, for nine of ten events.
//!
//! As long as a thread's events are of the types that have an [`Op`], and nothing is unusual, all that changes is
//! which goroutine the thread has, and the state of one goroutine. Whatever else there is, this way ends before it,
//! and [`Order::advance`] has the word: it decides the same, and more.
//!
//! Invariant: an event that is not taken has changed nothing.

use super::{
    Order, ThreadPlace,
    block::{Decoded, Op},
    goroutine::{NOBODY, transition},
    state::{Bound, GoStatus, Goroutine, Sequence, States},
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition},
    id::GoId,
    tables::StringId,
    time::TraceTime,
};

impl Order {
    /// Takes events of a thread up to a time. Returns how many: as many as there are, or those before the first that
    /// is unusual.
    #[inline(always)]
    pub(super) fn take_plain(
        &mut self,
        events: &[Decoded],
        until: TraceTime,
        place: ThreadPlace,
        generation: u64,
    ) -> usize {
        let Self { goroutines, threads, out, .. } = self;
        let thread = threads.at(place.0);
        if !thread.id.is_some() || !thread.proc.id.is_some() {
            return 0;
        }
        let (id, proc, mut current) = (thread.id, thread.proc.id, thread.goroutine);
        let mut out = out.writer();
        let mut taken = 0;
        for event in events {
            if event.time > until || !out.has_room() {
                break;
            }
            let Some((transition, after)) = step(event, place, current, goroutines, generation) else {
                break;
            };
            let (time, stack, goroutine) = (event.time, event.stack, current.id);
            let kind = EventKind::GoTransition(transition);
            out.push(Event { time, thread: id, proc, goroutine, stack, kind });
            current = after;
            taken += 1;
        }
        thread.goroutine = current;
        taken
    }
}

/// Lets an event happen on a thread that has the goroutine `current`. Returns the transition, and which goroutine the
/// thread has then; or nothing, if the event is unusual.
#[inline(always)]
fn step(
    event: &Decoded,
    thread: ThreadPlace,
    current: Bound<GoId>,
    goroutines: &mut States<Goroutine>,
    generation: u64,
) -> Option<(GoTransition, Bound<GoId>)> {
    let Decoded { subject, number, stack, .. } = *event;
    let sequence = Sequence { generation, number: u64::from(number) };
    match event.op {
        Op::GoStart if current.id.is_some() => None,
        Op::GoStart => {
            let bound = goroutines.last_seen(GoId(subject));
            let known = goroutines.bound(bound).filter(|known| known.is_due(GoStatus::Runnable, sequence))?;
            (known.status, known.sequence, known.thread) = (GoStatus::Running, sequence, thread);
            Some((transition(bound.id, GoState::Runnable, GoState::Running), bound))
        }
        Op::GoUnblock => {
            let bound = goroutines.last_seen(GoId(subject));
            let known = goroutines.bound(bound).filter(|known| known.is_due(GoStatus::Waiting, sequence))?;
            (known.status, known.sequence) = (GoStatus::Runnable, sequence);
            Some((transition(bound.id, GoState::Waiting, GoState::Runnable), current))
        }
        Op::GoBlock => {
            let known = goroutines.bound(current).filter(|known| known.status == GoStatus::Running)?;
            known.status = GoStatus::Waiting;
            let transition = transition(current.id, GoState::Running, GoState::Waiting);
            Some((GoTransition { reason: StringId(number), stack, ..transition }, NOBODY))
        }
        _ => None,
    }
}
