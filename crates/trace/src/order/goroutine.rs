//! Goroutines: created, started, stopped, blocked, unblocked, ended, and switched to.

use super::{
    Candidate, Order, Outcome,
    context::{Context, Needs},
    rule::Rule,
    state::{Bound, GoStatus, Goroutine, Thread},
};
use crate::{
    event::{EventKind, GoState, GoTransition},
    event_id,
    id::{GoId, ProcId, ThreadId},
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
fn transition(goroutine: GoId, from: GoState, to: GoState) -> GoTransition {
    GoTransition { goroutine, from, to, reason: StringId::EMPTY, stack: StackId::NONE }
}

/// No goroutine.
pub(super) const NOBODY: Bound<GoId> = Bound::somewhere(GoId::NONE);

impl Order {
    /// A goroutine's status at the start of a generation, perhaps with its stack.
    pub(super) fn go_status(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [goroutine, thread, status, stack] = *candidate.args;
        let (goroutine, thread) = (GoId(goroutine), ThreadId(thread));
        let status = GoStatus::of_number(status).ok_or(Rule::GoStatusInvalid)?;
        let (bound, from) = self.go_from(candidate, goroutine, status)?;
        let (mut emitted, mut after) = (context, context);
        match status {
            GoStatus::Running => after.goroutine = bound,
            GoStatus::Syscall => (emitted, after) = self.bind_syscall(candidate, context, bound, thread)?,
            _ => {}
        }
        let stack =
            if candidate.id == event_id::GO_STATUS_STACK { candidate.stack(stack)? } else { StackId::NONE };
        let transition = GoTransition { stack, ..transition(goroutine, from, state(status)) };
        self.emit(candidate, emitted, stack, EventKind::GoTransition(transition));
        Ok(Some(after))
    }

    /// Notes a status. Returns the state before.
    fn go_from(
        &mut self,
        candidate: &Candidate<'_>,
        goroutine: GoId,
        status: GoStatus,
    ) -> Result<(Bound<GoId>, GoState), Rule> {
        let (sequence, is_first) = (candidate.sequence(0), self.is_first(candidate));
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
    /// Returns where the event happens, and where the telling thread is afterwards.
    fn bind_syscall(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        goroutine: Bound<GoId>,
        thread: ThreadId,
    ) -> Result<(Context, Context), Rule> {
        if !thread.is_some() {
            return Err(Rule::GoStatusNoThread);
        }
        if thread == context.thread {
            // After the first generation the binding must have been seen.
            if !self.is_first(candidate) && context.goroutine.id != goroutine.id {
                return Err(Rule::GoStatusOtherThread);
            }
            return Ok((context, Context { goroutine, ..context }));
        }
        let mut emitted = Context { thread, ..context };
        match self.threads.find(thread) {
            Some((_, known)) if known.goroutine.id != goroutine.id => return Err(Rule::GoStatusOtherThread),
            Some(_) => emitted.goroutine = goroutine,
            // It has sat in the call since before the trace. Procs are told of by those who have them.
            None => {
                self.threads.add(Thread { id: thread, goroutine, proc: Bound::somewhere(ProcId::NONE) });
            }
        }
        Ok((emitted, context))
    }

    pub(super) fn go_create(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        status: GoStatus,
    ) -> Outcome {
        let [goroutine, new_stack, stack, _] = *candidate.args;
        context.check(Needs::PROC)?;
        if self.goroutines.get(context.goroutine).is_some_and(|creator| creator.status != GoStatus::Running) {
            return Err(Rule::GoNotRunning);
        }
        self.add_goroutine(candidate, GoId(goroutine), status)?;
        let stacks = (candidate.stack(stack)?, candidate.stack(new_stack)?);
        let transition = transition(GoId(goroutine), GoState::NotExist, state(status));
        let transition = GoTransition { stack: stacks.1, ..transition };
        self.emit(candidate, context, stacks.0, EventKind::GoTransition(transition));
        Ok(Some(context))
    }

    pub(super) fn add_goroutine(
        &mut self,
        candidate: &Candidate<'_>,
        goroutine: GoId,
        status: GoStatus,
    ) -> Result<Bound<GoId>, Rule> {
        if self.goroutines.find(goroutine).is_some() {
            return Err(Rule::GoCreateExists);
        }
        Ok(self.goroutines.add(Goroutine::new(goroutine, status, candidate.sequence(0))))
    }

    pub(super) fn go_start(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [goroutine, number, ..] = *candidate.args;
        let (goroutine, sequence) = (GoId(goroutine), candidate.sequence(number));
        let is_due =
            |known: &Goroutine| known.status == GoStatus::Runnable && sequence.succeeds(known.sequence);
        let Some((bound, known)) = self.goroutines.find(goroutine).filter(|(_, known)| is_due(known)) else {
            return Ok(None);
        };
        context.check(Needs::FREE_OF_GOROUTINE)?;
        (known.status, known.sequence) = (GoStatus::Running, sequence);
        self.emit_go(candidate, context, goroutine, GoState::Runnable, GoState::Running);
        Ok(Some(Context { goroutine: bound, ..context }))
    }

    pub(super) fn go_unblock(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        let [goroutine, number, stack, _] = *candidate.args;
        let (goroutine, sequence) = (GoId(goroutine), candidate.sequence(number));
        let is_due =
            |known: &Goroutine| known.status == GoStatus::Waiting && sequence.succeeds(known.sequence);
        let Some((_, known)) = self.goroutines.find(goroutine).filter(|(_, known)| is_due(known)) else {
            return Ok(None);
        };
        // Anyone may unblock a goroutine, even without a thread.
        (known.status, known.sequence) = (GoStatus::Runnable, sequence);
        let kind = EventKind::GoTransition(transition(goroutine, GoState::Waiting, GoState::Runnable));
        self.emit(candidate, context, candidate.stack(stack)?, kind);
        Ok(Some(context))
    }

    pub(super) fn go_destroy(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.running(context)?;
        self.goroutines.remove(context.goroutine.id, Goroutine::gone());
        self.emit_go(candidate, context, context.goroutine.id, GoState::Running, GoState::NotExist);
        Ok(Some(Context { goroutine: NOBODY, ..context }))
    }

    pub(super) fn go_stop(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.running(context)?.status = GoStatus::Runnable;
        self.emit_leave(candidate, context, GoState::Runnable)
    }

    pub(super) fn go_block(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.running(context)?.status = GoStatus::Waiting;
        self.emit_leave(candidate, context, GoState::Waiting)
    }

    /// The goroutine of the context, which has to run: what it does itself is always due.
    pub(super) fn running(&mut self, context: Context) -> Result<&mut Goroutine, Rule> {
        context.check(Needs::RUNNING)?;
        let goroutine = self.goroutines.get(context.goroutine).ok_or(Rule::GoUnknown)?;
        if goroutine.status == GoStatus::Running { Ok(goroutine) } else { Err(Rule::GoNotRunning) }
    }

    /// The running goroutine leaves the thread, for a reason.
    fn emit_leave(&mut self, candidate: &Candidate<'_>, context: Context, to: GoState) -> Outcome {
        let [reason, stack, ..] = *candidate.args;
        let (stack, reason) = (candidate.stack(stack)?, candidate.string(reason)?);
        let transition = transition(context.goroutine.id, GoState::Running, to);
        self.emit(
            candidate,
            context,
            stack,
            EventKind::GoTransition(GoTransition { reason, stack, ..transition }),
        );
        Ok(Some(Context { goroutine: NOBODY, ..context }))
    }

    /// The running goroutine hands over to one that waits, and waits itself.
    pub(super) fn go_switch(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.running(context)?;
        let Some(next) = self.switch_to(candidate) else { return Ok(None) };
        if let Some(current) = self.goroutines.get(context.goroutine) {
            current.status = GoStatus::Waiting;
        }
        self.emit_switch(candidate, context, next, GoState::Waiting)
    }

    /// The running goroutine hands over to one that waits, and ends.
    pub(super) fn go_switch_destroy(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        self.running(context)?;
        let Some(next) = self.switch_to(candidate) else { return Ok(None) };
        self.goroutines.remove(context.goroutine.id, Goroutine::gone());
        self.emit_switch(candidate, context, next, GoState::NotExist)
    }

    /// Starts the goroutine that is switched to, if it waits and this is its turn.
    fn switch_to(&mut self, candidate: &Candidate<'_>) -> Option<Bound<GoId>> {
        let [goroutine, number, ..] = *candidate.args;
        let sequence = candidate.sequence(number);
        let (bound, next) = self.goroutines.find(GoId(goroutine))?;
        if next.status != GoStatus::Waiting || !sequence.succeeds(next.sequence) {
            return None;
        }
        (next.status, next.sequence) = (GoStatus::Running, sequence);
        Some(bound)
    }

    /// A switch is three events: one goroutine is unblocked, the other leaves, the first one starts.
    fn emit_switch(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        next: Bound<GoId>,
        left: GoState,
    ) -> Outcome {
        let after = Context { goroutine: NOBODY, ..context };
        self.emit_go(candidate, context, next.id, GoState::Waiting, GoState::Runnable);
        self.emit_go(candidate, context, context.goroutine.id, GoState::Running, left);
        self.emit_go(candidate, after, next.id, GoState::Runnable, GoState::Running);
        Ok(Some(Context { goroutine: next, ..context }))
    }

    /// Emits a transition without reason or stack.
    pub(super) fn emit_go(
        &mut self,
        candidate: &Candidate<'_>,
        context: Context,
        goroutine: GoId,
        from: GoState,
        to: GoState,
    ) {
        let kind = EventKind::GoTransition(transition(goroutine, from, to));
        self.emit(candidate, context, StackId::NONE, kind);
    }
}
