//! What happened since somebody looked: [`Pulse::look`](super::Pulse::look). Durations are nanoseconds.

use goscope_trace::TraceTime;

use super::{Heap, States};

/// What happened since the last look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The latest moment that the stream has told of.
    pub now: TraceTime,
    /// Whether times are an estimate.
    pub is_estimate: bool,
    /// The goroutines by state, now.
    pub goroutines: States,
    /// The heap, now.
    pub heap: Heap,
    /// The cycles of garbage collection that began.
    pub gc_cycles: u64,
    /// The longest stop of the world that ended, or goes on.
    pub longest_stop: Option<i64>,
    /// The longest time that a goroutine was runnable before it ran.
    pub longest_latency: Option<i64>,
    /// The longest tasks by type: that ended, or are in flight.
    pub tasks: Vec<LongestTask>,
    /// What the program logged, in the order in which that was told. The same message may stand for many.
    pub messages: Vec<Logged>,
    /// How many more messages there were, for which there was no room: that is for 16384, and a megabyte.
    pub messages_left_out: u64,
}

/// The longest task of a type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LongestTask {
    /// The type's name. Types whose names are not known yet are told of as soon as they are.
    pub name: String,
    /// The longest one that ended.
    pub ended: Option<i64>,
    /// How long the oldest one in flight has been.
    pub open: Option<i64>,
}

/// A message of the program.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Logged {
    /// What kind of message.
    pub category: String,
    /// The message.
    pub text: String,
}

/// What is gathered for the next look, in ticks.
#[derive(Default, Debug)]
pub(super) struct Since {
    pub(super) cycles: u64,
    pub(super) stop: Option<u64>,
    pub(super) latency: Option<u64>,
}
