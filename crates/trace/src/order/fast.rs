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
    state::{Bound, GoStatus, Sequence},
};
use crate::{
    event::{Event, EventKind, GoState, GoTransition},
    id::GoId,
    tables::{StackId, StringId},
    time::TraceTime,
};

/// What an [`Op`] needs and does.
struct Step {
    needs: GoStatus,
    becomes: GoStatus,
    from: GoState,
    to: GoState,
}

/// By the number of the op. What is something else is not taken.
const STEPS: [Step; 4] = {
    use GoState::{Runnable, Running, Undetermined, Waiting};
    [
        Step { needs: GoStatus::Runnable, becomes: GoStatus::Running, from: Runnable, to: Running },
        Step { needs: GoStatus::Waiting, becomes: GoStatus::Runnable, from: Waiting, to: Runnable },
        Step { needs: GoStatus::Running, becomes: GoStatus::Waiting, from: Running, to: Waiting },
        Step { needs: GoStatus::Bad, becomes: GoStatus::Bad, from: Undetermined, to: Undetermined },
    ]
};

/// One of two numbers, without a branch: which of the ops comes next, no processor can tell.
#[inline(always)]
fn pick(is_first: bool, first: u64, second: u64) -> u64 {
    let mask = u64::from(is_first).wrapping_neg();
    first & mask | second & !mask
}

#[inline(always)]
fn pick_bound(is_first: bool, first: Bound<GoId>, second: Bound<GoId>) -> Bound<GoId> {
    let place = pick(is_first, u64::from(first.place), u64::from(second.place)) as u32;
    Bound { id: GoId(pick(is_first, first.id.0, second.id.0)), place }
}

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
            let Decoded { time, subject, number, stack, op } = *event;
            if time > until || !out.has_room() {
                break;
            }
            let number_ = u64::from(number);
            let goroutine = current.id;
            let mut after = current;
            let (bound, from, to, reason, about) = match op {
                Op::GoBlock => {
                    let Some(known) = goroutines.bound(current) else { break };
                    if known.status != GoStatus::Running {
                        break;
                    }
                    known.status = GoStatus::Waiting;
                    after = NOBODY;
                    (current, GoState::Running, GoState::Waiting, StringId(number), stack)
                }
                Op::GoStart => {
                    let bound = goroutines.last_seen(GoId(subject));
                    let Some(known) = goroutines.bound(bound) else { break };
                    if known.status != GoStatus::Runnable || !(Sequence { generation, number: number_ }).succeeds(known.sequence) || current.id.is_some() {
                        break;
                    }
                    known.status = GoStatus::Running;
                    known.sequence.number = number_;
                    after = bound;
                    (bound, GoState::Runnable, GoState::Running, StringId::EMPTY, StackId::NONE)
                }
                Op::GoUnblock => {
                    let bound = goroutines.last_seen(GoId(subject));
                    let Some(known) = goroutines.bound(bound) else { break };
                    if known.status != GoStatus::Waiting || !(Sequence { generation, number: number_ }).succeeds(known.sequence) {
                        break;
                    }
                    known.status = GoStatus::Runnable;
                    known.sequence.number = number_;
                    (bound, GoState::Waiting, GoState::Runnable, StringId::EMPTY, StackId::NONE)
                }
                Op::Other => break,
            };
            let transition = GoTransition { reason, stack: about, ..transition(bound.id, from, to) };
            let kind = EventKind::GoTransition(transition);
            out.push(Event { time, thread: id, proc, goroutine, stack, kind });
            current = after;
            taken += 1;
        }
        thread.goroutine = current;
        taken
    }
}
