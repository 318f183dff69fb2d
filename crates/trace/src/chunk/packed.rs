//! What an event carries beyond time and place, in three words.
//!
//! Invariant: what goes in comes out again, to the last bit; a test does so with each kind.

use crate::{
    event::{
        EventKind, GoState, GoTransition, Label, Log, Metric, MetricName, ProcState, ProcTransition, Range,
        RangeKind, Region, Scope,
    },
    id::{GoId, ProcId, TaskId},
    kind::Kind,
    tables::{StackId, StringId},
};

/// What an event carries: its kind says what the numbers mean.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Packed {
    /// What it is about.
    subject: u64,
    /// Two strings, or a string and a stack.
    texts: (u32, u32),
    /// What has few values: states, names, scopes.
    choice: u8,
}

impl Packed {
    #[inline(always)]
    pub(super) fn of(event: EventKind, wide: &mut Vec<EventKind>) -> Self {
        match event {
            EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack }) => Self {
                subject: goroutine.0,
                texts: (reason.0, stack.0),
                choice: (from as u8) << 4 | to as u8,
            },
            EventKind::ProcTransition(ProcTransition { proc, from, to }) => {
                Self { subject: proc.0, texts: (0, 0), choice: (from as u8) << 4 | to as u8 }
            }
            EventKind::Metric(Metric { name, value }) => {
                Self { subject: value, texts: (0, 0), choice: name as u8 }
            }
            EventKind::Label(Label { label, goroutine }) => {
                Self { subject: goroutine.0, texts: (label.0, 0), choice: 0 }
            }
            EventKind::RegionBegin(Region { task, name }) | EventKind::RegionEnd(Region { task, name }) => {
                Self { subject: task.0, texts: (name.0, 0), choice: 0 }
            }
            EventKind::Log(Log { task, category, message }) => {
                Self { subject: task.0, texts: (category.0, message.0), choice: 0 }
            }
            EventKind::RangeBegin(range)
            | EventKind::RangeActive(range)
            | EventKind::RangeEnd(range, None) => Self::of_range(range),
            EventKind::StackSample => Self::default(),
            EventKind::RangeEnd(_, Some(_))
            | EventKind::Sync(_)
            | EventKind::TaskBegin(_)
            | EventKind::TaskEnd(_)
            | EventKind::Experimental(_) => {
                wide.push(event);
                Self { subject: wide.len() as u64 - 1, texts: (0, 0), choice: WIDE }
            }
        }
    }

    fn of_range(Range { kind, scope }: Range) -> Self {
        let (kind, reason) = match kind {
            RangeKind::StopTheWorld(reason) => (0, reason.0),
            RangeKind::Mark => (1, 0),
            RangeKind::Sweep => (2, 0),
            RangeKind::MarkAssist => (3, 0),
        };
        let (scope, subject) = match scope {
            Scope::Global => (0, 0),
            Scope::Goroutine(GoId(id)) => (1, id),
            Scope::Proc(ProcId(id)) => (2, id),
        };
        Self { subject, texts: (reason, 0), choice: kind << 4 | scope }
    }

    /// Who looks at transitions only, and there are most of them, does not pay for the others.
    #[inline(always)]
    pub(super) fn unpack(self, kind: Kind, wide: &[EventKind]) -> EventKind {
        match kind {
            Kind::GoTransition => EventKind::GoTransition(GoTransition {
                goroutine: GoId(self.subject),
                from: pick(&GO_STATES, self.choice >> 4),
                to: pick(&GO_STATES, self.choice),
                reason: StringId(self.texts.0),
                stack: StackId(self.texts.1),
            }),
            _ => self.unpack_other(kind, wide),
        }
    }

    #[inline(never)]
    fn unpack_other(self, kind: Kind, wide: &[EventKind]) -> EventKind {
        if self.choice == WIDE {
            return wide[self.subject as usize];
        }
        let (first, second) = self.texts;
        match kind {
            Kind::ProcTransition => EventKind::ProcTransition(ProcTransition {
                proc: ProcId(self.subject),
                from: pick(&PROC_STATES, self.choice >> 4),
                to: pick(&PROC_STATES, self.choice),
            }),
            Kind::Metric => {
                EventKind::Metric(Metric { name: pick(&METRICS, self.choice), value: self.subject })
            }
            Kind::Label => EventKind::Label(Label { label: StringId(first), goroutine: GoId(self.subject) }),
            Kind::RangeBegin => EventKind::RangeBegin(self.range()),
            Kind::RangeActive => EventKind::RangeActive(self.range()),
            Kind::RangeEnd => EventKind::RangeEnd(self.range(), None),
            Kind::RegionBegin => EventKind::RegionBegin(self.region()),
            Kind::RegionEnd => EventKind::RegionEnd(self.region()),
            Kind::Log => EventKind::Log(Log {
                task: TaskId(self.subject),
                category: StringId(first),
                message: StringId(second),
            }),
            // The others are wide.
            _ => EventKind::StackSample,
        }
    }

    fn region(self) -> Region {
        Region { task: TaskId(self.subject), name: StringId(self.texts.0) }
    }

    fn range(self) -> Range {
        let kind = match self.choice >> 4 {
            0 => RangeKind::StopTheWorld(StringId(self.texts.0)),
            1 => RangeKind::Mark,
            2 => RangeKind::Sweep,
            _ => RangeKind::MarkAssist,
        };
        let scope = match self.choice & 0xf {
            0 => Scope::Global,
            1 => Scope::Goroutine(GoId(self.subject)),
            _ => Scope::Proc(ProcId(self.subject)),
        };
        Range { kind, scope }
    }
}

