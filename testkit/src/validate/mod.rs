//! An independent judge of ordered events.
//!
//! The validator knows nothing of how events are put in order. It follows the states of goroutines, procs and
//! threads from the events alone, and says where one does not fit the ones before it.

mod annotation;
mod range;
mod scheduler;
mod symbol;
mod sync;

use std::fmt::Display;

use goscope_trace::{Error, Event, EventKind, ProcId, Reader, Tables, ThreadId};
use goscope_wire::FormatVersion;

use self::{annotation::Annotations, range::Ranges, scheduler::Scheduler, symbol::Symbols, sync::Syncs};

/// What is known of a trace before it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A runtime wrote it. Everything in it makes sense.
    Runtime,
    /// It is damaged, or made up. What no rule of the scheduler forbids may be nonsense: the clocks of the
    /// system, empty names, ids of tasks, regions that end without a beginning, a thread that leaves a proc
    /// or goroutine without a word.
    Stranger,
}

/// Follows the events of a trace, and notes what can't be.
///
/// ```
/// use goscope_testkit::{corpus, validate::{Origin, read}};
///
/// let bytes = corpus::own().traces().into_iter().find(|t| t.name.contains("1.27.3")).unwrap().bytes();
/// let reading = read(&bytes, Origin::Runtime, |_, _| {});
/// assert_eq!(reading.violations, [""; 0]);
/// assert!(reading.events > 0 && reading.error.is_none());
/// ```
#[derive(Debug)]
pub struct Validator {
    origin: Origin,
    findings: Findings,
    last: Option<Event>,
    syncs: Syncs,
    scheduler: Scheduler,
    ranges: Ranges,
    annotations: Annotations,
    symbols: Symbols,
}

/// What does not fit, and the event at hand.
#[derive(Default, Debug)]
struct Findings {
    event: u64,
    list: Vec<String>,
}

/// So many violations are enough to see what is wrong.
const MOST_FINDINGS: usize = 50;

impl Findings {
    fn add(&mut self, what: impl Display) {
        if self.list.len() < MOST_FINDINGS {
            self.list.push(format!("event {}: {what}", self.event));
        }
    }

    /// Notes `what` unless it is as it should be.
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(what());
        }
    }
}

impl Validator {
    /// Of the events of a trace of this version.
    #[must_use]
    pub fn new(version: FormatVersion, origin: Origin) -> Self {
        Self {
            origin,
            findings: Findings::default(),
            last: None,
            syncs: Syncs::new(version, origin),
            scheduler: Scheduler::new(version, origin),
            ranges: Ranges::new(version.family()),
            annotations: Annotations::new(version.family(), origin),
            symbols: Symbols::new(version, origin),
        }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event, tables: &Tables) {
        let findings = &mut self.findings;
        match &self.last {
            None => findings.expect(is_sync(event), || "the first event is no sync".to_owned()),
            Some(Event { time, .. }) => {
                findings.expect(*time < event.time, || format!("time {} after {time}", event.time));
            }
        }
        self.symbols.check(event, tables, findings);
        self.syncs.check(event, findings);
        self.scheduler.check_context(event, findings);
        match &event.kind {
            EventKind::GoTransition(transition) => {
                if transition.to == goscope_trace::GoState::NotExist {
                    self.annotations.end_of_goroutine(transition.goroutine);
                    let origin = self.origin;
                    self.ranges.end_of_goroutine(transition.goroutine, origin, findings);
                }
                self.annotations.transition(transition);
                self.scheduler.go_transition(event, transition, findings);
            }
            EventKind::ProcTransition(transition) => {
                self.scheduler.proc_transition(event, transition, findings);
            }
            EventKind::Sync(_) => self.scheduler.sync(),
            EventKind::RangeBegin(range) => self.ranges.begin(range, event, findings),
            EventKind::RangeActive(range) => {
                self.ranges.active(range, self.syncs.is_first_generation(), findings);
            }
            EventKind::RangeEnd(range, _) => self.ranges.end(range, event, findings),
            EventKind::Label(label) => {
                let exists = self.scheduler.exists(label.goroutine);
                findings.expect(exists && label.goroutine == event.goroutine, || {
                    format!("a label of goroutine {}, which is not the one at work", label.goroutine)
                });
            }
            EventKind::TaskBegin(_)
            | EventKind::TaskEnd(_)
            | EventKind::RegionBegin(_)
            | EventKind::RegionEnd(_)
            | EventKind::Log(_) => self.annotations.check(event, findings),
            EventKind::StackSample | EventKind::Metric(_) | EventKind::Experimental(_) => {}
        }
        self.last = Some(*event);
        findings.event += 1;
    }

    /// What was wrong so far: each with the number of the event, from 0.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        &self.findings.list
    }

    /// What was wrong in a trace that has been read to its end.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        let ends = self.last.as_ref().is_some_and(is_sync);
        self.findings.expect(ends, || "the last event is no sync".to_owned());
        self.findings.list
    }
}

fn is_sync(event: &Event) -> bool {
    matches!(event.kind, EventKind::Sync(_))
}

/// How the reading of a trace went.
#[derive(Debug)]
pub struct Reading {
    /// The number of events.
    pub events: u64,
    /// What the validator says of them.
    pub violations: Vec<String>,
    /// The error that ended it.
    pub error: Option<Error>,
}

