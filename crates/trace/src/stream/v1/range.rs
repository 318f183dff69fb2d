//! Garbage collection, stopping the world, and the heap.

use super::{V1, V1Event, at, proc::fake_proc};
use crate::{
    event::{EventKind, Metric, MetricName, Range, RangeKind, Scope, Swept},
    id::ThreadId,
    stream::output::{Context, Output},
    tables::{StackId, StringId},
    upgrade::{kind, load::fake},
};

const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

impl V1 {
    pub(super) fn range(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let [first, second, ..] = event.args;
        let goroutine = Scope::Goroutine(self.context(event).goroutine);
        let sweep = Range { kind: RangeKind::Sweep, scope: Scope::Proc(self.proc.id) };
        let assist = Range { kind: RangeKind::MarkAssist, scope: goroutine };
        if event.kind == kind::STW_START {
            self.proc.stop_reason = self.stop_reason(first);
        }
        let stop = Range { kind: RangeKind::StopTheWorld(self.proc.stop_reason), scope: goroutine };
        let kind = match event.kind {
            kind::GC_START => EventKind::RangeBegin(MARK),
            kind::GC_DONE => EventKind::RangeEnd(MARK, None),
            kind::STW_START => EventKind::RangeBegin(stop),
            kind::STW_DONE => EventKind::RangeEnd(stop, None),
            kind::SWEEP_START => EventKind::RangeBegin(sweep),
            kind::SWEEP_DONE => EventKind::RangeEnd(sweep, Some(Swept { swept: first, reclaimed: second })),
            kind::ASSIST_START => EventKind::RangeBegin(assist),
            _ => EventKind::RangeEnd(assist, None),
        };
        let stack = self.stack(event, out);
        let context = self.context(event);
        out.event(
            at(self.ticks),
            if event.kind == kind::GC_START { collector(context) } else { context },
            stack,
            kind,
        );
    }

    fn stop_reason(&self, number: u64) -> StringId {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        self.stop_reasons.get(place).copied().unwrap_or(StringId::EMPTY)
    }

    pub(super) fn heap(&mut self, event: &V1Event, out: &mut Output<'_>) {
        let is_goal = event.kind == kind::HEAP_GOAL;
        let name = if is_goal { MetricName::HeapGoal } else { MetricName::HeapObjects };
        self.emit(event, StackId::NONE, EventKind::Metric(Metric { name, value: event.args[0] }), out);
    }
}

/// Go's reader files the begin of a collection under a proc that does not exist.
fn collector(context: Context) -> Context {
    Context { thread: ThreadId::NONE, proc: fake_proc(fake::COLLECTOR), ..context }
}
