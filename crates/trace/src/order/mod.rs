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
            9 => self.procs_change(candidate, context),
            10 => self.proc_start(candidate, context),
            11 => self.proc_stop(candidate, context),
            12 => self.proc_steal(candidate, context),
            13 => self.proc_status(candidate, context),
            14 => self.go_create(candidate, context, state::GoStatus::Runnable),
            15 => self.go_create_syscall(candidate, context),
            16 => self.go_start(candidate, context),
            17 => self.go_destroy(candidate, context),
            18 => self.go_destroy_syscall(candidate, context),
            19 => self.go_stop(candidate, context),
            20 => self.go_block(candidate, context),
            21 => self.go_unblock(candidate, context),
            22 => self.syscall_begin(candidate, context),
            23 => self.syscall_end(candidate, context),
            24 => self.syscall_end_blocked(candidate, context),
            25 | 48 => self.go_status(candidate, context),
            26 => self.stw_begin(candidate, context),
            27 => self.stw_end(candidate, context),
            28 => self.gc_active(candidate, context),
            29 => self.gc_begin(candidate, context),
            30 => self.gc_end(candidate, context),
            31 => self.sweep_active(candidate, context),
            32 => self.sweep_begin(candidate, context),
            33 => self.sweep_end(candidate, context),
            34 => self.assist_active(candidate, context),
            35 => self.assist_begin(candidate, context),
            36 => self.assist_end(candidate, context),
            37 => self.heap_alloc(candidate, context),
            38 => self.heap_goal(candidate, context),
            39 => self.label(candidate, context),
            40 => self.task_begin(candidate, context),
            41 => self.task_end(candidate, context),
            42 => self.region_begin(candidate, context),
            43 => self.region_end(candidate, context),
            44 => self.log(candidate, context),
            45 => self.go_switch(candidate, context),
            46 => self.go_switch_destroy(candidate, context),
            47 => self.go_create(candidate, context, state::GoStatus::Waiting),
            128..=136 => self.experimental(candidate, context),
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
