//! Which events begin, hold up and end a stop of the world.
//!
//! Invariant: while no stop goes on, an event costs nothing but a look at its kind, unless a goroutine begins or ends
//! to exist.

use foldhash::HashMap;
use goscope_trace::{
    Event, EventKind, GoState, GoTransition, MetricName, ProcId, ProcState, ProcTransition, Range, RangeKind,
    Scope, StringId, Tables, TraceTime,
};

use super::{Stop, Straggler};
use crate::roots::Roots;

/// The stop in which the trace was started: it tells that it begins when the world stands already.
const START: &[u8] = b"start trace";

/// Follows stops of the world, one at a time.
#[derive(Default, Debug)]
pub(crate) struct Watch {
    open: Option<Open>,
    roots: Roots,
}

/// A stop that goes on.
#[derive(Debug)]
struct Open {
    stop: Stop,
    scope: Scope,
    /// Who stopped running since it began, by proc.
    left: HashMap<ProcId, Straggler>,
    /// The last proc to stop, and when.
    last: Option<(ProcId, TraceTime)>,
    /// Since when the procs are started again, or may be.
    starts_since: Option<TraceTime>,
}

impl Watch {
    /// Follows the next event, and gives the stop that it ends.
    #[inline]
    pub(crate) fn add(&mut self, event: &Event, tables: &Tables) -> Option<Stop> {
        match event.kind {
            EventKind::GoTransition(transition) => {
                if self.open.is_some() {
                    self.leave(event, &transition, tables);
                }
                self.roots.add(event, &transition, tables);
            }
            EventKind::ProcTransition(transition) => self.stop_proc(event.time, transition),
            EventKind::RangeBegin(range) => self.begin(event, range, tables),
            EventKind::RangeActive(range) => self.find(event, range, tables),
            EventKind::RangeEnd(range, _) => return self.end(event.time, range, tables),
            EventKind::Metric(metric) if metric.name == MetricName::Gomaxprocs => self.start_procs(event),
            _ => {}
        }
        None
    }

    /// Whether a stop goes on.
    pub(crate) fn is_stopped(&self) -> bool {
        self.open.is_some()
    }

    /// The functions that goroutines started with.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Before Go 1.10, the threads that helped to mark told of the stop too, without a goroutine.
    fn begin(&mut self, event: &Event, range: Range, tables: &Tables) {
        if let RangeKind::StopTheWorld(reason) = range.kind
            && (self.open.is_none() || event.goroutine.is_some())
        {
            self.open = Some(Open::new(self.stop(event, reason, tables), range.scope));
        }
    }

    /// A stop is told of that began before, and may be known.
    fn find(&mut self, event: &Event, range: Range, tables: &Tables) {
        if let RangeKind::StopTheWorld(reason) = range.kind
            && self.open.is_none()
        {
            let stop = Stop { has_start: false, ..self.stop(event, reason, tables) };
            self.open = Some(Open::new(stop, range.scope));
        }
    }

    fn stop(&self, event: &Event, reason: StringId, tables: &Tables) -> Stop {
        let Event { time, thread, proc, goroutine, stack, .. } = *event;
        let func = self.roots.func(goroutine, stack, tables);
        Stop {
            start: time,
            end: time,
            reason,
            goroutine,
            func,
            stack,
            proc,
            thread,
            stopping: None,
            standing: None,
            straggler: None,
            has_start: true,
            has_end: false,
        }
    }

    #[cold]
    fn leave(&mut self, event: &Event, transition: &GoTransition, tables: &Tables) {
        let Some(open) = &mut self.open else { return };
        let goroutine = transition.goroutine;
        let has_left = transition.from == GoState::Running && transition.to != GoState::Running;
        if has_left
            && open.starts_since.is_none()
            && goroutine == event.goroutine
            && goroutine != open.stop.goroutine
        {
            let func = self.roots.func(goroutine, event.stack, tables);
            let ran = event.time.since(open.stop.start);
            let Event { proc, stack, .. } = *event;
            open.left.insert(proc, Straggler { proc, goroutine, func, stack, ran });
        }
    }

    fn stop_proc(&mut self, now: TraceTime, transition: ProcTransition) {
        let Some(open) = &mut self.open else { return };
        let has_stopped = transition.from == ProcState::Running && transition.to != ProcState::Running;
        if has_stopped && open.starts_since.is_none() && transition.proc != open.stop.proc {
            open.last = Some((transition.proc, now));
        }
    }

    /// Whoever stopped the world tells how many procs there are, right before starting them.
    fn start_procs(&mut self, event: &Event) {
        if let Some(open) = &mut self.open
            && open.stop.goroutine == event.goroutine
        {
            open.starts_since.get_or_insert(event.time);
        }
    }

    fn end(&mut self, now: TraceTime, range: Range, tables: &Tables) -> Option<Stop> {
        if !matches!(range.kind, RangeKind::StopTheWorld(_)) {
            return None;
        }
        let open = self.open.take_if(|open| open.scope == range.scope)?;
        Some(open.end(now, tables))
    }

    /// What was before does not count.
    pub(crate) fn restart(&mut self, at: TraceTime) {
        if let Some(open) = &mut self.open {
            (open.stop.start, open.stop.has_start) = (at, false);
        }
    }

    /// What goes on where the trace ends, at that time.
    pub(crate) fn finish(&mut self, now: TraceTime) -> Option<Stop> {
        self.open.take().map(|open| Stop { end: now, ..open.stop })
    }
}

impl Open {
    fn new(stop: Stop, scope: Scope) -> Self {
        Self { stop, scope, left: HashMap::default(), last: None, starts_since: None }
    }

