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

mod ahead;
mod annotation;
mod block;
mod blocked;
mod conditions;
mod context;
mod cursor;
mod fast;
mod frontier;
mod gc;
mod goroutine;
pub(crate) mod merge;
pub(crate) mod misfit;
mod proc;
mod rest;
pub(crate) mod rule;
pub(crate) mod state;
mod supply;
mod syscall;

use foldhash::HashMap;
use goscope_wire::{EventId, FormatVersion, MAX_ARGS, Numbers, Table};

use crate::{
    chunk::Chunk,
    event::{EventKind, Region},
    event_id,
    generation::Generation,
    id::{GoId, ProcId, TaskId, ThreadId},
    places::{ById, Named},
    tables::{StackId, StringId},
    time::TraceTime,
};
use block::{Decoded, Op};
use goroutine::{BLOCKED, STOPPED};
use misfit::Misfit;
use rule::Rule;
use state::{GoStatus, Goroutine, Proc, Sequence, States, Thread};

/// The state of the scheduler, as far as the trace has told, and what has happened.
#[derive(Debug)]
pub(crate) struct Order {
    goroutines: States<Goroutine>,
    procs: States<Proc>,
    threads: States<Thread>,
    shared: Box<Shared>,
    tasks: ById<OpenTask>,
    gc: gc::Gc,
    /// The first region that did not end as it should since this was taken.
    pub(crate) misfit: Option<Misfit>,
    /// The first generation with an event: what it tells of may have begun before the trace.
    first_generation: u64,
    /// The events that have happened.
    pub(crate) out: Chunk,
}

/// The threads of goroutines and procs that may be on several at once: because statuses contradict each other, an abandoned
/// proc was taken, or events were left out.
#[derive(Default, Debug)]
struct Shared {
    goroutines: HashMap<GoId, Vec<ThreadPlace>>,
    procs: HashMap<ProcId, Vec<ThreadPlace>>,
}

/// A task that has not ended: what its end does not tell.
#[derive(Debug)]
struct OpenTask {
    id: TaskId,
    parent: TaskId,
    name: StringId,
}

impl Named for OpenTask {
    fn id(&self) -> u64 {
        self.id.0
    }
}

/// An event of a thread that is waiting for its turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) id: u8,
    pub(crate) time: TraceTime,
    pub(crate) thread: ThreadPlace,
    pub(crate) generation: &'a Generation,
}

/// Where the state of a thread is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ThreadPlace(u32);

impl ThreadPlace {
    /// No thread.
    const NONE: Self = Self(u32::MAX);
}

/// The arguments of an event, the time apart, decoded as they are asked for. A [`Block`](block::Block) has looked
/// that they are there.
struct Args<'a>(Numbers<'a>);

/// Whether an event can have happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Advanced,
    NotYet,
}

/// What a handler says.
type Outcome = Result<Step, Rule>;

impl<'a> Args<'a> {
    /// Those at a place of the generation's bytes.
    fn at(place: u64, generation: &'a Generation) -> Self {
        Self(Numbers::new(&generation.bytes, place as usize))
    }

    /// The next arguments.
    #[inline(always)]
    fn take<const N: usize>(&mut self) -> [u64; N] {
        self.0.args().unwrap_or([0; N])
    }

    /// All arguments of an event of which only its row of the format knows how many they are.
    fn take_all(&mut self, id: u8) -> [u64; MAX_ARGS - 1] {
        let spec = Table::of(FormatVersion::NEWEST).get(EventId(id));
        let mut args = [0; MAX_ARGS - 1];
        for arg in args.iter_mut().take(spec.map_or(0, |spec| spec.args.len() - 1)) {
            [*arg] = self.take();
        }
        args
    }
}

impl Region {
    /// The region of a task, with a name by its number among the strings of the trace.
    fn of(task: u64, name: u32) -> Self {
        Self { task: TaskId(task), name: StringId(name) }
    }
}

