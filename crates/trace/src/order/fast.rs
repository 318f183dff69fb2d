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
    state::{GoStatus, Sequence},
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition},
    id::GoId,
    tables::{StackId, StringId},
    time::TraceTime,
};

impl Order {
    /// Takes events of a thread up to a time. Returns how many: as many as there are, or those before the first that
    /// is unusual.
    #[inline(always)]
    pub(super) fn take_plain(
        &mut self,
        (ops, events): (&[Op], &[Decoded]),
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
        for (op, event) in ops.iter().zip(events) {
            let Decoded { time, subject, number, stack } = *event;
            if time > until || !out.has_room() {
                break;
            }
            let sequence = Sequence { generation, number: u64::from(number) };
            let (goroutine, mut after) = (current.id, current);
            let (subject, (from, to), (stack, reason)) = match op {
                Op::GoStart => {
                    let Some((bound, known)) = goroutines.last_seen(GoId(subject)) else { break };
                    let is_due = known.status == GoStatus::Runnable && sequence.succeeds(known.sequence);
                    if !is_due || current.id.is_some() {
                        break;
                    }
                    (known.status, known.sequence) = (GoStatus::Running, sequence);
                    after = bound;
                    (bound.id, (GoState::Runnable, GoState::Running), (StackId::NONE, StringId::EMPTY))
                }
                Op::GoUnblock => {
                    let Some((bound, known)) = goroutines.last_seen(GoId(subject)) else { break };
                    if known.status != GoStatus::Waiting || !sequence.succeeds(known.sequence) {
                        break;
                    }
                    (known.status, known.sequence) = (GoStatus::Runnable, sequence);
                    (bound.id, (GoState::Waiting, GoState::Runnable), (stack, StringId::EMPTY))
                }
                Op::GoBlock => {
                    let Some(known) = goroutines.bound(current) else { break };
                    if known.status != GoStatus::Running {
                        break;
                    }
                    known.status = GoStatus::Waiting;
                    after = NOBODY;
                    (current.id, (GoState::Running, GoState::Waiting), (stack, StringId(number)))
                }
                Op::Other => break,
            };
            let is_own = *op == Op::GoBlock;
            let transition = transition(subject, from, to);
            let about = if is_own { stack } else { StackId::NONE };
            let kind = EventKind::GoTransition(GoTransition { reason, stack: about, ..transition });
            out.push(Event { time, thread: id, proc, goroutine, stack, kind });
            current = after;
            taken += 1;
        }
        thread.goroutine = current;
        taken
    }
}
