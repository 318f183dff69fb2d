//! The scheduler model: in which order the events of different threads can have happened.
//!
//! Each thread's events are in order, but the clocks of threads disagree by a little. What decides is
//! whether the scheduler could have done what an event says: a goroutine starts only once it is runnable,
//! and only in its turn, which sequence numbers tell. [`Order::advance`] has three answers: the event has
//! happened, it can't have happened yet (then other threads go first), or it breaks a [`Rule`], and the
//! trace is broken.
//!
//! Events are filed by what they are about, a file a subject. Each handler decides "can it be now?", then
//! checks what must hold, then changes the state, then emits.
//!
//! Source: Go 1.27.3 `internal/trace/order.go`.

mod annotation;
mod context;
pub(crate) mod frontier;
mod gc;
mod goroutine;
mod proc;
pub(crate) mod rule;
mod state;
mod supply;
mod syscall;

use rustc_hash::FxHashMap;

use crate::{
    event::{Event, EventKind},
    event_id,
    generation::Generation,
    id::{GoId, ProcId, TaskId, ThreadId},
    tables::{StackId, StringId},
    time::TraceTime,
};
use context::Context;
use rule::Rule;
use state::{Bound, Goroutine, Proc, Sequence, States, Thread};

/// The state of the scheduler, as far as the trace has told.
#[derive(Debug, Default)]
pub(crate) struct Order {
    goroutines: States<Goroutine>,
    procs: States<Proc>,
    threads: States<Thread>,
    tasks: FxHashMap<TaskId, (StringId, TaskId)>,
    gc: gc::Gc,
    /// The first generation that was seen: what it tells of may have begun before the trace.
    first_generation: u64,
    /// What has happened and was not asked for yet: the events behind the first `taken`.
    events: Vec<Event>,
    taken: usize,
}

/// An event of a thread that is waiting for its turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) id: u8,
    pub(crate) time: TraceTime,
    /// The arguments, the time apart. A reference, because copying them stalls the processor.
    pub(crate) args: &'a [u64; 4],
    pub(crate) generation: &'a Generation,
}

/// A thread, and where its state is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoundThread(Bound<ThreadId>);

impl BoundThread {
    /// Whether it is known where the state is.
    pub(crate) fn is_placed(self) -> bool {
        self.0.is_placed()
    }

    pub(crate) fn id(self) -> ThreadId {
        self.0.id
    }
}

/// Whether an event can have happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Advanced,
    NotYet,
}

/// What a handler says: where the thread is afterwards, or that the event is not due yet.
type Outcome = Result<Option<Context>, Rule>;

impl Candidate<'_> {
    fn sequence(&self, number: u64) -> Sequence {
        Sequence { generation: self.generation.number, number }
    }

    fn string(&self, number: u64) -> Result<StringId, Rule> {
        self.generation.string(number).ok_or(Rule::UnknownString)
    }

    fn stack(&self, number: u64) -> Result<StackId, Rule> {
        self.generation.stack(number).ok_or(Rule::UnknownStack)
    }
}

impl Order {
    /// Takes the event of a thread, if it can have happened by now. Then [`Self::next`] has it.
    #[inline]
    pub(crate) fn advance(&mut self, candidate: &Candidate<'_>, thread: BoundThread) -> Result<Step, Rule> {
        if self.first_generation == 0 {
            self.first_generation = candidate.generation.number;
        }
        if self.is_empty() {
            self.start_over();
        }
        let context = self.context(thread.0);
        let Some(after) = self.dispatch(candidate, context)? else { return Ok(Step::NotYet) };
        if let Some(state) = self.threads.get(thread.0) {
            (state.goroutine, state.proc) = (after.goroutine, after.proc);
        }
        Ok(Step::Advanced)
    }

    /// The thread of a cursor. A thread that was never seen is nowhere, until its first event.
    pub(crate) fn bind(&mut self, thread: ThreadId) -> BoundThread {
        BoundThread(self.threads.find(thread).map_or(Bound::somewhere(thread), |(bound, _)| bound))
    }

