//! The events of family v2: headers since 1.22.
//!
//! Source: Go 1.27.3 `internal/trace/tracev2/events.go`, whose comments tell since when an event
//! exists, and `internal/trace/version`. Names are Go's. The events of experiments hold for every
//! version: Go's raw reader refuses them under 1.23 and 1.25, though the runtime of these writes them.

use super::{
    Arg,
    ArgKind::{
        self, Delta, Frequency, Generation, Goroutine, GoroutineStatus, Nanoseconds, Number, Proc,
        ProcStatus, Seconds, Sequence, Stack, String, Task, Thread, Ticks, Value,
    },
    EventSpec, Experiment, Tail,
};
use crate::version::{
    Family,
    FormatVersion::{V1_23, V1_25, V1_26},
};

const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg { name, kind }
}

const GEN: Arg = arg("gen", Generation);
const M: Arg = arg("m", Thread);
const P: Arg = arg("p", Proc);
const G: Arg = arg("g", Goroutine);
const TIME: Arg = arg("time", Ticks);
const SIZE: Arg = arg("size", Value);
const STACK_ID: Arg = arg("id", Stack);
const STRING_ID: Arg = arg("id", String);
const NFRAMES: Arg = arg("nframes", Value);
const STACK: Arg = arg("stack", Stack);
const FREQ: Arg = arg("freq", Frequency);
const EXP: Arg = arg("exp", ArgKind::Experiment);
const DT: Arg = arg("dt", Delta);
const PROCS: Arg = arg("procs_value", Value);
const P_SEQ: Arg = arg("p_seq", Sequence);
const G_SEQ: Arg = arg("g_seq", Sequence);
const GC_SEQ: Arg = arg("gc_seq", Sequence);
const PSTATUS: Arg = arg("pstatus", ProcStatus);
const GSTATUS: Arg = arg("gstatus", GoroutineStatus);
const NEW_G: Arg = arg("new_g", Goroutine);
const NEW_STACK: Arg = arg("new_stack", Stack);
const REASON: Arg = arg("reason_string", String);
const KIND: Arg = arg("kind_string", String);
const SWEPT: Arg = arg("swept_value", Value);
const RECLAIMED: Arg = arg("reclaimed_value", Value);
const HEAP_ALLOC: Arg = arg("heapalloc_value", Value);
const HEAP_GOAL: Arg = arg("heapgoal_value", Value);
const LABEL: Arg = arg("label_string", String);
const TASK: Arg = arg("task", Task);
const PARENT: Arg = arg("parent_task", Task);
const NAME: Arg = arg("name_string", String);
const KEY: Arg = arg("key_string", String);
const VALUE: Arg = arg("value_string", String);
const MONO: Arg = arg("mono", Nanoseconds);
const SEC: Arg = arg("sec", Seconds);
const NSEC: Arg = arg("nsec", Nanoseconds);
const ID: Arg = arg("id", Number);
const NPAGES: Arg = arg("npages_value", Value);
const KIND_CLASS: Arg = arg("kindclass", Number);
const TYPE: Arg = arg("type", Number);
const ORDER: Arg = arg("order", Number);

const FRAME: Tail = Tail::Frames(&["pc", "func", "file", "line"]);

const fn structural(id: u8, name: &'static str, args: &'static [Arg]) -> EventSpec {
    EventSpec::row(id, name, args, Family::V2)
}

/// An event of a thread: its first argument is the time since the previous one.
const fn timed(id: u8, name: &'static str, args: &'static [Arg]) -> EventSpec {
    EventSpec::row(id, name, args, Family::V2).timed()
}

const fn alloc_free(id: u8, name: &'static str, args: &'static [Arg]) -> EventSpec {
    timed(id, name, args).experiment(Experiment::ALLOC_FREE)
}