impl Candidate<'_> {
    #[inline(always)]
    fn sequence(&self, number: u64) -> Sequence {
        Sequence { generation: self.generation.number, number }
    }

    #[inline(always)]
    fn string(&self, number: u64) -> Result<StringId, Rule> {
        self.generation.string(number).ok_or(Rule::UnknownString)
    }

    #[inline(always)]
    fn stack(&self, number: u64) -> Result<StackId, Rule> {
        self.generation.stack(number).ok_or(Rule::UnknownStack)
    }
}

/// Calls the handler of an event with its arguments: a row for each event, with the arguments that it has.
macro_rules! handle {
    (
        $order:ident, $event:ident, $args:ident;
        $($id:ident => $handler:ident [$($arg:ident),*],)*
        _ => $other:expr,
    ) => {
        match $event.id {
            $(event_id::$id => {
                let [$($arg),*] = $args.take();
                $order.$handler($event, $($arg),*)
            })*
            _ => $other,
        }
    };
}

impl Order {
    /// Before the first event.
    pub(crate) fn new() -> Self {
        Self {
            goroutines: States::default(),
            procs: States::default(),
            threads: States::default(),
            shared: Box::default(),
            tasks: ById::default(),
            gc: gc::Gc::default(),
            misfit: None,
            first_generation: 0,
            out: Chunk::new(TraceTime::default()),
        }
    }

    /// Forgets all but what has happened: the next generation is a new beginning.
    pub(crate) fn start_over(&mut self) {
        let out = std::mem::replace(&mut self.out, Chunk::new(TraceTime::default()));
        *self = Self { out, ..Self::new() };
    }

    /// Finds the state of a thread, which is that of one of which nothing is known where it is new.
    pub(crate) fn bind(&mut self, thread: ThreadId) -> ThreadPlace {
        let place = match self.threads.find(thread) {
            Some((bound, _)) => bound.place,
            None => self.threads.add(Thread::new(thread)).place,
        };
        ThreadPlace(place)
    }

    /// Notes that an event of a thread has its turn. Returns whether the next one may follow without that: what
    /// happens on no thread leaves nothing behind.
    #[inline]
    pub(crate) fn turn_to(&mut self, place: ThreadPlace, generation: &Generation) -> bool {
        if self.first_generation == 0 {
            self.first_generation = generation.number;
        }
        let thread = self.threads.at(place.0);
        match thread.id.is_some() {
            true => thread.is_known = true,
            false => *thread = Thread::new(ThreadId::NONE),
        }
        thread.is_known
    }

    /// Takes an event, if it can have happened by now. Then it is in [`Self::out`].
    ///
    /// [`Self::take_plain`] does the same for nine of ten events, and needs the registers.
    #[inline(never)]
    pub(crate) fn advance(
        &mut self,
        event: &Decoded,
        thread: ThreadPlace,
        generation: &Generation,
    ) -> Outcome {
        let Decoded { time, subject, number, stack, op } = *event;
        let event = Candidate { id: number as u8, time, thread, generation };
        match op {
            Op::GoStart => self.go_start(&event, subject, u64::from(number)),
            Op::GoUnblock => self.unblock(&event, subject, u64::from(number), || Ok(stack)),
            Op::GoBlock => self.leave(&event, BLOCKED, || Ok((stack, StringId(number)))),
            Op::GoStop => self.leave(&event, STOPPED, || Ok((stack, StringId(number)))),
            Op::GoCreate => {
                let stacks = || Ok((stack, StackId(number)));
                self.create(&event, GoId(subject), GoStatus::Runnable, stacks)
            }
            Op::GoDestroy => self.go_destroy(&event),
            Op::GoSwitch => self.go_switch(&event, subject, u64::from(number)),
            Op::SyscallBegin => self.begin_syscall(&event, u64::from(number), || Ok(stack)),
            Op::SyscallEnd => self.syscall_end(&event),
            Op::HeapAlloc => self.heap_alloc(&event, subject),
            Op::RegionBegin => self.begin_region(&event, Region::of(subject, number), stack),
            Op::RegionEnd => self.end_region(&event, Region::of(subject, number), stack),
            Op::Other => self.advance_rare(&event, subject),
        }
    }

