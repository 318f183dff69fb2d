//! Procs. The first event of each tells its status; the trace does not say that before.

use super::convert::{Converter, Source};
use crate::{
    event::{EventKind, ProcState, ProcTransition},
    id::ThreadId,
    tables::StackId,
};

impl Converter {
    pub(super) fn proc_start(&mut self, source: &mut Source<'_>) {
        self.threads[source.event.proc as usize] = ThreadId(source.event.args[0]);
        self.proc_to(source, ProcState::Idle, ProcState::Running);
    }

    pub(super) fn proc_stop(&mut self, source: &mut Source<'_>) {
        let proc = source.event.proc as usize;
        self.proc_to(source, ProcState::Running, ProcState::Idle);
        self.threads[proc] = ThreadId::NONE;
    }

    fn proc_to(&mut self, source: &mut Source<'_>, from: ProcState, to: ProcState) {
        let was_known = std::mem::replace(&mut self.is_known[source.event.proc as usize], true);
        let from = if was_known { from } else { ProcState::Undetermined };
        let transition = ProcTransition { proc: source.proc(), from, to };
        self.emit(source, StackId::NONE, EventKind::ProcTransition(transition));
    }
}
