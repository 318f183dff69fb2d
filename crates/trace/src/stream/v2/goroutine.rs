//! Goroutines: most events say by themselves where a goroutine comes from and goes to.

use super::V2;
use crate::{
    event::{EventKind, GoState, GoTransition},
    event_id as id,
    id::{GoId, ThreadId},
    order::rule::Rule,
    stream::{
        go_seq::GoSeq,
        item::StreamTime,
        output::{Context, Output},
    },
    tables::{StackId, StringId},
};

/// Whose state an event changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// That of the goroutine at work.
    Own,
    /// That of the goroutine that it names first.
    Named,
}

/// What that means for the thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The same goroutine is at work.
    Same,
    /// The goroutine is at work from now on.
    Comes,
    /// It leaves the thread.
    Leaves,
}

/// Where in the arguments something is.
type Place = Option<u8>;

/// What a type says.
#[derive(Clone, Copy)]
struct Move {
    who: Who,
    from: GoState,
    to: GoState,
    then: Then,
    /// Why.
    reason: Place,
    /// The stack of what happens.
    stack: Place,
    /// The stack of the goroutine whose state changes.
    own_stack: Place,
}

const fn bare(who: Who, from: GoState, to: GoState, then: Then) -> Move {
    Move { who, from, to, then, reason: None, stack: None, own_stack: None }
}

const fn create(to: GoState) -> Move {
    Move { stack: Some(2), own_stack: Some(1), ..bare(Who::Named, GoState::NotExist, to, Then::Same) }
}

const fn leave(to: GoState) -> Move {
    let stack = Some(1);
    Move { reason: Some(0), stack, own_stack: stack, ..bare(Who::Own, GoState::Running, to, Then::Leaves) }
}

const CREATE_IN_SYSCALL: Move = bare(Who::Named, GoState::NotExist, GoState::Syscall, Then::Comes);
const START: Move = bare(Who::Named, GoState::Runnable, GoState::Running, Then::Comes);
const END: Move = bare(Who::Own, GoState::Running, GoState::NotExist, Then::Leaves);
const END_IN_SYSCALL: Move = bare(Who::Own, GoState::Syscall, GoState::NotExist, Then::Leaves);
const UNBLOCK: Move =
    Move { stack: Some(2), ..bare(Who::Named, GoState::Waiting, GoState::Runnable, Then::Same) };
const CALL: Move = Move {
    stack: Some(1),
    own_stack: Some(1),
    ..bare(Who::Own, GoState::Running, GoState::Syscall, Then::Same)
};
const RETURN: Move = bare(Who::Own, GoState::Syscall, GoState::Running, Then::Same);
const RETURN_BLOCKED: Move = bare(Who::Own, GoState::Syscall, GoState::Runnable, Then::Leaves);

const ROWS: &[(u8, Move)] = &[
    (id::GO_CREATE, create(GoState::Runnable)),
    (id::GO_CREATE_BLOCKED, create(GoState::Waiting)),
    (id::GO_CREATE_SYSCALL, CREATE_IN_SYSCALL),
    (id::GO_START, START),
    (id::GO_DESTROY, END),
    (id::GO_DESTROY_SYSCALL, END_IN_SYSCALL),
    (id::GO_STOP, leave(GoState::Runnable)),
    (id::GO_BLOCK, leave(GoState::Waiting)),
    (id::GO_UNBLOCK, UNBLOCK),
    (id::GO_SYSCALL_BEGIN, CALL),
    (id::GO_SYSCALL_END, RETURN),
    (id::GO_SYSCALL_END_BLOCKED, RETURN_BLOCKED),
];

/// By type.
static MOVES: [Option<Move>; 64] = {
    let mut moves = [None; 64];
    let mut row = 0;
    while row < ROWS.len() {
        moves[ROWS[row].0 as usize] = Some(ROWS[row].1);
        row += 1;
    }
    moves
};

impl Move {
    /// Which transition of the goroutine it is: what creates one begins the count, what may come from another thread
    /// has its number behind the goroutine's.
    #[inline]
    fn seq(&self, args: &[u64; 4]) -> GoSeq {
        match (self.who, self.from) {
            (Who::Named, GoState::NotExist) => GoSeq::of(0),
            (Who::Named, _) => GoSeq::of(args[1]),
            (Who::Own, _) => GoSeq::FOLLOWS,
        }
    }
}

/// The states of goroutines by their numbers in the file.
const STATES: [GoState; 5] =
    [GoState::Undetermined, GoState::Runnable, GoState::Running, GoState::Syscall, GoState::Waiting];

