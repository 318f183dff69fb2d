//! What can be asked about: the table of signals.

use super::unit::Unit;

/// A signal, as users see it.
///
/// ```
/// use goscope_analysis::trigger::SIGNALS;
///
/// for spec in SIGNALS {
///     println!("{:24} {}", spec.example, spec.meaning);
/// }
/// # assert!(SIGNALS.iter().any(|spec| spec.name == "stw"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignalSpec {
    /// Its name.
    pub name: &'static str,
    /// What stands in parentheses behind it.
    pub argument: Argument,
    /// What it is measured in.
    pub unit: Unit,
    /// What it is.
    pub meaning: &'static str,
    /// A condition with it.
    pub example: &'static str,
    pub(super) kind: Kind,
}

/// What stands in parentheses behind the name of a signal.
///
/// ```
/// use goscope_analysis::trigger::{Argument, SIGNALS};
///
/// let with_text = SIGNALS.iter().filter(|spec| spec.argument == Argument::Text);
/// assert_eq!(with_text.map(|spec| spec.name).collect::<Vec<_>>(), ["task", "log"]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// Nothing.
    None,
    /// A text in quotes.
    Text,
    /// One of `STATES`, or no parentheses at all.
    State,
}

/// Which signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Stop,
    Latency(Rank),
    Syscall(Rank),
    Task,
    Goroutines,
    RunQueue,
    Heap,
    HeapGoal,
    Collections,
    Log,
}

/// Which of many durations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    P50,
    P90,
    P99,
    Max,
}

/// A signal in a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Signal {
    pub(super) kind: Kind,
    pub(super) unit: Unit,
    /// As it was written.
    pub(super) text: String,
    /// The text of [`Argument::Text`], or the name of the state.
    pub(super) argument: Option<String>,
}

/// The states that goroutines are counted by.
pub(super) const STATES: [&str; 4] = ["running", "runnable", "waiting", "syscall"];

/// All signals.
///
/// ```
/// use goscope_analysis::trigger::{Condition, SIGNALS};
///
/// assert!(SIGNALS.iter().all(|spec| Condition::parse(spec.example).is_ok()));
/// ```
pub const SIGNALS: &[SignalSpec] = &[
    spec("stw", Kind::Stop, Unit::Time, "the longest stop of the world", "stw > 5ms"),
    spec(
        "sched_latency_p50",
        Kind::Latency(Rank::P50),
        Unit::Time,
        "how long half of the goroutines waited at most until they ran",
        "sched_latency_p50 > 1ms",
    ),
    spec(
        "sched_latency_p90",
        Kind::Latency(Rank::P90),
        Unit::Time,
        "nine tenths of them",
        "sched_latency_p90 > 5ms",
    ),
    spec(
        "sched_latency_p99",
        Kind::Latency(Rank::P99),
        Unit::Time,
        "all but a hundredth of them",
        "sched_latency_p99 > 20ms",
    ),
    spec(
        "sched_latency_max",
        Kind::Latency(Rank::Max),
        Unit::Time,
        "all of them",
        "sched_latency_max > 100ms",
    ),
    spec(
        "syscall_p50",
        Kind::Syscall(Rank::P50),
        Unit::Time,
        "how long half of the system calls took at most",
        "syscall_p50 > 1ms",
    ),
    spec("syscall_p90", Kind::Syscall(Rank::P90), Unit::Time, "nine tenths of them", "syscall_p90 > 5ms"),
    spec(
        "syscall_p99",
        Kind::Syscall(Rank::P99),
        Unit::Time,
        "all but a hundredth of them",
        "syscall_p99 > 20ms",
    ),
    spec("syscall_max", Kind::Syscall(Rank::Max), Unit::Time, "all of them", "syscall_max > 1s"),
    SignalSpec {
        argument: Argument::Text,
        ..spec(
            "task",
            Kind::Task,
            Unit::Time,
            "the longest task of a type, in flight or ended",
            "task(\"GET /orders\") > 200ms",
        )
    },
    SignalSpec {
        argument: Argument::State,
        ..spec(
            "goroutines",
            Kind::Goroutines,
            Unit::Count,
            "the goroutines, or those that are running, runnable, waiting or syscall",
            "goroutines(waiting) > 10000",
        )
    },
    spec(
        "run_queue",
        Kind::RunQueue,
        Unit::Count,
        "the most goroutines that were runnable at once",
        "run_queue > 100",
    ),
    spec("heap", Kind::Heap, Unit::Bytes, "the objects on the heap, live or not swept yet", "heap > 512MiB"),
    spec("heap_goal", Kind::HeapGoal, Unit::Bytes, "when the next collection should end", "heap_goal > 1GB"),
    spec("gc_cycles", Kind::Collections, Unit::Count, "the collections that began", "gc_cycles > 10"),
    SignalSpec {
        argument: Argument::Text,
        ..spec("log", Kind::Log, Unit::Flag, "whether the program logged this text", "log(\"timeout\")")
    },
];

const fn spec(
    name: &'static str,
    kind: Kind,
    unit: Unit,
    meaning: &'static str,
    example: &'static str,
) -> SignalSpec {
    SignalSpec { name, argument: Argument::None, unit, meaning, example, kind }
}

impl SignalSpec {
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        SIGNALS.iter().find(|spec| spec.name == name)
    }
}
