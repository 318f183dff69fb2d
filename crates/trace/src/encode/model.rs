//! What a reader of the output knows after each event: the states of goroutines, procs and threads, and who has whom.
//!
//! It is the model of [`order`](crate::order), seen from the other side: that one asks whether an event can have happened,
//! this one which record says so, and on which thread.

use foldhash::HashMap;

use super::syscall::Told;
use crate::{
    event::{GoState, ProcState},
    id::{GoId, ProcId, TaskId, ThreadId},
    order::state::{Bound, GoStatus, Keyed, More, ProcStatus, States},
    tables::{StackId, StringId},
};

/// The place of no thread.
pub(super) const NOWHERE: u32 = 0;
/// Threads and procs that the encoder makes up have ids from here on.
const MADE_UP: u64 = 1 << 30;

/// A goroutine.
#[derive(Debug)]
pub(super) struct Go {
    pub(super) id: GoId,
    pub(super) status: GoStatus,
    /// The number of the last event that has one, in the generation in which it was told.
    pub(super) sequence: u64,
    /// The generation in which its status was told last.
    pub(super) told: u32,
    /// The thread on which it runs or is in a system call, or [`NOWHERE`].
    pub(super) thread: u32,
    /// Whether it waits for nothing that could ever happen, which no status says: then it is as good as gone.
    pub(super) is_stuck: bool,
    /// What it was executing when that was told last.
    pub(super) stack: StackId,
    /// What few goroutines have.
    pub(super) more: Option<Box<More>>,
}

/// A proc.
#[derive(Debug)]
pub(super) struct Proc {
    pub(super) id: ProcId,
    pub(super) status: ProcStatus,
    pub(super) sequence: u64,
    pub(super) told: u32,
    /// The thread that has it, or [`NOWHERE`].
    pub(super) thread: u32,
    pub(super) sweeps: bool,
}

/// A thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) id: ThreadId,
    pub(super) proc: Bound<ProcId>,
    pub(super) goroutine: Bound<GoId>,
    /// The generation in which all that it has was known last.
    pub(super) told: u32,
}

/// Whether the garbage collector marks.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Marking {
    #[default]
    Unknown,
    Off,
    On,
}

/// All that is known.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) goroutines: States<Go>,
    pub(super) procs: States<Proc>,
    pub(super) threads: Vec<Thread>,
    places: HashMap<ThreadId, u32>,
    /// The thread that was asked for last.
    recent: (ThreadId, u32),
    pub(super) tasks: HashMap<TaskId, (StringId, TaskId)>,
    pub(super) marking: Marking,
    pub(super) mark_sequence: u64,
    made_up: u64,
    /// The proc that was told of last, if nothing has happened to it since.
    pub(super) told: Option<Told>,
}

pub(super) const NO_GO: Bound<GoId> = Bound::somewhere(GoId::NONE);
pub(super) const NO_PROC: Bound<ProcId> = Bound::somewhere(ProcId::NONE);

impl Go {
    pub(super) fn new(id: GoId, status: GoStatus, told: u32) -> Self {
        Self {
            id,
            status,
            sequence: 0,
            told,
            thread: NOWHERE,
            is_stuck: false,
            stack: StackId::NONE,
            more: None,
        }
    }

    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// The number of its next event that has one.
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

impl Proc {
    pub(super) fn new(id: ProcId, status: ProcStatus, told: u32) -> Self {
        Self { id, status, sequence: 0, told, thread: NOWHERE, sweeps: false }
    }

    /// The number of its next event that has one.
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

impl Thread {
    fn new(id: ThreadId) -> Self {
        Self { id, proc: NO_PROC, goroutine: NO_GO, told: 0 }
    }

    pub(super) fn has_proc(&self) -> bool {
        self.proc.id.is_some()
    }

    pub(super) fn has_goroutine(&self) -> bool {
        self.goroutine.id.is_some()
    }
}

impl Keyed for Go {
    type Id = GoId;

    fn id(&self) -> GoId {
        self.id
    }
}

impl Keyed for Proc {
    type Id = ProcId;