/// Reads and validates a trace, and shows each event to `visit`.
///
/// # Panics
///
/// When there are more events than the bytes can stand for.
pub fn read(bytes: &[u8], origin: Origin, mut visit: impl FnMut(&Event, &Tables)) -> Reading {
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(error) => return Reading { events: 0, violations: Vec::new(), error: Some(error) },
    };
    let mut validator = Validator::new(reader.version(), origin);
    let mut events = 0;
    loop {
        match reader.next_event() {
            Ok(Some(event)) => {
                validator.event(&event, reader.tables());
                visit(&event, reader.tables());
                events += 1;
                // A switch takes three bytes at least and is three events; each sync has a batch.
                assert!(events <= bytes.len() as u64, "more events than bytes");
            }
            Ok(None) => return Reading { events, violations: validator.finish(), error: None },
            Err(error) => {
                let violations = validator.violations().to_vec();
                return Reading { events, violations, error: Some(error) };
            }
        }
    }
}

/// A thread and a proc, as messages name them.
fn place(thread: ThreadId, proc: ProcId) -> String {
    format!("thread {thread} with proc {proc}")
}

#[cfg(test)]
mod tests {
    use goscope_trace::TraceTime;

    use super::*;
    use crate::corpus;

    /// The violations in the events of a trace after `change`, with the reader's tables of the whole.
    fn violations(name: &str, change: impl FnOnce(&mut Vec<Event>)) -> Vec<String> {
        let trace = corpus::own().traces().into_iter().find(|trace| trace.name == name).unwrap();
        let bytes = trace.bytes();
        let mut reader = Reader::new(&*bytes).unwrap();
        let mut events: Vec<_> = std::iter::from_fn(|| reader.next_event().unwrap()).collect();
        change(&mut events);
        let mut validator = Validator::new(reader.version(), Origin::Runtime);
        events.iter().for_each(|event| validator.event(event, reader.tables()));
        validator.finish()
    }

    /// The place of the first event that is so, after the statuses at the start.
    fn find(events: &[Event], is_it: impl Fn(&EventKind) -> bool) -> usize {
        events.iter().position(|event| is_it(&event.kind)).unwrap()
    }

    fn is_go_step(kind: &EventKind, from: goscope_trace::GoState, to: goscope_trace::GoState) -> bool {
        matches!(kind, EventKind::GoTransition(step) if (step.from, step.to) == (from, to))
    }

    #[test]
    fn what_is_right_passes() {
        assert_eq!(violations("channels_go1.27.3.trace", |_| {}), [""; 0]);
    }

    #[test]
    fn times_have_to_rise() {
        let found = violations("channels_go1.27.3.trace", |events| events[7].time = TraceTime(0));
        assert!(found[0].starts_with("event 7: time 0 after "), "{found:#?}");
    }

    #[test]
    fn the_first_and_the_last_are_syncs() {
        let found = violations("channels_go1.27.3.trace", |events| {
            events.remove(0);
        });
        assert_eq!(found[0], "event 0: the first event is no sync");
        let found = violations("channels_go1.27.3.trace", |events| {
            events.pop();
        });
        assert!(found[0].ends_with("the last event is no sync"), "{found:#?}");
    }

    #[test]
    fn a_step_that_is_missing_is_missed() {
        use goscope_trace::GoState::{NotExist, Runnable, Running, Waiting};
        for (from, to) in [(NotExist, Runnable), (Runnable, Running), (Running, Waiting), (Waiting, Runnable)]
        {
            let found = violations("channels_go1.27.3.trace", |events| {
                events.remove(find(events, |kind| is_go_step(kind, from, to)));
            });
            assert!(!found.is_empty(), "{from:?} -> {to:?}");
        }
    }

    #[test]
    fn each_context_is_compared() {
        let found = violations("channels_go1.27.3.trace", |events| {
            let place = events.iter().rposition(|event| event.goroutine.is_some()).unwrap();
            events[place].proc = ProcId(77);
        });
        assert!(found[0].contains("is at work on"), "{found:#?}");
    }

    #[test]
    fn ranges_and_tasks_begin_once() {
        let begins: [fn(&EventKind) -> bool; 2] =
            [|kind| matches!(kind, EventKind::TaskBegin(_)), |kind| matches!(kind, EventKind::RangeBegin(_))];
        for is_begin in begins {
            let found = violations("annotations_go1.27.3.trace", |events| {
                let place = find(events, is_begin);
                let twice = Event { time: TraceTime(events[place].time.0 + 1), ..events[place] };
                events.insert(place + 1, twice);
            });
            assert!(found[0].contains("begins again"), "{found:#?}");
        }
    }

    #[test]
    fn a_region_ends_as_it_began() {
        let found = violations("annotations_go1.27.3.trace", |events| {
            let place = find(events, |kind| matches!(kind, EventKind::RegionEnd(_)));
            if let EventKind::RegionEnd(region) = &mut events[place].kind {
                region.task = goscope_trace::TaskId(77);
            }
        });
        assert!(found[0].contains("ends within the inner"), "{found:#?}");
    }

    #[test]
    fn a_task_ends_as_it_began() {
        let found = violations("annotations_go1.27.3.trace", |events| {
            let place = find(events, |kind| matches!(kind, EventKind::TaskEnd(_)));
            if let EventKind::TaskEnd(task) = &mut events[place].kind {
                task.parent = goscope_trace::TaskId(77);
            }
        });
        assert!(found[0].contains("but begun has"), "{found:#?}");
    }
}