    /// Takes an event whose arguments are at a place of the generation's bytes.
    fn advance_rare(&mut self, event: &Candidate<'_>, place: u64) -> Outcome {
        let args = &mut Args::at(place, event.generation);
        handle! { self, event, args;
            GO_START => go_start[goroutine, number],
            GO_UNBLOCK => go_unblock[goroutine, number, stack],
            GO_BLOCK => go_block[reason, stack],
            GO_STOP => go_stop[reason, stack],
            GO_CREATE => go_create[goroutine, new_stack, stack],
            GO_CREATE_BLOCKED => go_create_blocked[goroutine, new_stack, stack],
            GO_CREATE_SYSCALL => go_create_syscall[goroutine],
            GO_DESTROY => go_destroy[],
            GO_DESTROY_SYSCALL => go_destroy_syscall[],
            GO_SYSCALL_BEGIN => syscall_begin[number, stack],
            GO_SYSCALL_END => syscall_end[],
            GO_SYSCALL_END_BLOCKED => syscall_end_blocked[],
            GO_STATUS => go_status[goroutine, thread, status],
            GO_STATUS_STACK => go_status_stack[goroutine, thread, status, stack],
            GO_SWITCH => go_switch[goroutine, number],
            GO_SWITCH_DESTROY => go_switch_destroy[goroutine, number],
            PROC_START => proc_start[proc, number],
            PROC_STOP => proc_stop[],
            PROC_STEAL => proc_steal[proc, number, owner],
            PROC_STATUS => proc_status[proc, status],
            STW_BEGIN => stw_begin[reason, stack],
            STW_END => stw_end[],
            GC_ACTIVE => gc_active[sequence],
            GC_BEGIN => gc_begin[sequence, stack],
            GC_END => gc_end[sequence],
            GC_SWEEP_ACTIVE => sweep_active[proc],
            GC_SWEEP_BEGIN => sweep_begin[stack],
            GC_SWEEP_END => sweep_end[swept, reclaimed],
            GC_MARK_ASSIST_ACTIVE => assist_active[goroutine],
            GC_MARK_ASSIST_BEGIN => assist_begin[stack],
            GC_MARK_ASSIST_END => assist_end[],
            PROCS_CHANGE => procs_change[count, stack],
            HEAP_ALLOC => heap_alloc[bytes],
            HEAP_GOAL => heap_goal[bytes],
            GO_LABEL => label[label],
            USER_TASK_BEGIN => task_begin[task, parent, name, stack],
            USER_TASK_END => task_end[task, stack],
            USER_REGION_BEGIN => region_begin[task, name, stack],
            USER_REGION_END => region_end[task, name, stack],
            USER_LOG => log[task, category, message, stack],
            _ => {
                let args = args.take_all(event.id);
                match event.id {
                    event_id::SPAN..=event_id::GOROUTINE_STACK_FREE => self.experimental(event, args),
                    _ => Err(Rule::UnexpectedEvent),
                }
            },
        }
    }

    /// The thread of an event, with what it has before the event.
    #[inline(always)]
    fn thread(&mut self, event: &Candidate<'_>) -> &mut Thread {
        self.threads.at(event.thread.0)
    }

    fn is_first(&self, event: &Candidate<'_>) -> bool {
        event.generation.number == self.first_generation
    }

    /// Emits an event that happened on its thread.
    #[inline(always)]
    fn emit(&mut self, event: &Candidate<'_>, stack: StackId, kind: EventKind) {
        let thread = self.threads.at(event.thread.0);
        self.out.push(thread.event(event.time, stack, kind));
    }
}
