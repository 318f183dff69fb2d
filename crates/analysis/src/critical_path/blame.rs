//! What a path was made of, taken together: by function, cause and place.

use std::cmp::Reverse;

use foldhash::HashMap;
use goscope_trace::{GoId, StackId, StringId, TaskId, TraceTime};

use super::{Cause, Segment};
use crate::profile::{Kind, Place, Profile, Sample, State};

/// What is to blame for a part of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blame {
    /// The function that the goroutines started with; empty if nothing tells.
    pub func: StringId,
    /// What the time was spent on.
    pub cause: Cause,
    /// Of goroutines without a proc, the function of those that ran instead.
    pub instead: Option<StringId>,
    /// For how long, in nanoseconds.
    pub time: i64,
    /// In how many segments.
    pub count: u64,
    /// Where, the longest first.
    pub stacks: Vec<(StackId, i64)>,
}

/// What is blamed together, and how long it was at each stack.
#[derive(Default)]
struct Sums {
    count: u64,
    stacks: HashMap<StackId, i64>,
}

/// What a path was made of, the longest first. [`walk`](super::walk) says how to get there.
#[must_use]
pub fn blame(segments: &[Segment]) -> Vec<Blame> {
    let mut sums: HashMap<(StringId, Cause, Option<StringId>), Sums> = HashMap::default();
    for segment in segments {
        let Segment { func, cause, stack, instead, .. } = *segment;
        let sums = sums.entry((func, cause, instead)).or_default();
        sums.count += 1;
        *sums.stacks.entry(stack).or_default() += segment.duration();
    }
    let mut blames: Vec<_> = sums
        .into_iter()
        .map(|((func, cause, instead), Sums { count, stacks })| {
            let mut stacks: Vec<_> = stacks.into_iter().collect();
            stacks.sort_by_key(|(stack, time)| (Reverse(*time), *stack));
            let time = stacks.iter().fold(0_i64, |sum, (_, time)| sum.saturating_add(*time));
            Blame { func, cause, instead, time, count, stacks }
        })
        .collect();
    blames.sort_unstable_by_key(|blame| (Reverse(blame.time), blame.func, blame.cause, blame.instead));
    blames
}

/// The blame as a profile, for pprof: with the function, the reason and the state as labels.
#[must_use]
pub fn profile(segments: &[Segment]) -> Profile {
    let start = segments.first().map_or(TraceTime(0), |segment| segment.start);
    let end = segments.last().map_or(start, |segment| segment.end);
    let mut sums: HashMap<Place, (u64, i64)> = HashMap::default();
    for segment in segments {
        let sum = sums.entry(place(segment)).or_default();
        (sum.0, sum.1) = (sum.0 + 1, sum.1 + segment.duration());
    }
    let samples = sums.into_iter().map(|(place, (count, time))| Sample { place, count, time });
    let mut samples: Vec<_> = samples.collect();
    samples.sort_unstable_by_key(|sample| (Reverse(sample.time), sample.place));
    Profile { kind: Kind::All, samples, duration: end.since(start) }
}

fn place(segment: &Segment) -> Place {
    let Segment { func, cause, stack, .. } = *segment;
    let (goroutine, task) = (GoId::NONE, TaskId::NONE);
    Place { stack, func, reason: cause.reason().unwrap_or_default(), goroutine, task, state: state(cause) }
}

fn state(cause: Cause) -> Option<State> {
    Some(match cause {
        Cause::Running | Cause::MarkAssist | Cause::Sweep => State::Running,
        Cause::Runnable | Cause::Stopped(_) => State::Runnable,
        Cause::Syscall => State::Syscall,
        Cause::Waiting(_) => State::Waiting,
        Cause::Unknown => return None,
    })
}
