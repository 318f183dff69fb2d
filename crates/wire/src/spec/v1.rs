//! The events of family v1: headers 1.5 to 1.21.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go`, which still reads every header of the family; its
//! table describes 1.21, and comments and `argNum` there tell what earlier headers lack. The comment of
//! a group says which release brought it. Names of arguments are those of Go's table; the stack of the
//! event itself, which has no name there, is `stack`, and so the first stack of a created goroutine is
//! `new_stack` as in family v2.

use super::{
    Arg,
    ArgKind::{
        self, Address, Delta, Frequency, Goroutine, Number, Proc, Sequence, SequenceDelta, Stack, String,
        Task, Thread, Ticks, Value,
    },
    EventSpec, Tail,
};
use crate::version::{
    Family,
    FormatVersion::{V1_5, V1_7, V1_8, V1_9, V1_10, V1_11, V1_19},
};

const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg { name, kind }
}

const DT: Arg = arg("dt", Delta);
const G: Arg = arg("g", Goroutine);
const P: Arg = arg("p", Proc);
const DSEQ: Arg = arg("dseq", SequenceDelta);
const SEQ: Arg = arg("seq", Sequence);
const STACK: Arg = arg("stack", Stack);
const TICKS: Arg = arg("ticks", Ticks);
const UNUSED: Arg = arg("unused", Number);
/// The time of the event itself, where the event's place in the stream is that of its writing.
const TS: Arg = arg("ts", Ticks);
const FREQ: Arg = arg("freq", Frequency);
const ID: Arg = arg("id", String);
const STACK_ID: Arg = arg("id", Stack);
const SIZ: Arg = arg("siz", Value);
const PROCS: Arg = arg("procs", Value);
const THREAD: Arg = arg("thread", Thread);
const KIND: Arg = arg("kindid", Number);
const SWEPT: Arg = arg("swept", Value);
const RECLAIMED: Arg = arg("reclaimed", Value);
const NEW_STACK: Arg = arg("new_stack", Stack);
/// The address of the function that a goroutine starts in: 1.5 has no stack for it.
const NEW_PC: Arg = arg("new_pc", Address);
const MEM: Arg = arg("mem", Value);
const LABEL: Arg = arg("labelid", String);
const TASK: Arg = arg("taskid", Task);
const PARENT: Arg = arg("pid", Task);
const TYPE: Arg = arg("typeid", String);
const MODE: Arg = arg("mode", Number);
const LOG_TASK: Arg = arg("id", Task);
const KEY: Arg = arg("keyid", String);

const fn structural(id: u8, name: &'static str, args: &'static [Arg]) -> EventSpec {
    EventSpec::row(id, name, args, Family::V1)
}

/// An event of a proc. Its arguments begin with the step of the sequence that only 1.5 has, and the time.
macro_rules! timed {
    ($id:literal, $name:literal $(, $arg:ident)*) => {
        EventSpec::row($id, $name, &[DSEQ, DT $(, $arg)*], Family::V1).timed()
    };
}

pub(super) static ROWS: &[EventSpec] = &[
    structural(1, "Batch", &[P, SEQ, TICKS]).until(V1_5),
    structural(1, "Batch", &[P, TICKS]).since(V1_7),
    structural(2, "Frequency", &[FREQ, UNUSED]).until(V1_5),
    structural(2, "Frequency", &[FREQ]).since(V1_7),
    structural(3, "Stack", &[STACK_ID, SIZ]).tail(Tail::Frames(&["pc"])).until(V1_5),
    structural(3, "Stack", &[STACK_ID, SIZ]).tail(Tail::Frames(&["pc", "func", "file", "line"])).since(V1_7),
    timed!(4, "Gomaxprocs", PROCS, STACK),
    timed!(5, "ProcStart", THREAD),
    timed!(6, "ProcStop"),
    timed!(7, "GCStart", STACK).until(V1_5),
    timed!(7, "GCStart", SEQ, STACK).since(V1_7),
    timed!(8, "GCDone"),
    timed!(9, "STWStart").until(V1_9),
    timed!(9, "STWStart", KIND).since(V1_10),
    timed!(10, "STWDone"),
    timed!(11, "GCSweepStart", STACK),
    timed!(12, "GCSweepDone").until(V1_8),
    timed!(12, "GCSweepDone", SWEPT, RECLAIMED).since(V1_9),
    timed!(13, "GoCreate", G, NEW_PC, STACK).until(V1_5),
    timed!(13, "GoCreate", G, NEW_STACK, STACK).since(V1_7),
    timed!(14, "GoStart", G).until(V1_5),
    timed!(14, "GoStart", G, SEQ).since(V1_7),
    timed!(15, "GoEnd"),
    timed!(16, "GoStop", STACK),
    timed!(17, "GoSched", STACK),
    timed!(18, "GoPreempt", STACK),
    timed!(19, "GoSleep", STACK),
    timed!(20, "GoBlock", STACK),
    timed!(21, "GoUnblock", G, STACK).until(V1_5),
    timed!(21, "GoUnblock", G, SEQ, STACK).since(V1_7),
    timed!(22, "GoBlockSend", STACK),
    timed!(23, "GoBlockRecv", STACK),
    timed!(24, "GoBlockSelect", STACK),
    timed!(25, "GoBlockSync", STACK),
    timed!(26, "GoBlockCond", STACK),
    timed!(27, "GoBlockNet", STACK),
    timed!(28, "GoSysCall", STACK),
    timed!(29, "GoSysExit", G, SEQ, TS),
    timed!(30, "GoSysBlock"),
    timed!(31, "GoWaiting", G),
    timed!(32, "GoInSyscall", G),
    timed!(33, "HeapAlloc", MEM),
    timed!(34, "HeapGoal", MEM),
    structural(35, "TimerGoroutine", &[G, UNUSED]).until(V1_5),
    structural(35, "TimerGoroutine", &[G]).since(V1_7),
    timed!(36, "FutileWakeup"),
    // Go 1.7: strings, and short forms for what stays on its proc.
    structural(37, "String", &[ID]).tail(Tail::Data).since(V1_7),
    timed!(38, "GoStartLocal", G).since(V1_7),
    timed!(39, "GoUnblockLocal", G, STACK).since(V1_7),
    timed!(40, "GoSysExitLocal", G, TS).since(V1_7),
    // Go 1.8.
    timed!(41, "GoStartLabel", G, SEQ, LABEL).since(V1_8),
    timed!(42, "GoBlockGC", STACK).since(V1_8),
    // Go 1.9.
    timed!(43, "GCMarkAssistStart", STACK).since(V1_9),
    timed!(44, "GCMarkAssistDone").since(V1_9),
    // Go 1.11: the annotations of the user. The message of a log is no entry of the string table.
    timed!(45, "UserTaskCreate", TASK, PARENT, TYPE, STACK).since(V1_11),
    timed!(46, "UserTaskEnd", TASK, STACK).since(V1_11),
    timed!(47, "UserRegion", TASK, MODE, TYPE, STACK).since(V1_11),
    timed!(48, "UserLog", LOG_TASK, KEY, STACK).tail(Tail::Data).since(V1_11),
    // Go 1.19.
    timed!(49, "CPUSample", TS, P, G, STACK).since(V1_19),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structural_rows_hold_for_the_family_and_have_no_time() {
        let row = structural(2, "Event", &[UNUSED]);
        assert_eq!((row.since, row.until, row.timed), (V1_5, crate::FormatVersion::V1_21, false));
        assert_eq!(row.args, [arg("unused", Number)]);
    }
}