    /// Whether nothing has happened that was not asked for.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.taken == self.events.len()
    }

    /// The next event that has happened.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<&mut Event> {
        self.taken += 1;
        self.events.get_mut(self.taken - 1)
    }

    /// Adds an event that is not the scheduler's.
    pub(crate) fn push(&mut self, event: Event) {
        self.start_over();
        self.events.push(event);
    }

    /// Forgets the events that were asked for.
    #[inline]
    fn start_over(&mut self) {
        self.events.clear();
        self.taken = 0;
    }

    /// Where a thread is.
    #[inline]
    fn context(&mut self, thread: Bound<ThreadId>) -> Context {
        match self.threads.get(thread) {
            Some(state) => Context { thread: thread.id, goroutine: state.goroutine, proc: state.proc },
            None => self.first_context(thread.id),
        }
    }

    #[cold]
    fn first_context(&mut self, thread: ThreadId) -> Context {
        let (goroutine, proc) = (Bound::somewhere(GoId::NONE), Bound::somewhere(ProcId::NONE));
        if thread.is_some() {
            self.threads.add(Thread { id: thread, goroutine, proc });
        }
        Context { thread, goroutine, proc }
    }

    fn dispatch(&mut self, candidate: &Candidate<'_>, context: Context) -> Outcome {
        match candidate.id {
            event_id::PROCS_CHANGE => self.procs_change(candidate, context),
            event_id::PROC_START => self.proc_start(candidate, context),
            event_id::PROC_STOP => self.proc_stop(candidate, context),
            event_id::PROC_STEAL => self.proc_steal(candidate, context),
            event_id::PROC_STATUS => self.proc_status(candidate, context),
            event_id::GO_CREATE => self.go_create(candidate, context, state::GoStatus::Runnable),
            event_id::GO_CREATE_SYSCALL => self.go_create_syscall(candidate, context),
            event_id::GO_START => self.go_start(candidate, context),
            event_id::GO_DESTROY => self.go_destroy(candidate, context),
            event_id::GO_DESTROY_SYSCALL => self.go_destroy_syscall(candidate, context),
            event_id::GO_STOP => self.go_stop(candidate, context),
            event_id::GO_BLOCK => self.go_block(candidate, context),
            event_id::GO_UNBLOCK => self.go_unblock(candidate, context),
            event_id::GO_SYSCALL_BEGIN => self.syscall_begin(candidate, context),
            event_id::GO_SYSCALL_END => self.syscall_end(candidate, context),
            event_id::GO_SYSCALL_END_BLOCKED => self.syscall_end_blocked(candidate, context),
            event_id::GO_STATUS | event_id::GO_STATUS_STACK => self.go_status(candidate, context),
            event_id::STW_BEGIN => self.stw_begin(candidate, context),
            event_id::STW_END => self.stw_end(candidate, context),
            event_id::GC_ACTIVE => self.gc_active(candidate, context),
            event_id::GC_BEGIN => self.gc_begin(candidate, context),
            event_id::GC_END => self.gc_end(candidate, context),
            event_id::GC_SWEEP_ACTIVE => self.sweep_active(candidate, context),
            event_id::GC_SWEEP_BEGIN => self.sweep_begin(candidate, context),
            event_id::GC_SWEEP_END => self.sweep_end(candidate, context),
            event_id::GC_MARK_ASSIST_ACTIVE => self.assist_active(candidate, context),
            event_id::GC_MARK_ASSIST_BEGIN => self.assist_begin(candidate, context),
            event_id::GC_MARK_ASSIST_END => self.assist_end(candidate, context),
            event_id::HEAP_ALLOC => self.heap_alloc(candidate, context),
            event_id::HEAP_GOAL => self.heap_goal(candidate, context),
            event_id::GO_LABEL => self.label(candidate, context),
            event_id::USER_TASK_BEGIN => self.task_begin(candidate, context),
            event_id::USER_TASK_END => self.task_end(candidate, context),
            event_id::USER_REGION_BEGIN => self.region_begin(candidate, context),
            event_id::USER_REGION_END => self.region_end(candidate, context),
            event_id::USER_LOG => self.log(candidate, context),
            event_id::GO_SWITCH => self.go_switch(candidate, context),
            event_id::GO_SWITCH_DESTROY => self.go_switch_destroy(candidate, context),
            event_id::GO_CREATE_BLOCKED => self.go_create(candidate, context, state::GoStatus::Waiting),
            event_id::SPAN..=event_id::GOROUTINE_STACK_FREE => self.experimental(candidate, context),
            _ => Err(Rule::UnexpectedEvent),
        }
    }

    fn is_first(&self, candidate: &Candidate<'_>) -> bool {
        candidate.generation.number == self.first_generation
    }

    /// Emits an event that happened in `context`.
    #[inline]
    fn emit(&mut self, candidate: &Candidate<'_>, context: Context, stack: StackId, kind: EventKind) {
        self.events.push(Event {
            time: candidate.time,
            thread: context.thread,
            proc: context.proc.id,
            goroutine: context.goroutine.id,
            stack,
            kind,
        });
    }
}
