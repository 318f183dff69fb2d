//! What a path was made of, taken together: by function, cause and place.

use goscope_trace::{StackId, StringId, TraceTime};
use rustc_hash::FxHashMap;

use super::{Cause, Segment};
use crate::profile::{Kind, Place, Profile, Sample, State};

/// What segments have in common that are blamed together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Blame {
    /// The function that the goroutine started with; empty if nothing tells.
    pub func: StringId,
    /// What the time was spent on.
    pub cause: Cause,
    /// Where.
    pub stack: StackId,
    /// Of goroutines without a proc, the function of those that ran instead.
    pub instead: Option<StringId>,
}

/// What a path was made of, the longest first: for how long in nanoseconds, and in how many segments.
#[must_use]
pub fn blame(segments: &[Segment]) -> Vec<(Blame, i64, u64)> {
    let mut sums: FxHashMap<Blame, (i64, u64)> = FxHashMap::default();
    for segment in segments {
        let Segment { func, cause, stack, instead, .. } = *segment;
        let sum = sums.entry(Blame { func, cause, stack, instead }).or_default();
        (sum.0, sum.1) = (sum.0 + segment.duration(), sum.1 + 1);
    }
    let mut sums: Vec<_> = sums.into_iter().map(|(blame, (time, count))| (blame, time, count)).collect();
    sums.sort_unstable_by_key(|(blame, time, _)| (std::cmp::Reverse(*time), *blame));
    sums
}

/// The blame as a profile, for pprof: with the function, the reason and the state as labels.
#[must_use]
pub fn profile(segments: &[Segment]) -> Profile {
    let start = segments.first().map_or(TraceTime(0), |segment| segment.start);
    let end = segments.last().map_or(start, |segment| segment.end);
    let samples = blame(segments).into_iter().map(|(blame, time, count)| {
        let reason = blame.cause.reason().unwrap_or_default();
        let place = Place {
            stack: blame.stack,
            func: blame.func,
            reason,
            goroutine: goscope_trace::GoId::NONE,
            task: goscope_trace::TaskId::NONE,
            state: state(blame.cause),
        };
        Sample { place, count, time }
    });
    Profile { kind: Kind::All, samples: samples.collect(), duration: end.0 - start.0 }
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