    fn end(self, now: TraceTime, tables: &Tables) -> Stop {
        let stop = Stop { end: now, has_end: true, ..self.stop };
        let Some(starts) = self.starts_since.filter(|_| stop.has_start) else { return stop };
        if tables.string(stop.reason) == START {
            return stop;
        }
        let stands = self.last.map_or(stop.start, |(_, time)| time);
        let stopping = Some(stands.since(stop.start));
        let standing = Some(starts.since(stands));
        Stop { stopping, standing, straggler: self.straggler(), ..stop }
    }

    fn straggler(&self) -> Option<Straggler> {
        let (proc, _) = self.last?;
        Some(self.left.get(&proc).copied().unwrap_or(Straggler::alone(proc)))
    }
}

#[cfg(test)]
mod tests {
    use goscope_trace::{GoId, Metric, StackId, ThreadId};

    use super::*;

    fn event(time: i64, proc: u64, goroutine: u64, kind: EventKind) -> Event {
        let (time, thread, stack) = (TraceTime(time), ThreadId(proc), StackId::NONE);
        Event { time, thread, proc: ProcId(proc), goroutine: GoId(goroutine), stack, kind }
    }

    fn range(goroutine: u64) -> Range {
        Range { kind: RangeKind::StopTheWorld(StringId::EMPTY), scope: Scope::Goroutine(GoId(goroutine)) }
    }

    fn leave(time: i64, proc: u64, goroutine: u64, to: GoState) -> Event {
        let (from, reason, stack) = (GoState::Running, StringId::EMPTY, StackId::NONE);
        let transition = GoTransition { goroutine: GoId(goroutine), from, to, reason, stack };
        event(time, proc, goroutine, EventKind::GoTransition(transition))
    }

    fn step(time: i64, proc: u64, from: ProcState, to: ProcState) -> Event {
        let transition = ProcTransition { proc: ProcId(proc), from, to };
        event(time, proc, GoId::NONE.0, EventKind::ProcTransition(transition))
    }

    fn procs(time: i64, goroutine: u64) -> Event {
        event(time, 0, goroutine, EventKind::Metric(Metric { name: MetricName::Gomaxprocs, value: 4 }))
    }

    fn stops(events: &[Event]) -> Vec<Stop> {
        let (mut watch, tables) = (Watch::default(), Tables::default());
        let mut stops: Vec<_> = events.iter().filter_map(|event| watch.add(event, &tables)).collect();
        stops.extend(watch.finish(TraceTime(99)));
        stops
    }

    use ProcState::{Idle, Running};

    #[test]
    fn the_last_proc_to_stop_is_the_straggler() {
        let stop = stops(&[
            leave(9, 3, 30, GoState::Waiting),
            event(10, 0, 1, EventKind::RangeBegin(range(1))),
            step(11, 3, Running, Idle),
            leave(12, 1, 10, GoState::Runnable),
            leave(14, 2, 20, GoState::Runnable),
            step(15, 2, Running, Idle),
            step(17, 1, Running, Idle),
            procs(20, 1),
            step(21, 2, Idle, Running),
            step(22, 2, Running, Idle),
            event(25, 0, 1, EventKind::RangeEnd(range(1), None)),
        ]);
        let [stop] = stop[..] else { panic!("{stop:?}") };
        let straggler = stop.straggler.map(|last| (last.proc, last.goroutine, last.ran));
        assert_eq!((stop.duration(), stop.stopping, stop.standing), (15, Some(7), Some(3)));
        assert_eq!(straggler, Some((ProcId(1), GoId(10), 2)));
    }

    #[test]
    fn a_proc_that_nobody_ran_on_has_no_goroutine() {
        let stop = stops(&[
            event(10, 0, 1, EventKind::RangeBegin(range(1))),
            step(11, 3, Running, Idle),
            procs(20, 1),
            event(25, 0, 1, EventKind::RangeEnd(range(1), None)),
        ]);
        assert_eq!((stop[0].stopping, stop[0].straggler), (Some(1), Some(Straggler::alone(ProcId(3)))));
    }

    #[test]
    fn where_nobody_else_ran_nobody_delayed() {
        let begin = event(10, 0, 1, EventKind::RangeBegin(range(1)));
        let end = event(25, 0, 1, EventKind::RangeEnd(range(1), None));
        let told = stops(&[begin, step(11, 0, Running, Idle), procs(20, 1), end]);
        assert_eq!((told[0].stopping, told[0].straggler), (Some(0), None));
        // Who else tells of procs does not start any.
        let untold = stops(&[begin, step(11, 2, Running, Idle), procs(20, 7), end]);
        assert_eq!((untold[0].stopping, untold[0].duration()), (None, 15));
    }

    #[test]
    fn helpers_tell_of_the_same_stop() {
        let none = GoId::NONE.0;
        let stops = stops(&[
            event(10, 0, 1, EventKind::RangeBegin(range(1))),
            event(11, 1, none, EventKind::RangeBegin(range(none))),
            event(12, 1, none, EventKind::RangeEnd(range(none), None)),
            event(13, 0, 1, EventKind::RangeEnd(range(1), None)),
        ]);
        assert_eq!(stops.iter().map(Stop::duration).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_stop_whose_end_is_lost_ends_with_the_next_one() {
        let stops = stops(&[
            event(10, 0, 1, EventKind::RangeBegin(range(1))),
            event(20, 1, 2, EventKind::RangeBegin(range(2))),
            event(21, 1, 2, EventKind::RangeEnd(range(2), None)),
            event(22, 1, 1, EventKind::RangeEnd(range(1), None)),
            event(30, 1, 3, EventKind::RangeActive(range(3))),
        ]);
        let parts: Vec<_> = stops.iter().map(|stop| (stop.start.0, stop.has_start, stop.has_end)).collect();
        assert_eq!(parts, [(20, true, true), (30, false, false)]);
    }
}
