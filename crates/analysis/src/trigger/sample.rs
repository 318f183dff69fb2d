//! What a condition is judged by.

use goscope_trace::TraceTime;

use crate::pulse::{Heap, Logged, LongestTask, Pulse, Quantiles, States};

/// What is known of a program at a moment, and what happened since the last one.
///
/// ```
/// use goscope_analysis::{pulse::Pulse, trigger::{Needs, Sample, WINDOW}};
/// use goscope_trace::StreamReader;
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/gc_go1.27.3.trace")).unwrap();
/// let (mut reader, mut pulse) = (StreamReader::new(file)?, Pulse::new(WINDOW));
/// while let Some(item) = reader.next_item()? {
///     pulse.add(&item, reader.tables());
/// }
/// let sample = Sample::take(&mut pulse, Needs::default(), true);
/// println!("{} goroutines, the longest stop took {:?} ns", sample.goroutines.unwrap_or_default().total(), sample.stop);
/// # assert!(sample.goroutines.unwrap().total() > 0 && sample.stop.is_some());
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sample {
    /// The latest moment that the stream has told of.
    pub now: TraceTime,
    /// Whether all goroutines have told their states: before that there are at least as many as are counted. Go tells of all of them
    /// by the end of each generation.
    pub is_settled: bool,
    /// The goroutines by state, [if that is known](Pulse::settled_states).
    pub goroutines: Option<States>,
    /// The most goroutines that were runnable at once in the last [second](super::WINDOW), [if that is
    /// known](Pulse::settled_run_queue).
    pub run_queue: Option<u64>,
    /// The heap.
    pub heap: Heap,
    /// The collections that began since the last sample.
    pub collections: u64,
    /// The longest stop of the world since the last sample, in nanoseconds.
    pub stop: Option<i64>,
    /// The longest time since the last sample that a goroutine was runnable before it ran, in nanoseconds.
    pub latency: Option<i64>,
    /// The longest tasks by type.
    pub tasks: Vec<LongestTask>,
    /// What was logged since the last sample.
    pub messages: Vec<Logged>,
    /// How many more messages there were, of which nobody knows what they said.
    pub messages_left_out: u64,
    /// How long goroutines were runnable before they ran, if that is [needed](Needs::latency).
    pub latencies: Quantiles,
    /// How long system calls took, if that is [needed](Needs::syscalls).
    pub syscalls: Quantiles,
}

/// What takes some time to know, and not all conditions ask about.
///
/// ```
/// use goscope_analysis::trigger::Condition;
///
/// let needs = Condition::parse("sched_latency_p99 > 20ms")?.needs();
/// assert!(needs.latency && !needs.syscalls);
/// # Ok::<(), goscope_analysis::trigger::SyntaxError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// How the times are distributed that goroutines were runnable before they ran.
    pub latency: bool,
    /// How the times of system calls are.
    pub syscalls: bool,
}

impl Needs {
    /// Both.
    #[must_use]
    pub(super) const fn and(self, other: Self) -> Self {
        Self { latency: self.latency || other.latency, syscalls: self.syscalls || other.syscalls }
    }
}

impl Sample {
    /// What a pulse tells, whose window is to be [`WINDOW`](super::WINDOW).
    #[must_use]
    pub fn take(pulse: &mut Pulse, needs: Needs, is_settled: bool) -> Self {
        let look = pulse.look();
        Self {
            now: look.now,
            is_settled,
            goroutines: pulse.settled_states(),
            run_queue: pulse.settled_run_queue(),
            heap: look.heap,
            collections: look.gc_cycles,
            stop: look.longest_stop,
            latency: look.longest_latency,
            tasks: look.tasks,
            messages: look.messages,
            messages_left_out: look.messages_left_out,
            latencies: if needs.latency { pulse.sched_latency() } else { Quantiles::default() },
            syscalls: if needs.syscalls { pulse.syscalls() } else { Quantiles::default() },
        }
    }
}
