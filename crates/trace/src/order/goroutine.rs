//! Goroutines: created, started, stopped, blocked, unblocked, ended, and switched to.

use super::{
    Candidate, Order, Outcome, Step, ThreadPlace,
    context::Needs,
    rule::Rule,
    state::{Bound, GoStatus, Goroutine, States, Thread},
};
use crate::{
    event::{EventKind, GoState, GoTransition},
    id::{GoId, ThreadId},
    tables::{StackId, StringId},
};

fn state(status: GoStatus) -> GoState {
    match status {
        GoStatus::Bad => GoState::Undetermined,
        GoStatus::Runnable => GoState::Runnable,
        GoStatus::Running => GoState::Running,
        GoStatus::Syscall => GoState::Syscall,
        GoStatus::Waiting => GoState::Waiting,
    }
}

/// A transition without reason or stack.
#[inline]
pub(super) fn transition(goroutine: GoId, from: GoState, to: GoState) -> GoTransition {
    GoTransition { goroutine, from, to, reason: StringId::EMPTY, stack: StackId::NONE }
}

/// How a goroutine leaves its thread.
pub(super) const BLOCKED: (GoStatus, GoState) = (GoStatus::Waiting, GoState::Waiting);
pub(super) const STOPPED: (GoStatus, GoState) = (GoStatus::Runnable, GoState::Runnable);

/// No goroutine.
pub(super) const NOBODY: Bound<GoId> = Bound::somewhere(GoId::NONE);

/// The goroutine of a thread, which has to run.
#[inline(always)]
fn running<'a>(goroutines: &'a mut States<Goroutine>, thread: &Thread) -> Result<&'a mut Goroutine, Rule> {
    thread.check(Needs::RUNNING)?;
    let goroutine = goroutines.get(thread.goroutine).ok_or(Rule::GoUnknown)?;
    if goroutine.status == GoStatus::Running { Ok(goroutine) } else { Err(Rule::GoNotRunning) }
}

impl Order {
    /// A goroutine's status at the start of a generation.
    pub(super) fn go_status(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        thread: u64,
        status: u64,
    ) -> Outcome {
        self.go_status_stack(event, goroutine, thread, status, 0)
    }

    /// A goroutine's status at the start of a generation, with its stack.
    pub(super) fn go_status_stack(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        thread: u64,
        status: u64,
        stack: u64,
    ) -> Outcome {
        let goroutine = GoId(goroutine);
        let status = GoStatus::of_number(status).ok_or(Rule::GoStatusInvalid)?;
        let (bound, from) = self.go_from(event, goroutine, status)?;
        let mut place = *self.thread(event);
        let mut after = bound;
        match status {
            GoStatus::Running => self.put_on(bound, event.thread),
            GoStatus::Syscall => (place, after) = self.bind_syscall(event, bound, ThreadId(thread))?,
            _ => after = place.goroutine,
        }
        let stack = event.stack(stack)?;
        let transition = GoTransition { stack, ..transition(goroutine, from, state(status)) };
        self.out.push(place.event(event.time, stack, EventKind::GoTransition(transition)));
        self.thread(event).goroutine = after;
        Ok(Step::Advanced)
    }

    /// Notes a status. Returns the state before.
    fn go_from(
        &mut self,
        event: &Candidate<'_>,
        goroutine: GoId,
        status: GoStatus,
    ) -> Result<(Bound<GoId>, GoState), Rule> {
        let (sequence, is_first) = (event.sequence(0), self.is_first(event));
        match self.goroutines.find(goroutine) {
            Some((_, known)) if known.status != status => Err(Rule::GoStatusInconsistent),
            Some((bound, known)) => {
                known.sequence = sequence;
                Ok((bound, state(status)))
            }
            None if is_first => {
                let bound = self.goroutines.add(Goroutine::new(goroutine, status, sequence));
                Ok((bound, GoState::Undetermined))
            }
            None => Err(Rule::GoStatusLate),
        }
    }

    /// A goroutine in a system call is bound to its thread, which may be another than the one that tells.
    /// Returns where the event happens, and which goroutine the telling thread has afterwards.
    fn bind_syscall(
        &mut self,
        event: &Candidate<'_>,
        goroutine: Bound<GoId>,
        thread: ThreadId,
    ) -> Result<(Thread, Bound<GoId>), Rule> {
        if !thread.is_some() {
            return Err(Rule::GoStatusNoThread);
        }
        let teller = *self.thread(event);
        if thread == teller.id {
            // After the first generation the binding must have been seen.
            if !self.is_first(event) && teller.goroutine.id != goroutine.id {
                return Err(Rule::GoStatusOtherThread);
            }
            self.put_on(goroutine, event.thread);
            return Ok((teller, goroutine));
        }
        let mut place = Thread { id: thread, ..teller };
        let at = self.bind(thread);
        let other = self.threads.at(at.0);
        match other.is_known {
            true if other.goroutine.id != goroutine.id => return Err(Rule::GoStatusOtherThread),
            true => place.goroutine = goroutine,
            // It has sat in the call since before the trace. Procs are told of by those who have them.
            false => *other = Thread { goroutine, is_known: true, ..Thread::new(thread) },
        }
        self.put_on(goroutine, at);
        Ok((place, teller.goroutine))
    }

