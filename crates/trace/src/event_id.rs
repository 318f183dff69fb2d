//! The numbers of the events of family v2 that this crate has to know by heart. What an event looks like is in
//! `goscope_wire::Table`; a test compares the two.

/// Makes constants from a table: name, number, and the event's name in Go's sources.
macro_rules! ids {
    ($($constant:ident = $id:literal: $name:literal;)*) => {
        $(pub(crate) const $constant: u8 = $id;)*

        #[cfg(test)]
        const ALL: &[(u8, &str)] = &[$(($id, $name),)*];
    };
}

ids! {
    EVENT_BATCH = 1: "EventBatch";
    STACKS = 2: "Stacks";
    STACK = 3: "Stack";
    STRINGS = 4: "Strings";
    STRING = 5: "String";
    CPU_SAMPLES = 6: "CPUSamples";
    CPU_SAMPLE = 7: "CPUSample";
    FREQUENCY = 8: "Frequency";
    PROCS_CHANGE = 9: "ProcsChange";
    PROC_START = 10: "ProcStart";
    PROC_STOP = 11: "ProcStop";
    PROC_STEAL = 12: "ProcSteal";
    PROC_STATUS = 13: "ProcStatus";
    GO_CREATE = 14: "GoCreate";
    GO_CREATE_SYSCALL = 15: "GoCreateSyscall";
    GO_START = 16: "GoStart";
    GO_DESTROY = 17: "GoDestroy";
    GO_DESTROY_SYSCALL = 18: "GoDestroySyscall";
    GO_STOP = 19: "GoStop";
    GO_BLOCK = 20: "GoBlock";
    GO_UNBLOCK = 21: "GoUnblock";
    GO_SYSCALL_BEGIN = 22: "GoSyscallBegin";
    GO_SYSCALL_END = 23: "GoSyscallEnd";
    GO_SYSCALL_END_BLOCKED = 24: "GoSyscallEndBlocked";
    GO_STATUS = 25: "GoStatus";
    STW_BEGIN = 26: "STWBegin";
    STW_END = 27: "STWEnd";
    GC_ACTIVE = 28: "GCActive";
    GC_BEGIN = 29: "GCBegin";
    GC_END = 30: "GCEnd";
    GC_SWEEP_ACTIVE = 31: "GCSweepActive";
    GC_SWEEP_BEGIN = 32: "GCSweepBegin";
    GC_SWEEP_END = 33: "GCSweepEnd";
    GC_MARK_ASSIST_ACTIVE = 34: "GCMarkAssistActive";
    GC_MARK_ASSIST_BEGIN = 35: "GCMarkAssistBegin";
    GC_MARK_ASSIST_END = 36: "GCMarkAssistEnd";
    HEAP_ALLOC = 37: "HeapAlloc";
    HEAP_GOAL = 38: "HeapGoal";
    GO_LABEL = 39: "GoLabel";
    USER_TASK_BEGIN = 40: "UserTaskBegin";
    USER_TASK_END = 41: "UserTaskEnd";
    USER_REGION_BEGIN = 42: "UserRegionBegin";
    USER_REGION_END = 43: "UserRegionEnd";
    USER_LOG = 44: "UserLog";
    GO_SWITCH = 45: "GoSwitch";
    GO_SWITCH_DESTROY = 46: "GoSwitchDestroy";
    GO_CREATE_BLOCKED = 47: "GoCreateBlocked";
    GO_STATUS_STACK = 48: "GoStatusStack";
    EXPERIMENTAL_BATCH = 49: "ExperimentalBatch";
    SYNC = 50: "Sync";
    CLOCK_SNAPSHOT = 51: "ClockSnapshot";
    END_OF_GENERATION = 52: "EndOfGeneration";
    SPAN = 128: "Span";
    SPAN_ALLOC = 129: "SpanAlloc";
    SPAN_FREE = 130: "SpanFree";
    HEAP_OBJECT = 131: "HeapObject";
    HEAP_OBJECT_ALLOC = 132: "HeapObjectAlloc";
    HEAP_OBJECT_FREE = 133: "HeapObjectFree";
    GOROUTINE_STACK = 134: "GoroutineStack";
    GOROUTINE_STACK_ALLOC = 135: "GoroutineStackAlloc";
    GOROUTINE_STACK_FREE = 136: "GoroutineStackFree";
}

#[cfg(test)]
mod tests {
    use goscope_wire::{EventId, FormatVersion, Table};

    use super::*;

    #[test]
    fn numbers_are_those_of_the_format() {
        let table = Table::of(FormatVersion::NEWEST);
        for (id, name) in ALL {
            assert_eq!(table.get(EventId(*id)).map(|spec| spec.name), Some(*name));
        }
    }
}
