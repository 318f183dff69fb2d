//! The vital signs of a program: what [`Pulse::vitals`](super::Pulse::vitals) tells. Durations are nanoseconds.

use goscope_trace::TraceTime;

/// What a program does, at a moment and in the window before it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Vitals {
    /// The latest moment that the stream has told of.
    pub now: TraceTime,
    /// How long the window is that the figures "in the window" are about: shorter than asked for at the start.
    pub window: i64,
    /// Whether times are an estimate, because the trace has not told how long its ticks are.
    pub is_estimate: bool,
    /// The events since the stream began.
    pub events: u64,
    /// The events in the window.
    pub recent_events: u64,
    /// The generations that have ended.
    pub generations: u64,
    /// GOMAXPROCS, or 0 if nobody has told.
    pub procs: u64,
    /// The goroutines by state, now: as far as threads have told, of which some may be ahead of others.
    pub goroutines: States,
    /// The most goroutines that were runnable at once in the window, looked at once in about a thousandth of it. In family
    /// v2 up to the end of the last generation: before that ends, it is not known who has started to run since; in v1 up
    /// to an eighth of the window ago.
    pub longest_run_queue: u64,
    /// How long goroutines were runnable before they ran, in the window.
    pub sched_latency: Quantiles,
    /// How long system calls took, in the window. In family v1, those that blocked.
    pub syscalls: Quantiles,
    /// How long the world was stopped, in the window.
    pub stops: Quantiles,
    /// The collector.
    pub gc: Gc,
    /// The heap.
    pub heap: Heap,
    /// Goroutines by the function that they started with, the most goroutines first.
    pub functions: Vec<Function>,
    /// Why goroutines were blocked in the window, the longest in total first.
    pub blocked: Vec<Blocked>,
    /// Tasks by type, the most open ones first.
    pub tasks: Vec<TaskType>,
    /// What there was no room for.
    pub left_out: LeftOut,
}

/// How many goroutines are in which state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct States {
    /// On a proc.
    pub running: u64,
    /// Waiting for a proc.
    pub runnable: u64,
    /// Blocked.
    pub waiting: u64,
    /// In a system call.
    pub syscall: u64,
}

impl States {
    /// All together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.running + self.runnable + self.waiting + self.syscall
    }
}

/// How durations are spread. `count`, `total` and `max` are exact; quantiles are right to within a hundredth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quantiles {
    /// How many there are.
    pub count: u64,
    /// All together.
    pub total: i64,
    /// Half of them are not longer.
    pub p50: i64,
    /// Nine tenths of them are not longer.
    pub p90: i64,
    /// All but a hundredth of them are not longer.
    pub p99: i64,
    /// The longest.
    pub max: i64,
}

/// The garbage collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Gc {
    /// The cycles that began since the stream did.
    pub cycles: u64,
    /// Those that began in the window.
    pub recent_cycles: u64,
    /// Whether it is marking now.
    pub is_marking: bool,
    /// How long it marked in the window.
    pub marking: i64,
}

/// The heap, in bytes. What has not been told is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Heap {
    /// Live and not yet swept objects.
    pub live: Option<u64>,
    /// The most of them in the window.
    pub peak: Option<u64>,
    /// At which size the next collection should end.
    pub goal: Option<u64>,
}

/// The goroutines that started with a function. The name is empty as long as the trace has not told it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Function {
    /// Its name, with the package.
    pub name: String,
    /// Those that are there now.
    pub states: States,
    /// How long they ran in the window.
    pub running: i64,
}

/// A reason and a place to be blocked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Blocked {
    /// Why, in Go's words: "chan receive".
    pub reason: String,
    /// Where: the functions, innermost first. Empty as long as the trace has not told.
    pub stack: Vec<String>,
    /// How long goroutines were blocked, those too that ended it in the window only. Quantiles are to within a thirtieth, and
    /// roughly those of the window: of at least the last half of it, and at most of two windows.
    pub times: Quantiles,
}

/// The tasks of a type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaskType {
    /// The type's name.
    pub name: String,
    /// Those that are in flight.
    pub open: u64,
    /// How long the oldest of them has been.
    pub oldest: i64,
    /// How long those took that ended in the window. Quantiles are as those of [`Blocked::times`].
    pub times: Quantiles,
}

/// What there was no room for, since the stream began: how often that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftOut {
    /// Steps of goroutines that are not followed.
    pub steps: u64,
    /// Gaps in what is known of goroutines: what happened there was damaged, or came too late. Intervals that end in one
    /// don't count.
    pub gaps: u64,
    /// Functions: what their goroutines do counts for the function without a name.
    pub functions: u64,
    /// Reasons and places to be blocked: that counts for the one without a name.
    pub spots: u64,
    /// Types of tasks: that counts for the one without a name.
    pub task_types: u64,
    /// Tasks that are not followed.
    pub tasks: u64,
}
