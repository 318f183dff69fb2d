//! Which types of events need each other, and which all others need: the rules by which events may be dropped.
//!
//! Source: what Go 1.27.3 `internal/trace/order.go` and `internal/trace/internal/tracev1` keep of an event for later ones;
//! here that is `order/` and `upgrade/check.rs`.

use std::fmt;

use goscope_wire::Family;

/// Types of events that have something in common.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) names: &'static [&'static str],
    pub(super) rule: Rule,
}

/// What may be dropped of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// Each type: nothing depends on it.
    Each,
    /// All of them, or none.
    Whole,
    /// None, for this reason.
    None(&'static str),
    /// They are no events but the titles of batches. Nobody is asked about them.
    Titles,
}

/// Why a type stays.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    /// This.
    Said(&'static str),
    /// Not all of these types were to be dropped.
    Incomplete(&'static [&'static str]),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(reason) => f.write_str(reason),
            Self::Incomplete([names @ .., last]) => {
                write!(f, "only all of {} and {last} can be dropped", names.join(", "))
            }
            Self::Incomplete([]) => Ok(()),
        }
    }
}

const fn each(names: &'static [&'static str]) -> Group {
    Group { names, rule: Rule::Each }
}

const fn whole(names: &'static [&'static str]) -> Group {
    Group { names, rule: Rule::Whole }
}

const fn none(names: &'static [&'static str], reason: &'static str) -> Group {
    Group { names, rule: Rule::None(reason) }
}

const fn titles(names: &'static [&'static str]) -> Group {
    Group { names, rule: Rule::Titles }
}

const ORDER: &str = "the scheduler's events depend on each other";
const STRUCTURE: &str = "a trace is made of it";

static V2: &[Group] = &[
    each(&["UserLog", "GoLabel", "HeapAlloc", "HeapGoal", "CPUSample", "ProcsChange"]),
    // The end of a task takes the name from its begin. A task that never ends can't begin again.
    whole(&["UserTaskBegin", "UserTaskEnd"]),
    // The end of a region has to be that of the innermost one.
    whole(&["UserRegionBegin", "UserRegionEnd"]),
    // A range begins and ends by turns, and one that goes on from generation to generation has begun.
    whole(&["STWBegin", "STWEnd"]),
    whole(&["GCActive", "GCBegin", "GCEnd"]),
    whole(&["GCSweepActive", "GCSweepBegin", "GCSweepEnd"]),
    whole(&["GCMarkAssistActive", "GCMarkAssistBegin", "GCMarkAssistEnd"]),
    // The batches explain the events, and what is freed was allocated.
    whole(&[
        "Span",
        "SpanAlloc",
        "SpanFree",
        "HeapObject",
        "HeapObjectAlloc",
        "HeapObjectFree",
        "GoroutineStack",
        "GoroutineStackAlloc",
        "GoroutineStackFree",
        "ExperimentalBatch",
    ]),
    none(&["ProcStart", "ProcStop", "ProcSteal", "ProcStatus"], ORDER),
    none(
        &[
            "GoCreate",
            "GoCreateBlocked",
            "GoCreateSyscall",
            "GoStart",
            "GoDestroy",
            "GoDestroySyscall",
            "GoStop",
            "GoBlock",
            "GoUnblock",
            "GoSwitch",
            "GoSwitchDestroy",
            "GoSyscallBegin",
            "GoSyscallEnd",
            "GoSyscallEndBlocked",
            "GoStatus",
            "GoStatusStack",
        ],
        ORDER,
    ),
    none(&["EventBatch", "Stack", "String", "Frequency", "ClockSnapshot", "EndOfGeneration"], STRUCTURE),
    titles(&["Stacks", "Strings", "CPUSamples", "Sync"]),
];

static V1: &[Group] = &[
    // A region's begin and end are of the same type.
    each(&["UserLog", "UserRegion", "HeapAlloc", "HeapGoal", "CPUSample"]),
    whole(&["UserTaskCreate", "UserTaskEnd"]),
    whole(&["STWStart", "STWDone"]),
    whole(&["GCStart", "GCDone"]),
    whole(&["GCSweepStart", "GCSweepDone"]),
    whole(&["GCMarkAssistStart", "GCMarkAssistDone"]),
    none(&["Gomaxprocs"], "the first one says that all goroutines from before the trace have been told"),
    none(&["FutileWakeup"], "it says which other events came to nothing"),
    none(&["ProcStart", "ProcStop"], ORDER),
    none(
        &[
            "GoCreate",
            "GoStart",
            "GoStartLocal",
            "GoStartLabel",
            "GoEnd",
            "GoStop",
            "GoSched",
            "GoPreempt",
            "GoSleep",
            "GoBlock",
            "GoBlockSend",
            "GoBlockRecv",
            "GoBlockSelect",
            "GoBlockSync",
            "GoBlockCond",
            "GoBlockNet",
            "GoBlockGC",
            "GoUnblock",
            "GoUnblockLocal",
            "GoSysCall",
            "GoSysExit",
            "GoSysExitLocal",
            "GoSysBlock",
            "GoWaiting",
            "GoInSyscall",
        ],
        ORDER,
    ),
    none(&["Batch", "Frequency", "Stack", "String", "TimerGoroutine"], STRUCTURE),
];

/// The groups of a family.
pub(super) fn of(family: Family) -> &'static [Group] {
    match family {
        Family::V1 => V1,
        Family::V2 => V2,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use goscope_wire::{FormatVersion, Table};

    use super::*;

    #[test]
    fn every_type_is_in_one_group() {
        for family in [Family::V1, Family::V2] {
            let mut grouped: Vec<_> = of(family).iter().flat_map(|group| group.names).copied().collect();
            grouped.sort_unstable();
            let versions = FormatVersion::ALL.into_iter().filter(|version| version.family() == family);
            let names: BTreeSet<_> =
                versions.flat_map(|version| Table::of(version).events()).map(|spec| spec.name).collect();
            assert_eq!(grouped, names.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_reason_names_all_that_go_together() {
        let reason = Reason::Incomplete(&["GCActive", "GCBegin", "GCEnd"]);
        assert_eq!(reason.to_string(), "only all of GCActive, GCBegin and GCEnd can be dropped");
    }
}
