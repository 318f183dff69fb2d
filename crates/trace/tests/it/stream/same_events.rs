//! Every trace that `Reader` reads gives the same events as a stream, thread by thread, but for what the
//! documentation of the stream says.

use std::collections::BTreeMap;

use goscope_testkit::{corpus, scenario::Scenario, text as testkit_text};
use goscope_trace::{
    Event, EventKind, GoState, GoTransition, ProcId, ProcState, ProcTransition, Reader, StringId, Tables,
    TaskId, TraceTime, text,
};
use goscope_wire::Family;

use super::reading::{Streamed, stream};

/// Go's reader files under procs from here on what happens without a proc.
const FIRST_FAKE_PROC: ProcId = ProcId(1_000_001);

/// Events whose order is the same in both readings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    Thread(u64),
    Proc(u64),
    /// What other threads tell of a goroutine or proc as a generation begins.
    GoStatus(u64),
    ProcStatus(u64),
    /// What family v1 files under procs that do not exist, and what makes goroutines ready: what happens to a
    /// goroutine, by its time.
    Elsewhere(u64),
    /// Samples of the CPU profiler, by their times.
    Samples,
}

impl Group {
    fn of(event: &Event, family: Family) -> Option<Self> {
        Some(match event.kind {
            EventKind::Sync(_) => return None,
            EventKind::StackSample => Self::Samples,
            EventKind::GoTransition(it)
                if family == Family::V1
                    && it.to == GoState::Runnable
                    && matches!(it.from, GoState::Waiting | GoState::Syscall) =>
            {
                Self::Elsewhere(it.goroutine.0)
            }
            _ if family == Family::V1 && event.proc.is_some() && event.proc >= FIRST_FAKE_PROC => {
                Self::Elsewhere(u64::MAX)
            }
            _ if family == Family::V1 => Self::Proc(event.proc.0),
            EventKind::GoTransition(it) if it.from == it.to || it.from == GoState::Undetermined => {
                Self::GoStatus(it.goroutine.0)
            }
            EventKind::ProcTransition(it) if it.to == ProcState::Idle && event.proc != it.proc => {
                Self::ProcStatus(it.proc.0)
            }
            EventKind::ProcTransition(it) if it.from != ProcState::Idle && it.to == ProcState::Running => {
                Self::ProcStatus(it.proc.0)
            }
            _ => Self::Thread(event.thread.0),
        })
    }
}

type Groups = BTreeMap<Group, Vec<Event>>;

fn grouped(events: impl IntoIterator<Item = Event>, family: Family) -> Groups {
    let mut groups = Groups::new();
    for event in events {
        if let Some(group) = Group::of(&event, family) {
            groups.entry(group).or_default().push(event);
        }
    }
    groups
}

/// The events of `Reader`, without those of procs that become idle because a call from C ends: the stream leaves
/// these to the thread that takes the proc.
fn ordered(bytes: &[u8]) -> Option<(Groups, Reader<&[u8]>)> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut events: Vec<Event> = Vec::new();
    while let Some(event) = reader.next_event().ok()? {
        if let (EventKind::GoTransition(it), Some(EventKind::ProcTransition(proc))) =
            (event.kind, events.last().map(|last| last.kind))
            && (it.from, it.to) == (GoState::Syscall, GoState::NotExist)
            && (proc.proc, proc.to) == (event.proc, ProcState::Idle)
        {
            events.pop();
        }
        events.push(event);
    }
    Some((grouped(events, reader.version().family()), reader))
}

/// The event of `Reader`, changed where that of the stream may differ.
fn excused(want: Event, got: &Event, group: &Group) -> Event {
    let kind = match (want.kind, got.kind) {
        (EventKind::TaskEnd(_), EventKind::TaskEnd(task))
            if (task.name, task.parent) == (StringId::EMPTY, TaskId::NONE) =>
        {
            got.kind
        }
        (EventKind::ProcTransition(want), EventKind::ProcTransition(got))
            if *group == Group::ProcStatus(want.proc.0) =>
        {
            let is_told = want.from != ProcState::Running;
            EventKind::ProcTransition(ProcTransition {
                from: got.from,
                to: if is_told { got.to } else { want.to },
                ..want
            })
        }
        // The goroutine was created before in the same generation, which no runtime tells.
        (EventKind::GoTransition(want), EventKind::GoTransition(got))
            if *group == Group::GoStatus(want.goroutine.0) && got.from == GoState::Undetermined =>
        {
            EventKind::GoTransition(GoTransition { from: got.from, ..want })
        }
        _ => want.kind,
    };
    let want = Event { kind, ..want };
    match (group, want.kind) {
        (Group::GoStatus(_) | Group::ProcStatus(_) | Group::Elsewhere(_), _) => {
            Event { thread: got.thread, proc: got.proc, goroutine: got.goroutine, ..want }
        }
        (_, EventKind::GoTransition(GoTransition { from: GoState::Syscall, to: GoState::NotExist, .. })) => {
            Event { proc: got.proc, ..want }
        }
        _ => want,
    }
}

