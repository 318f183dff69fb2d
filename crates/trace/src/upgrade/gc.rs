//! Garbage collection, stopping the world, and the heap.

use goscope_wire::FormatVersion;

use super::{
    convert::{Converter, Source},
    kind,
};
use crate::{
    event::{EventKind, Metric, MetricName, Range, RangeKind, Scope, Swept},
    tables::{StackId, StringId, Tables},
};

/// Why the world is stopped, by the number in a file of Go 1.21, in the words of Go 1.27's reader.
static STOP_REASONS: [&str; 17] = [
    "",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutine stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
];

/// The reasons by their numbers in a file. Before 1.21 there were two. (Before 1.10 the world was stopped for
/// both of them too, but the trace does not say for which.)
pub(crate) fn stop_reason_texts(version: FormatVersion) -> &'static [&'static str] {
    if version < FormatVersion::V1_21 { &STOP_REASONS[1..3] } else { &STOP_REASONS }
}

/// [`stop_reason_texts`] as strings of the trace.
pub(super) fn stop_reasons(version: FormatVersion, tables: &mut Tables) -> Vec<StringId> {
    stop_reason_texts(version).iter().map(|reason| tables.intern_string(reason.as_bytes())).collect()
}

const MARK: Range = Range { kind: RangeKind::Mark, scope: Scope::Global };

impl Converter {
    pub(super) fn gc(&mut self, source: &mut Source<'_>) {
        let stack = source.stack();
        let kind = match source.event.kind {
            kind::GC_START => EventKind::RangeBegin(MARK),
            kind::GC_DONE => EventKind::RangeEnd(MARK, None),
            kind::STW_START => EventKind::RangeBegin(self.stop_for(source)),
            kind::STW_DONE => EventKind::RangeEnd(self.stop(source), None),
            kind::SWEEP_START => EventKind::RangeBegin(sweep(source)),
            kind::SWEEP_DONE => EventKind::RangeEnd(sweep(source), Some(swept(source))),
            kind::ASSIST_START => EventKind::RangeBegin(assist(source)),
            _ => EventKind::RangeEnd(assist(source), None),
        };
        self.emit(source, stack, kind);
    }

    /// The stop that begins, whose reason is kept for its end.
    fn stop_for(&mut self, source: &Source<'_>) -> Range {
        let number = usize::try_from(source.event.args[0]).unwrap_or(usize::MAX);
        self.stop_reason = self.stop_reasons.get(number).copied().unwrap_or(StringId::EMPTY);
        let stop = self.stop(source);
        self.last_stop = Some(stop);
        stop
    }

    fn stop(&self, source: &Source<'_>) -> Range {
        let (kind, scope) = (RangeKind::StopTheWorld(self.stop_reason), Scope::Goroutine(source.goroutine()));
        Range { kind, scope }
    }

    pub(super) fn heap(&mut self, source: &mut Source<'_>) {
        let is_goal = source.event.kind == kind::HEAP_GOAL;
        let name = if is_goal { MetricName::HeapGoal } else { MetricName::HeapObjects };
        let metric = Metric { name, value: source.event.args[0] };
        self.emit(source, StackId::NONE, EventKind::Metric(metric));
    }
}

fn sweep(source: &Source<'_>) -> Range {
    Range { kind: RangeKind::Sweep, scope: Scope::Proc(source.proc()) }
}

fn swept(source: &Source<'_>) -> Swept {
    let [swept, reclaimed, _] = source.event.args;
    Swept { swept, reclaimed }
}

fn assist(source: &Source<'_>) -> Range {
    Range { kind: RangeKind::MarkAssist, scope: Scope::Goroutine(source.goroutine()) }
}