pub(super) static ROWS: &[EventSpec] = &[
    // The structure of a file.
    structural(1, "EventBatch", &[GEN, M, TIME, SIZE]),
    structural(2, "Stacks", &[]),
    structural(3, "Stack", &[STACK_ID, NFRAMES]).tail(FRAME),
    structural(4, "Strings", &[]),
    structural(5, "String", &[STRING_ID]).tail(Tail::Data),
    structural(6, "CPUSamples", &[]),
    structural(7, "CPUSample", &[TIME, M, P, G, STACK]),
    structural(8, "Frequency", &[FREQ]),
    // Procs.
    timed(9, "ProcsChange", &[DT, PROCS, STACK]),
    timed(10, "ProcStart", &[DT, P, P_SEQ]),
    timed(11, "ProcStop", &[DT]),
    timed(12, "ProcSteal", &[DT, P, P_SEQ, M]),
    timed(13, "ProcStatus", &[DT, P, PSTATUS]),
    // Goroutines.
    timed(14, "GoCreate", &[DT, NEW_G, NEW_STACK, STACK]),
    timed(15, "GoCreateSyscall", &[DT, NEW_G]),
    timed(16, "GoStart", &[DT, G, G_SEQ]),
    timed(17, "GoDestroy", &[DT]),
    timed(18, "GoDestroySyscall", &[DT]),
    timed(19, "GoStop", &[DT, REASON, STACK]),
    timed(20, "GoBlock", &[DT, REASON, STACK]),
    timed(21, "GoUnblock", &[DT, G, G_SEQ, STACK]),
    timed(22, "GoSyscallBegin", &[DT, P_SEQ, STACK]),
    timed(23, "GoSyscallEnd", &[DT]),
    timed(24, "GoSyscallEndBlocked", &[DT]),
    timed(25, "GoStatus", &[DT, G, M, GSTATUS]),
    // Stopping the world.
    timed(26, "STWBegin", &[DT, KIND, STACK]),
    timed(27, "STWEnd", &[DT]),
    // Garbage collection.
    timed(28, "GCActive", &[DT, GC_SEQ]),
    timed(29, "GCBegin", &[DT, GC_SEQ, STACK]),
    timed(30, "GCEnd", &[DT, GC_SEQ]),
    timed(31, "GCSweepActive", &[DT, P]),
    timed(32, "GCSweepBegin", &[DT, STACK]),
    timed(33, "GCSweepEnd", &[DT, SWEPT, RECLAIMED]),
    timed(34, "GCMarkAssistActive", &[DT, G]),
    timed(35, "GCMarkAssistBegin", &[DT, STACK]),
    timed(36, "GCMarkAssistEnd", &[DT]),
    timed(37, "HeapAlloc", &[DT, HEAP_ALLOC]),
    timed(38, "HeapGoal", &[DT, HEAP_GOAL]),
    // Annotations.
    timed(39, "GoLabel", &[DT, LABEL]),
    timed(40, "UserTaskBegin", &[DT, TASK, PARENT, NAME, STACK]),
    timed(41, "UserTaskEnd", &[DT, TASK, STACK]),
    timed(42, "UserRegionBegin", &[DT, TASK, NAME, STACK]),
    timed(43, "UserRegionEnd", &[DT, TASK, NAME, STACK]),
    timed(44, "UserLog", &[DT, TASK, KEY, VALUE, STACK]),
    // Go 1.23: coroutines, statuses with stacks, batches of experiments.
    timed(45, "GoSwitch", &[DT, G, G_SEQ]).since(V1_23),
    timed(46, "GoSwitchDestroy", &[DT, G, G_SEQ]).since(V1_23),
    timed(47, "GoCreateBlocked", &[DT, NEW_G, NEW_STACK, STACK]).since(V1_23),
    timed(48, "GoStatusStack", &[DT, G, M, GSTATUS, STACK]).since(V1_23),
    structural(49, "ExperimentalBatch", &[EXP, GEN, M, TIME]).tail(Tail::Data).since(V1_23),
    // Go 1.25: the batch that binds the clocks together.
    structural(50, "Sync", &[]).since(V1_25),
    timed(51, "ClockSnapshot", &[DT, MONO, SEC, NSEC]).since(V1_25),
    // Go 1.26: outside of any batch.
    structural(52, "EndOfGeneration", &[]).since(V1_26),
    // The experiment with allocations, Go 1.23.
    alloc_free(128, "Span", &[DT, ID, NPAGES, KIND_CLASS]),
    alloc_free(129, "SpanAlloc", &[DT, ID, NPAGES, KIND_CLASS]),
    alloc_free(130, "SpanFree", &[DT, ID]),
    alloc_free(131, "HeapObject", &[DT, ID, TYPE]),
    alloc_free(132, "HeapObjectAlloc", &[DT, ID, TYPE]),
    alloc_free(133, "HeapObjectFree", &[DT, ID]),
    alloc_free(134, "GoroutineStack", &[DT, ID, ORDER]),
    alloc_free(135, "GoroutineStackAlloc", &[DT, ID, ORDER]),
    alloc_free(136, "GoroutineStackFree", &[DT, ID]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_of_their_kind() {
        let row = structural(2, "Event", &[ID]);
        assert_eq!((row.timed, row.experiment), (false, None));
        assert_eq!(row.args, [arg("id", Number)]);
        let row = timed(2, "Event", &[DT]);
        assert_eq!((row.timed, row.experiment), (true, None));
        let row = alloc_free(2, "Event", &[DT]);
        assert_eq!((row.timed, row.experiment), (true, Some(Experiment::ALLOC_FREE)));
    }
}