    /// The threads that have a goroutine. It is one at most, unless statuses contradict each other.
    pub(super) fn threads_of(&mut self, goroutine: GoId) -> Vec<ThreadPlace> {
        let last = self.goroutines.find(goroutine).map(|(_, known)| known.thread);
        let mut all = self.shared.goroutines.get(&goroutine).cloned().unwrap_or_default();
        all.extend(last);
        all.retain(|at| self.threads.at_place(at.0).is_some_and(|thread| thread.goroutine.id == goroutine));
        all
    }

    /// Notes that a thread has a goroutine by its status, perhaps beside another one.
    pub(super) fn put_on(&mut self, goroutine: Bound<GoId>, thread: ThreadPlace) {
        let Some(known) = self.goroutines.get(goroutine) else { return };
        let former = std::mem::replace(&mut known.thread, thread);
        let id = goroutine.id;
        if self.threads.at_place(former.0).is_some_and(|thread| thread.goroutine.id == id) && former != thread
        {
            self.shared.goroutines.entry(id).or_default().extend([former, thread]);
        }
    }

    pub(super) fn go_create(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        new_stack: u64,
        stack: u64,
    ) -> Outcome {
        let stacks = || Ok((event.stack(stack)?, event.stack(new_stack)?));
        self.create(event, GoId(goroutine), GoStatus::Runnable, stacks)
    }

    pub(super) fn go_create_blocked(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        new_stack: u64,
        stack: u64,
    ) -> Outcome {
        let stacks = || Ok((event.stack(stack)?, event.stack(new_stack)?));
        self.create(event, GoId(goroutine), GoStatus::Waiting, stacks)
    }

    /// A goroutine begins to exist. `stacks` are that of who creates it, and the one in which it starts.
    pub(super) fn create(
        &mut self,
        event: &Candidate<'_>,
        goroutine: GoId,
        status: GoStatus,
        stacks: impl FnOnce() -> Result<(StackId, StackId), Rule>,
    ) -> Outcome {
        let thread = *self.thread(event);
        thread.check(Needs::PROC)?;
        if self.goroutines.get(thread.goroutine).is_some_and(|creator| creator.status != GoStatus::Running) {
            return Err(Rule::GoNotRunning);
        }
        self.add_goroutine(event, goroutine, status)?;
        let (stack, new_stack) = stacks()?;
        let transition = transition(goroutine, GoState::NotExist, state(status));
        let transition = GoTransition { stack: new_stack, ..transition };
        self.emit(event, stack, EventKind::GoTransition(transition));
        Ok(Step::Advanced)
    }

    pub(super) fn add_goroutine(
        &mut self,
        event: &Candidate<'_>,
        goroutine: GoId,
        status: GoStatus,
    ) -> Result<Bound<GoId>, Rule> {
        if self.goroutines.find(goroutine).is_some() {
            return Err(Rule::GoCreateExists);
        }
        Ok(self.goroutines.add(Goroutine::new(goroutine, status, event.sequence(0))))
    }

    pub(super) fn go_start(&mut self, event: &Candidate<'_>, goroutine: u64, number: u64) -> Outcome {
        let (goroutine, sequence) = (GoId(goroutine), event.sequence(number));
        let Some((bound, known)) = self.goroutines.find(goroutine) else { return Ok(Step::NotYet) };
        if !known.is_due(GoStatus::Runnable, sequence) {
            return Ok(Step::NotYet);
        }
        let thread = self.threads.at(event.thread.0);
        thread.check(Needs::FREE_OF_GOROUTINE)?;
        (known.status, known.sequence, known.thread) = (GoStatus::Running, sequence, event.thread);
        let kind = EventKind::GoTransition(transition(goroutine, GoState::Runnable, GoState::Running));
        self.out.push(thread.event(event.time, StackId::NONE, kind));
        thread.goroutine = bound;
        Ok(Step::Advanced)
    }

    pub(super) fn go_unblock(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        number: u64,
        stack: u64,
    ) -> Outcome {
        self.unblock(event, goroutine, number, || event.stack(stack))
    }