fn line(event: Event, tables: &Tables) -> String {
    let mut line = String::new();
    text::go_event(&event.at(TraceTime(0)), tables, |_, _| Ok(()), &mut line).unwrap();
    line
}

/// How far the times of two readings are apart: the least and the most nanoseconds, where the order is the same.
fn apart(want: &Groups, got: &Groups) -> (i64, i64) {
    let in_order = |group: &&Group| matches!(group, Group::Thread(_) | Group::Proc(_));
    let pairs = want.keys().filter(in_order).flat_map(|group| want[group].iter().zip(&got[group]));
    let apart = pairs.map(|(want, got)| want.time.0 - got.time.0);
    apart.fold((i64::MAX, i64::MIN), |(least, most), apart| (least.min(apart), most.max(apart)))
}

/// What is wrong with the times of a stream. `Reader` moves those of family v2 that are equal or contradict the
/// order, and counts those of family v1 from the first event.
fn wrong_times(want: &Groups, got: &Groups, family: Family) -> Option<String> {
    let (least, most) = apart(want, got);
    let is_right = match family {
        Family::V1 => most - least < 20,
        Family::V2 => least >= 0 && most < 10_000_000,
    };
    (!is_right).then(|| format!("times are from {least} to {most} ns apart"))
}

/// The first difference between two readings of a trace.
fn difference(want: &Groups, want_tables: &Tables, got: &Groups, got_tables: &Tables) -> Option<String> {
    for ((group, want), (other, got)) in want.iter().zip(got) {
        if (group, want.len()) != (other, got.len()) {
            return Some(format!("{} of {group:?}, {} of {other:?}", want.len(), got.len()));
        }
        for (place, (want, got)) in want.iter().zip(got).enumerate() {
            let (want, got) = (line(excused(*want, got, group), want_tables), line(*got, got_tables));
            if want != got {
                return Some(format!("{group:?}, event {place}: {want}\nin the stream: {got}"));
            }
        }
    }
    (want.len() != got.len()).then(|| format!("{} groups, {} in the stream", want.len(), got.len()))
}

/// The events of a stream, those in order that are not in the order of the file.
fn streamed(events: Vec<Event>, family: Family) -> Groups {
    let is_loose =
        |group: &Group| matches!(group, Group::Elsewhere(_) | Group::ProcStatus(_) | Group::Samples);
    let mut groups = grouped(events, family);
    for (_, events) in groups.iter_mut().filter(|(group, _)| is_loose(group)) {
        events.sort_by_key(|event| event.time);
    }
    groups
}

/// What is wrong with the stream of a trace that `Reader` reads.
fn wrong(bytes: &[u8]) -> Option<String> {
    let (want, reader) = ordered(bytes)?;
    let (Streamed { events, tables }, family) = (stream(bytes), reader.version().family());
    let got = streamed(events, family);
    difference(&want, reader.tables(), &got, &tables).or_else(|| wrong_times(&want, &got, family))
}

/// Makes sure that nothing is wrong with any of these traces.
fn check(traces: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let wrong = |(name, bytes): (String, Vec<u8>)| wrong(&bytes).map(|what| format!("{name}: {what}"));
    let wrong: Vec<_> = traces.into_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn events_of_recorded_traces_are_those_of_the_ordered_reader() {
    check(corpus::all().into_iter().map(|trace| (trace.name.clone(), trace.bytes())));
}

/// A scenario in which a proc is taken before, by its clocks, it is told to be there. Here such events are lined up
/// by their times.
const OUT_OF_ORDER: &str = "go122-syscall-steal-proc-reacquire-new-proc-bare-m";

#[test]
fn events_of_gos_scenarios_are_those_of_the_ordered_reader() {
    let Some(shared) = corpus::shared() else { return };
    let mut scenarios = Scenario::all(&shared.folder().join("scenarios"));
    scenarios.retain(|scenario| scenario.name != OUT_OF_ORDER);
    check(
        scenarios.into_iter().map(|scenario| (scenario.name, testkit_text::parse(&scenario.trace).unwrap())),
    );
}