/// Says that what the event carries lies in the list apart.
const WIDE: u8 = u8::MAX;

// By number. There are as many places as a number of four bits has values; what is not a state is the first.
const GO_STATES: [GoState; 16] = {
    let mut states = [GoState::Undetermined; 16];
    states[GoState::NotExist as usize] = GoState::NotExist;
    states[GoState::Runnable as usize] = GoState::Runnable;
    states[GoState::Running as usize] = GoState::Running;
    states[GoState::Waiting as usize] = GoState::Waiting;
    states[GoState::Syscall as usize] = GoState::Syscall;
    states
};
const PROC_STATES: [ProcState; 16] = {
    let mut states = [ProcState::Undetermined; 16];
    states[ProcState::NotExist as usize] = ProcState::NotExist;
    states[ProcState::Running as usize] = ProcState::Running;
    states[ProcState::Idle as usize] = ProcState::Idle;
    states
};
const METRICS: [MetricName; 16] = {
    let mut names = [MetricName::Gomaxprocs; 16];
    names[MetricName::HeapObjects as usize] = MetricName::HeapObjects;
    names[MetricName::HeapGoal as usize] = MetricName::HeapGoal;
    names
};

#[inline]
fn pick<T: Copy>(values: &[T; 16], number: u8) -> T {
    values[usize::from(number & 0xf)]
}

#[cfg(test)]
mod tests {
    use goscope_wire::EventId;

    use super::*;
    use crate::event::{ClockSnapshot, Experimental, Swept, Sync, Task, WallTime};
    use crate::time::TraceTime;

    fn transitions() -> impl Iterator<Item = EventKind> {
        let goroutine = GoId(u64::MAX - 3);
        GoState::ALL.into_iter().flat_map(move |from| {
            GoState::ALL.map(|to| {
                let (reason, stack) = (StringId(7), StackId(u32::MAX));
                EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack })
            })
        })
    }

    fn proc_transitions() -> impl Iterator<Item = EventKind> {
        let states = [ProcState::Undetermined, ProcState::NotExist, ProcState::Running, ProcState::Idle];
        states.into_iter().flat_map(move |from| {
            states.map(|to| EventKind::ProcTransition(ProcTransition { proc: ProcId(2), from, to }))
        })
    }

    fn ranges() -> impl Iterator<Item = EventKind> {
        let kinds =
            [RangeKind::StopTheWorld(StringId(9)), RangeKind::Mark, RangeKind::Sweep, RangeKind::MarkAssist];
        let scopes = [Scope::Global, Scope::Goroutine(GoId(1 << 60)), Scope::Proc(ProcId(3))];
        kinds.into_iter().flat_map(move |kind| scopes.map(|scope| Range { kind, scope })).flat_map(|range| {
            let swept = Swept { swept: 1 << 50, reclaimed: 5 };
            [
                EventKind::RangeBegin(range),
                EventKind::RangeActive(range),
                EventKind::RangeEnd(range, None),
                EventKind::RangeEnd(range, Some(swept)),
            ]
        })
    }

    fn others() -> impl Iterator<Item = EventKind> {
        let wall = WallTime { seconds: -1, nanoseconds: 999_999_999 };
        let clock = ClockSnapshot { trace: TraceTime(-5), mono: u64::MAX, wall };
        let task = Task { id: TaskId(1), parent: TaskId::NONE, name: StringId(4) };
        let region = Region { task: TaskId::BACKGROUND, name: StringId(u32::MAX) };
        let metrics = [MetricName::Gomaxprocs, MetricName::HeapObjects, MetricName::HeapGoal];
        let all = [
            EventKind::Sync(Sync { n: 1, clock: None }),
            EventKind::Sync(Sync { n: u32::MAX, clock: Some(clock) }),
            EventKind::Label(Label { label: StringId(3), goroutine: GoId(8) }),
            EventKind::StackSample,
            EventKind::TaskBegin(task),
            EventKind::TaskEnd(task),
            EventKind::RegionBegin(region),
            EventKind::RegionEnd(region),
            EventKind::Log(Log { task: TaskId(6), category: StringId(1), message: StringId(2) }),
            EventKind::Experimental(Experimental { event: EventId(130), args: [1, 2, 3, u64::MAX] }),
        ];
        let metrics = metrics.map(|name| EventKind::Metric(Metric { name, value: u64::MAX }));
        all.into_iter().chain(metrics)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let mut wide = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for event in transitions().chain(proc_transitions()).chain(ranges()).chain(others()) {
            let (kind, packed) = (event.kind(), Packed::of(event, &mut wide));
            assert_eq!(packed.unpack(kind, &wide), event);
            seen.insert(kind);
        }
        assert!(seen.iter().eq(Kind::ALL));
    }
}