    fn id(&self) -> ProcId {
        self.id
    }
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            goroutines: States::default(),
            procs: States::default(),
            threads: vec![Thread::new(ThreadId::NONE)],
            places: HashMap::from_iter([(ThreadId::NONE, NOWHERE)]),
            recent: (ThreadId::NONE, NOWHERE),
            tasks: HashMap::default(),
            marking: Marking::Unknown,
            mark_sequence: 0,
            made_up: MADE_UP,
            told: None,
        }
    }

    /// The place of a thread, and whether it is new.
    #[inline]
    pub(super) fn place(&mut self, id: ThreadId) -> (u32, bool) {
        if self.recent.0 == id {
            return (self.recent.1, false);
        }
        let next = self.threads.len() as u32;
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.threads.push(Thread::new(id));
        }
        self.recent = (id, place);
        (place, place == next)
    }

    #[inline]
    pub(super) fn thread(&mut self, place: u32) -> &mut Thread {
        &mut self.threads[place as usize]
    }

    /// An id that nothing has.
    pub(super) fn make_up(&mut self) -> u64 {
        while self.places.contains_key(&ThreadId(self.made_up))
            || self.procs.find(ProcId(self.made_up)).is_some()
        {
            self.made_up += 1;
        }
        self.made_up += 1;
        self.made_up - 1
    }

    /// Puts a goroutine on a thread.
    pub(super) fn bind_go(&mut self, goroutine: Bound<GoId>, place: u32) {
        self.thread(place).goroutine = goroutine;
        if let Some(known) = self.goroutines.get(goroutine) {
            known.thread = place;
        }
    }

    /// Takes a goroutine from its thread. Returns it, if it is known.
    pub(super) fn unbind_go(&mut self, goroutine: Bound<GoId>) -> Option<&mut Go> {
        let Self { goroutines, threads, .. } = self;
        let known = goroutines.get(goroutine)?;
        let place = std::mem::replace(&mut known.thread, NOWHERE);
        threads[place as usize].goroutine = NO_GO;
        Some(known)
    }

    /// Gives a proc to a thread.
    pub(super) fn bind_proc(&mut self, proc: Bound<ProcId>, place: u32, status: ProcStatus) {
        self.forget_told(place);
        self.thread(place).proc = proc;
        if let Some(known) = self.procs.get(proc) {
            (known.thread, known.status) = (place, status);
        }
    }

    /// Takes a proc from its thread.
    pub(super) fn unbind_proc(&mut self, proc: Bound<ProcId>) {
        let Some(known) = self.procs.get(proc) else { return };
        known.status = ProcStatus::Idle;
        let place = std::mem::replace(&mut known.thread, NOWHERE);
        self.forget_told(place);
        self.thread(place).proc = NO_PROC;
    }

    /// What was told of the proc of a thread stays as it is.
    #[inline]
    pub(super) fn forget_told(&mut self, place: u32) {
        self.told = self.told.filter(|told| told.place != place);
    }

    /// The status of the goroutine of a thread, if it has one.
    pub(super) fn status_on(&mut self, place: u32) -> Option<GoStatus> {
        let goroutine = self.thread(place).goroutine;
        self.goroutines.get(goroutine).map(|goroutine| goroutine.status)
    }
}

/// The status in the file of a goroutine in this state; `None` of one that is not there or not known.
pub(super) fn go_status(state: GoState) -> Option<GoStatus> {
    match state {
        GoState::Undetermined | GoState::NotExist => None,
        GoState::Runnable => Some(GoStatus::Runnable),
        GoState::Running => Some(GoStatus::Running),
        GoState::Waiting => Some(GoStatus::Waiting),
        GoState::Syscall => Some(GoStatus::Syscall),
    }
}

/// The status in the file of a proc in this state; `None` of one that is not there or not known.
pub(super) fn proc_status(state: ProcState) -> Option<ProcStatus> {
    match state {
        ProcState::Undetermined | ProcState::NotExist => None,
        ProcState::Running => Some(ProcStatus::Running),
        ProcState::Idle => Some(ProcStatus::Idle),
    }
}
