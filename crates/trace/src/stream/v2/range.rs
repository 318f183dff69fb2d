//! Garbage collection and stopping the world: ranges of time of the program, a proc, or a goroutine.

use super::V2;
use crate::{
    event::{EventKind, Range, RangeKind, Scope, Swept},
    event_id as id,
    id::{GoId, ProcId},
    stream::output::Output,
    tables::{StackId, StringId},
};

const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

const fn sweep(proc: ProcId) -> Range {
    Range { kind: RangeKind::Sweep, scope: Scope::Proc(proc) }
}

const fn assist(goroutine: GoId) -> Range {
    Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(goroutine) }
}

/// Where the stack of a range that begins is in the arguments.
const fn stack_place(event: u8) -> Option<usize> {
    match event {
        id::GC_SWEEP_BEGIN | id::GC_MARK_ASSIST_BEGIN => Some(0),
        id::STW_BEGIN | id::GC_BEGIN => Some(1),
        _ => None,
    }
}

impl V2 {
    pub(super) fn range(&mut self, event: u8, args: &[u64; 4], out: &mut Output<'_>) {
        let [first, second, ..] = *args;
        let (proc, goroutine) = (self.worker.proc, self.worker.goroutine);
        let kind = match event {
            id::STW_BEGIN => {
                self.worker.stop_reason = out.tables.string_id(first);
                EventKind::RangeBegin(self.stop())
            }
            id::STW_END => {
                let stop = self.stop();
                self.worker.stop_reason = StringId::EMPTY;
                EventKind::RangeEnd(stop, None)
            }
            id::GC_ACTIVE => EventKind::RangeActive(MARK),
            id::GC_BEGIN => EventKind::RangeBegin(MARK),
            id::GC_END => EventKind::RangeEnd(MARK, None),
            id::GC_SWEEP_ACTIVE => EventKind::RangeActive(sweep(ProcId(first))),
            id::GC_SWEEP_BEGIN => EventKind::RangeBegin(sweep(proc)),
            id::GC_SWEEP_END => {
                EventKind::RangeEnd(sweep(proc), Some(Swept { swept: first, reclaimed: second }))
            }
            id::GC_MARK_ASSIST_ACTIVE => EventKind::RangeActive(assist(GoId(first))),
            id::GC_MARK_ASSIST_BEGIN => EventKind::RangeBegin(assist(goroutine)),
            _ => EventKind::RangeEnd(assist(goroutine), None),
        };
        let stack = stack_place(event).map_or(StackId::NONE, |place| out.tables.stack_id(args[place]));
        self.emit(stack, kind, out);
    }

    /// The stop of the world that the thread began.
    fn stop(&self) -> Range {
        let kind = RangeKind::StopTheWorld(self.worker.stop_reason);
        Range { kind, scope: Scope::Goroutine(self.worker.goroutine) }
    }
}
