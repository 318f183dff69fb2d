//! What is forgotten where the output begins in the middle of a trace: states that nothing can tell there.

use std::io::Write;

use super::{Encoder, model::Thread, output::MAX_THREADS};
use crate::order::state::{Bound, GoStatus, ProcStatus};

/// So many threads may be needed to tell of the others.
const SPARE: usize = 64;

impl<W: Write> Encoder<W> {
    pub(super) fn forget_odd(&mut self) {
        self.forget_stuck();
        self.forget_abandoned();
        self.forget_without_proc();
        self.forget_excess();
    }

    /// Goroutines that can't go on: no status says so, and if one does go on, it is news.
    fn forget_stuck(&mut self) {
        let stuck: Vec<_> = self.model.goroutines.iter().filter(|go| go.is_stuck).map(|go| go.id).collect();
        stuck.into_iter().for_each(|id| self.remove_go(Bound::somewhere(id)));
    }

    /// Who has abandoned a proc is of no interest any more: it is idle.
    fn forget_abandoned(&mut self) {
        for id in self.model.procs.iter().map(|proc| proc.id).collect::<Vec<_>>() {
            if let Some((_, proc)) = self.model.procs.find(id)
                && proc.status == ProcStatus::Abandoned
            {
                proc.status = ProcStatus::Idle;
            }
        }
    }

    /// What runs without a proc has been interrupted.
    fn forget_without_proc(&mut self) {
        let threads = &self.model.threads;
        let is_cut = |status, place: u32| status == GoStatus::Running && !threads[place as usize].has_proc();
        let goroutines = self.model.goroutines.iter().filter(|go| is_cut(go.status, go.thread));
        let ids: Vec<_> = goroutines.map(|go| go.id).collect();
        ids.into_iter().for_each(|id| self.leave(Bound::somewhere(id), GoStatus::Runnable));
    }

    /// No more threads run at the beginning than a generation may have: what the others have does not.
    fn forget_excess(&mut self) {
        let running = self.model.threads.iter().filter(|thread| thread.has_proc());
        let excess: Vec<Thread> = running.skip(MAX_THREADS - SPARE).copied().collect();
        for thread in excess {
            self.model.unbind_proc(thread.proc);
            self.leave(thread.goroutine, GoStatus::Runnable);
        }
    }
}
