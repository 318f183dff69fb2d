//! Procs: which goroutine runs on each, and which thread has it.

use foldhash::HashMap;

use super::{V1, V1Event};
use crate::{
    event::{EventKind, ProcState, ProcTransition},
    id::{ProcId, ThreadId},
    stream::{
        limits,
        output::{Context, Output},
    },
    tables::{StackId, StringId},
    upgrade::{kind, load::FIRST_PROCS},
};

/// A proc, as far as its events so far have told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proc {
    pub(super) id: ProcId,
    thread: ThreadId,
    /// Whether it was told of.
    pub(super) is_known: bool,
    /// The goroutine that runs there; 0 is none.
    pub(super) goroutine: u64,
    /// A system call that may yet block.
    pub(super) call: Option<Call>,
    /// Why the world was stopped there last.
    pub(super) stop_reason: StringId,
}

/// A system call: when it began, and who began it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) ticks: u64,
    pub(super) goroutine: u64,
    pub(super) context: Context,
}

/// The id of a proc that does not exist. Go's reader files under it what happens without a proc.
pub(super) fn fake_proc(place: u32) -> ProcId {
    ProcId(FIRST_PROCS[place as usize])
}

impl Proc {
    /// A proc of which nothing is known.
    pub(super) const fn of(id: ProcId) -> Self {
        let (thread, stop_reason) = (ThreadId::NONE, StringId::EMPTY);
        Self { id, thread, is_known: false, goroutine: 0, call: None, stop_reason }
    }

    /// Without a proc there is no thread.
    pub(super) fn thread(&self) -> ThreadId {
        if self.id.is_some() { self.thread } else { ThreadId::NONE }
    }

    pub(super) fn lose_track(&mut self) {
        *self = Self { is_known: self.is_known, ..Self::of(self.id) };
    }
}

#[derive(Default, Debug)]
pub(super) struct Procs(HashMap<ProcId, Proc>);

impl Procs {
    /// The proc, which may be new.
    pub(super) fn take(&mut self, id: ProcId) -> Proc {
        self.0.get(&id).copied().unwrap_or(Proc::of(id))
    }

    /// Keeps what is known of a proc, if there are not too many.
    pub(super) fn put(&mut self, proc: Proc) {
        if self.0.len() < limits::PROCS || self.0.contains_key(&proc.id) {
            self.0.insert(proc.id, proc);
        }
    }

    /// The system calls that have not ended, by the ids of their procs.
    pub(super) fn take_calls(&mut self) -> impl Iterator<Item = Call> {
        let mut procs: Vec<_> = std::mem::take(&mut self.0).into_values().collect();
        procs.sort_by_key(|proc| proc.id);
        procs.into_iter().filter_map(|proc| proc.call)
    }
}

impl V1 {
    /// The first event of a proc tells its status; the trace does not say that before.
    pub(super) fn proc_event(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let is_start = event.kind == kind::PROC_START;
        let (from, to) = if is_start {
            (ProcState::Idle, ProcState::Running)
        } else {
            (ProcState::Running, ProcState::Idle)
        };
        if is_start {
            self.proc.thread = ThreadId(event.args[0]);
        }
        let was_known = std::mem::replace(&mut self.proc.is_known, true);
        let from = if was_known { from } else { ProcState::Undetermined };
        let transition = ProcTransition { proc: self.proc.id, from, to };
        self.emit(event, StackId::NONE, EventKind::ProcTransition(transition), out);
        if !is_start {
            self.proc.thread = ThreadId::NONE;
        }
    }
}