    /// Anyone may unblock a goroutine, even without a thread.
    pub(super) fn unblock(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        number: u64,
        stack: impl FnOnce() -> Result<StackId, Rule>,
    ) -> Outcome {
        let (goroutine, sequence) = (GoId(goroutine), event.sequence(number));
        let Some((_, known)) = self.goroutines.find(goroutine) else { return Ok(Step::NotYet) };
        if !known.is_due(GoStatus::Waiting, sequence) {
            return Ok(Step::NotYet);
        }
        (known.status, known.sequence) = (GoStatus::Runnable, sequence);
        let kind = EventKind::GoTransition(transition(goroutine, GoState::Waiting, GoState::Runnable));
        self.emit(event, stack()?, kind);
        Ok(Step::Advanced)
    }

    pub(super) fn go_destroy(&mut self, event: &Candidate<'_>) -> Outcome {
        let goroutine = self.running(event)?.id;
        self.goroutines.remove(goroutine, Goroutine::gone());
        self.emit_go(event, goroutine, GoState::Running, GoState::NotExist);
        self.thread(event).goroutine = NOBODY;
        Ok(Step::Advanced)
    }

    pub(super) fn go_stop(&mut self, event: &Candidate<'_>, reason: u64, stack: u64) -> Outcome {
        self.leave(event, STOPPED, || Ok((event.stack(stack)?, event.string(reason)?)))
    }

    pub(super) fn go_block(&mut self, event: &Candidate<'_>, reason: u64, stack: u64) -> Outcome {
        self.leave(event, BLOCKED, || Ok((event.stack(stack)?, event.string(reason)?)))
    }

    /// The goroutine of the thread, which has to run: what it does itself is always due.
    pub(super) fn running(&mut self, event: &Candidate<'_>) -> Result<&mut Goroutine, Rule> {
        running(&mut self.goroutines, self.threads.at(event.thread.0))
    }

    /// The running goroutine leaves the thread, for a reason.
    pub(super) fn leave(
        &mut self,
        event: &Candidate<'_>,
        (status, to): (GoStatus, GoState),
        texts: impl FnOnce() -> Result<(StackId, StringId), Rule>,
    ) -> Outcome {
        let thread = self.threads.at(event.thread.0);
        running(&mut self.goroutines, thread)?.status = status;
        let (stack, reason) = texts()?;
        let transition = transition(thread.goroutine.id, GoState::Running, to);
        let kind = EventKind::GoTransition(GoTransition { reason, stack, ..transition });
        self.out.push(thread.event(event.time, stack, kind));
        thread.goroutine = NOBODY;
        Ok(Step::Advanced)
    }

    /// The running goroutine hands over to one that waits, and waits itself.
    pub(super) fn go_switch(&mut self, event: &Candidate<'_>, goroutine: u64, number: u64) -> Outcome {
        let current = self.running(event)?.id;
        let Some(next) = self.switch_to(event, GoId(goroutine), number) else { return Ok(Step::NotYet) };
        if let Some((_, current)) = self.goroutines.find(current) {
            current.status = GoStatus::Waiting;
        }
        self.switch(event, current, GoState::Waiting, next)
    }

    /// The running goroutine hands over to one that waits, and ends.
    pub(super) fn go_switch_destroy(
        &mut self,
        event: &Candidate<'_>,
        goroutine: u64,
        number: u64,
    ) -> Outcome {
        let current = self.running(event)?.id;
        let Some(next) = self.switch_to(event, GoId(goroutine), number) else { return Ok(Step::NotYet) };
        self.goroutines.remove(current, Goroutine::gone());
        self.switch(event, current, GoState::NotExist, next)
    }

    /// Starts the goroutine that is switched to, if it waits and this is its turn.
    fn switch_to(&mut self, event: &Candidate<'_>, goroutine: GoId, number: u64) -> Option<Bound<GoId>> {
        let sequence = event.sequence(number);
        let (bound, next) = self.goroutines.find(goroutine)?;
        if !next.is_due(GoStatus::Waiting, sequence) {
            return None;
        }
        (next.status, next.sequence, next.thread) = (GoStatus::Running, sequence, event.thread);
        Some(bound)
    }

    /// A switch is three events: one goroutine is unblocked, the other leaves, the first one starts.
    fn switch(&mut self, event: &Candidate<'_>, current: GoId, left: GoState, next: Bound<GoId>) -> Outcome {
        self.emit_go(event, next.id, GoState::Waiting, GoState::Runnable);
        self.emit_go(event, current, GoState::Running, left);
        self.thread(event).goroutine = NOBODY;
        self.emit_go(event, next.id, GoState::Runnable, GoState::Running);
        self.thread(event).goroutine = next;
        Ok(Step::Advanced)
    }

    /// Emits a transition without reason or stack.
    #[inline(always)]
    pub(super) fn emit_go(&mut self, event: &Candidate<'_>, goroutine: GoId, from: GoState, to: GoState) {
        self.emit(event, StackId::NONE, EventKind::GoTransition(transition(goroutine, from, to)));
    }
}
