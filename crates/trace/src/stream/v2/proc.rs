//! Procs: they start, stop, and are taken from threads that sit in system calls.
//!
//! Whose proc is taken, the event says; but that thread's own events may have been read already, or come later.
//! It learns of its loss from them: by then it returns from the call that blocked, or gets another proc.

use super::V2;
use crate::{
    event::{EventKind, ProcState, ProcTransition},
    id::{ProcId, ThreadId},
    order::rule::Rule,
    stream::{limits, output::Output},
    tables::StackId,
};

/// The states of procs by their numbers in the file. One that sits in a system call runs until it is taken, also
/// if nobody knows whose it is.
const STATES: [ProcState; 5] =
    [ProcState::Undetermined, ProcState::Running, ProcState::Idle, ProcState::Running, ProcState::Running];
/// The number of a proc that runs on the thread that tells.
const RUNNING: u64 = 1;
/// The number of one that the thread has in a system call.
const IN_SYSCALL: u64 = 3;

impl V2 {
    /// A proc's status at the start of a generation.
    pub(super) fn proc_status(&mut self, args: &[u64; 4], out: &mut Output<'_>) {
        let [proc, status, ..] = *args;
        let (proc, state) =
            (ProcId(proc), usize::try_from(status).ok().and_then(|status| STATES.get(status)));
        let Some(to) = state.copied() else { return out.damage(Rule::ProcStatusInvalid) };
        let from = match (self.is_new(proc), self.is_first) {
            (true, true) => ProcState::Undetermined,
            (true, false) => ProcState::NotExist,
            (false, _) => to,
        };
        self.emit_proc(proc, from, to, out);
        if matches!(status, RUNNING | IN_SYSCALL) {
            (self.worker.proc, self.worker.in_syscall) = (proc, status == IN_SYSCALL);
        }
    }

    fn is_new(&mut self, proc: ProcId) -> bool {
        self.procs.len() < limits::PROCS && self.procs.insert(proc)
    }

    pub(super) fn proc_start(&mut self, args: &[u64; 4], out: &mut Output<'_>) {
        self.worker.lose_proc();
        let proc = ProcId(args[0]);
        self.emit_proc(proc, ProcState::Idle, ProcState::Running, out);
        self.worker.proc = proc;
    }

    pub(super) fn proc_stop(&mut self, out: &mut Output<'_>) {
        self.emit_proc(self.worker.proc, ProcState::Running, ProcState::Idle, out);
        (self.worker.proc, self.worker.in_syscall) = (ProcId::NONE, false);
    }

    /// A thread takes the proc of another one, or its own, that sits in a system call.
    pub(super) fn proc_steal(&mut self, args: &[u64; 4], out: &mut Output<'_>) {
        let [proc, _, owner, _] = *args;
        // A thread that comes back from a system call takes another one's only if its own is gone.
        let is_own = ThreadId(owner) == self.worker.thread && ProcId(proc) == self.worker.proc;
        if !is_own {
            self.worker.lose_proc();
        }
        self.emit_proc(ProcId(proc), ProcState::Running, ProcState::Idle, out);
        self.worker.lose_proc();
    }

    fn emit_proc(&self, proc: ProcId, from: ProcState, to: ProcState, out: &mut Output<'_>) {
        self.emit(StackId::NONE, EventKind::ProcTransition(ProcTransition { proc, from, to }), out);
    }
}