/// The number of a string or stack.
fn number(args: &[u64; 4], place: Place) -> u64 {
    place.map_or(0, |place| args[usize::from(place & 3)])
}

impl V2 {
    /// An event that says by itself what changes.
    pub(super) fn go_move(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        let Some(step) = &MOVES[usize::from(event & 63)] else { return };
        let goroutine = if step.who == Who::Own { self.worker.goroutine } else { GoId(args[0]) };
        // That the call has blocked says that the proc was taken.
        if event == id::GO_SYSCALL_END_BLOCKED {
            self.worker.lose_proc();
        }
        let stack = out.tables.stack_id(number(args, step.stack));
        let transition = GoTransition {
            goroutine,
            from: step.from,
            to: step.to,
            reason: out.tables.string_id(number(args, step.reason)),
            stack: out.tables.stack_id(number(args, step.own_stack)),
        };
        self.emit_go(step.seq(args), stack, transition, out);
        match step.then {
            Then::Same => {}
            Then::Comes => self.worker.goroutine = goroutine,
            Then::Leaves => self.worker.goroutine = GoId::NONE,
        }
        match event {
            id::GO_SYSCALL_BEGIN => self.worker.in_syscall = true,
            id::GO_SYSCALL_END => self.worker.in_syscall = false,
            // The thread may be gone, and its id another one's.
            id::GO_DESTROY_SYSCALL => self.worker.lose_track(),
            _ => {}
        }
    }

    /// The running goroutine hands over to one that waits: that one is unblocked, this one leaves, that one starts.
    pub(super) fn go_switch(&mut self, args: &[u64; 4], left: GoState, out: &mut Output<'_>) {
        let (current, next) = (self.worker.goroutine, GoId(args[0]));
        self.emit_step(GoSeq::of_switch(args[1]), next, GoState::Waiting, GoState::Runnable, out);
        self.emit_step(GoSeq::FOLLOWS, current, GoState::Running, left, out);
        self.worker.goroutine = GoId::NONE;
        self.emit_step(GoSeq::FOLLOWS, next, GoState::Runnable, GoState::Running, out);
        self.worker.goroutine = next;
    }

    fn emit_step(&self, seq: GoSeq, goroutine: GoId, from: GoState, to: GoState, out: &mut Output<'_>) {
        let (reason, stack) = (StringId::EMPTY, StackId::NONE);
        self.emit_go(seq, stack, GoTransition { goroutine, from, to, reason, stack }, out);
    }

    #[inline]
    fn emit_go(&self, go_seq: GoSeq, stack: StackId, transition: GoTransition, out: &mut Output<'_>) {
        let time = StreamTime { go_seq, ..self.clock.now() };
        out.event(time, self.worker.context(), stack, EventKind::GoTransition(transition));
    }

    /// A goroutine's status at the start of a generation, perhaps with its stack.
    pub(super) fn go_status(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        let [goroutine, thread, status, stack] = *args;
        let (goroutine, thread) = (GoId(goroutine), ThreadId(thread));
        let state = usize::try_from(status).ok().and_then(|status| STATES.get(status));
        let Some(to) = state.copied() else { return out.damage(Rule::GoStatusInvalid) };
        let from = if self.is_first { GoState::Undetermined } else { to };
        let mut context = self.worker.context();
        match to {
            GoState::Running => self.worker.goroutine = goroutine,
            GoState::Syscall => context = self.in_syscall(goroutine, thread),
            _ => {}
        }
        let stack = if event == id::GO_STATUS_STACK { out.tables.stack_id(stack) } else { StackId::NONE };
        let transition = GoTransition { goroutine, from, to, reason: StringId::EMPTY, stack };
        let time = StreamTime { go_seq: GoSeq::of(0), ..self.clock.now() };
        out.event(time, context, stack, EventKind::GoTransition(transition));
    }

    /// Binds a goroutine in a system call to its thread, which may be another than the one that tells. Returns
    /// where that happens, in the way of `Reader`.
    fn in_syscall(&mut self, goroutine: GoId, thread: ThreadId) -> Context {
        let context = self.worker.context();
        if thread == context.thread || !thread.is_some() {
            self.worker.goroutine = goroutine;
            return context;
        }
        let is_known = self.threads.tell(thread, goroutine);
        Context { thread, goroutine: if is_known { goroutine } else { context.goroutine }, ..context }
    }
}
