//! Whether a signal is as a condition asks.
//!
//! Truth has three values: what is not known is `None`.

use super::{
    recent::Recent,
    sample::Sample,
    signal::{Kind, Rank, Signal},
    token::Operator,
};
use crate::pulse::{Quantiles, States};

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    Nothing,
    AtLeast(i64),
    Exactly(i64),
}

impl Known {
    /// The value, or the least that it is.
    pub(super) fn value(self) -> Option<i64> {
        match self {
            Self::Nothing => None,
            Self::AtLeast(value) | Self::Exactly(value) => Some(value),
        }
    }

    fn of(value: Option<u64>) -> Self {
        value.map_or(Self::Nothing, |value| Self::Exactly(saturated(value)))
    }

    /// Whether it compares so.
    pub(super) fn compares(self, operator: Operator, other: i64) -> Option<bool> {
        let exactly = |value: i64| match operator {
            Operator::More => value > other,
            Operator::AtLeast => value >= other,
            Operator::Less => value < other,
            Operator::AtMost => value <= other,
            Operator::Equal => value == other,
            Operator::Different => value != other,
        };
        match self {
            Self::Nothing => None,
            Self::Exactly(value) => Some(exactly(value)),
            // Whatever it is, it stays so if it grows.
            Self::AtLeast(value) => match operator {
                Operator::More | Operator::AtLeast => exactly(value).then_some(true),
                Operator::Less | Operator::AtMost => (!exactly(value)).then_some(false),
                Operator::Equal => (value > other).then_some(false),
                Operator::Different => (value > other).then_some(true),
            },
        }
    }
}

impl Signal {
    /// Its value. What happened lately is kept in `recent`.
    pub(super) fn value(&self, sample: &Sample, recent: &mut Recent) -> Known {
        let now = sample.now.0;
        match self.kind {
            Kind::Stop => happened(recent.largest(now, sample.stop)),
            Kind::Latency(Rank::Max) => happened(recent.largest(now, sample.latency)),
            Kind::Latency(rank) => Known::Exactly(rank.of(&sample.latencies)),
            Kind::Syscall(rank) => Known::Exactly(rank.of(&sample.syscalls)),
            Kind::Task => self.task(sample, recent),
            Kind::Goroutines => sample.count(sample.goroutines.map(|states| self.counted(&states))),
            Kind::RunQueue => sample.count(sample.run_queue),
            Kind::Heap => Known::of(sample.heap.live),
            Kind::HeapGoal => Known::of(sample.heap.goal),
            Kind::Collections => Known::Exactly(recent.total(now, saturated(sample.collections))),
            Kind::Log => match recent.largest(now, self.is_logged(sample).then_some(1)) {
                None if sample.messages_left_out > 0 => Known::Nothing,
                logged => happened(logged),
            },
        }
    }

    fn task(&self, sample: &Sample, recent: &mut Recent) -> Known {
        let tasks = sample.tasks.iter().filter(|task| self.argument.as_ref() == Some(&task.name));
        let (ended, open) =
            tasks.fold((None, None), |(ended, open), task| (task.ended.max(ended), task.open.max(open)));
        happened(recent.largest(sample.now.0, ended).max(open))
    }

    fn counted(&self, states: &States) -> u64 {
        match self.argument.as_deref() {
            Some("running") => states.running,
            Some("runnable") => states.runnable,
            Some("waiting") => states.waiting,
            Some("syscall") => states.syscall,
            _ => states.total(),
        }
    }

    fn is_logged(&self, sample: &Sample) -> bool {
        let text = self.argument.as_deref().unwrap_or_default();
        sample.messages.iter().any(|message| message.text.contains(text) || message.category.contains(text))
    }
}

impl Sample {
    /// So many goroutines are counted, where that says anything.
    fn count(&self, count: Option<u64>) -> Known {
        let Some(count) = count.map(saturated) else { return Known::Nothing };
        if self.is_settled { Known::Exactly(count) } else { Known::AtLeast(count) }
    }
}

impl Rank {
    fn of(self, quantiles: &Quantiles) -> i64 {
        match self {
            Self::P50 => quantiles.p50,
            Self::P90 => quantiles.p90,
            Self::P99 => quantiles.p99,
            Self::Max => quantiles.max,
        }
    }
}

/// How long the longest took. What did not happen took no time.
fn happened(longest: Option<i64>) -> Known {
    Known::Exactly(longest.unwrap_or(0))
}

fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_still_grow_is_compared_with_care() {
        let table = [
            (Operator::More, [None, None, Some(true)]),
            (Operator::AtLeast, [None, Some(true), Some(true)]),
            (Operator::Less, [None, Some(false), Some(false)]),
            (Operator::AtMost, [None, None, Some(false)]),
            (Operator::Equal, [None, None, Some(false)]),
            (Operator::Different, [None, None, Some(true)]),
        ];
        for (operator, expected) in table {
            assert_eq!(
                [9, 10, 11].map(|least| Known::AtLeast(least).compares(operator, 10)),
                expected,
                "{operator:?}"
            );
        }
    }

    #[test]
    fn what_is_known_is_compared() {
        let compares = |operator| [9, 10, 11].map(|value| Known::Exactly(value).compares(operator, 10));
        assert_eq!(compares(Operator::More), [Some(false), Some(false), Some(true)]);
        assert_eq!(compares(Operator::AtMost), [Some(true), Some(true), Some(false)]);
        assert_eq!(Known::Nothing.compares(Operator::Equal, 10), None);
    }
}
