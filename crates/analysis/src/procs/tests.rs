//! The fold over procs, on events made by hand.

use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, Metric, MetricName, ProcId, ProcState, ProcTransition,
    Range, RangeKind, Scope, StackId, StringId, Tables, ThreadId, TraceTime,
};

use super::{Doing, Procs, Report, Settings, Starvation, Times};
use crate::{per_proc::MOST_PROCS, slices::Absorb};

fn event(time: i64, proc: u64, kind: EventKind) -> Event {
    let (time, thread, stack) = (TraceTime(time), ThreadId(proc), StackId::NONE);
    Event { time, thread, proc: ProcId(proc), goroutine: GoId::NONE, stack, kind }
}

fn go(time: i64, proc: u64, goroutine: u64, from: GoState, to: GoState) -> Event {
    let (goroutine, reason, stack) = (GoId(goroutine), StringId::EMPTY, StackId::NONE);
    event(time, proc, EventKind::GoTransition(GoTransition { goroutine, from, to, reason, stack }))
}

fn proc(time: i64, proc: u64, from: ProcState, to: ProcState) -> Event {
    event(time, proc, EventKind::ProcTransition(ProcTransition { proc: ProcId(proc), from, to }))
}

fn gomaxprocs(time: i64, value: u64) -> Event {
    event(time, 0, EventKind::Metric(Metric { name: MetricName::Gomaxprocs, value }))
}

fn stop(time: i64, begins: bool) -> Event {
    let range = Range { kind: RangeKind::StopTheWorld(StringId::EMPTY), scope: Scope::Global };
    event(time, 0, if begins { EventKind::RangeBegin(range) } else { EventKind::RangeEnd(range, None) })
}

fn report(events: &[Event], since: i64, end: i64) -> Report {
    let mut procs = Procs::new(Settings { every: Some(50), worst: 2 });
    events.iter().for_each(|event| procs.add(event, &Tables::default(), TraceTime(since)));
    let report = procs.finish(TraceTime(end));
    report.procs.iter().for_each(|proc| assert_eq!(proc.times.total(), report.duration));
    let mut sum = Times::default();
    report.slices.iter().for_each(|slice| sum.absorb(&slice.part.times));
    sum.add(Doing::Absent, report.times().of(Doing::Absent));
    assert_eq!(sum, report.times());
    assert_eq!(report.slices.iter().map(|slice| slice.part.starved).sum::<i64>(), report.starved);
    report
}

use GoState::{NotExist, Runnable, Running, Syscall, Waiting};
use ProcState::{Idle, Undetermined};

fn times(report: &Report, place: usize) -> [i64; 6] {
    Doing::ALL.map(|doing| report.procs[place].times.of(doing))
}

/// One proc runs a goroutine, which creates another one; the second proc starts late.
fn events() -> Vec<Event> {
    vec![
        proc(0, 0, Undetermined, ProcState::Running),
        go(0, 0, 1, GoState::Undetermined, Running),
        gomaxprocs(10, 2),
        go(20, 0, 2, NotExist, Runnable),
        proc(60, 1, Idle, ProcState::Running),
        go(65, 1, 2, Runnable, Running),
        go(70, 0, 1, Running, Syscall),
        go(75, 0, 1, Syscall, Running),
        go(80, 1, 2, Running, Waiting),
        proc(85, 1, ProcState::Running, Idle),
    ]
}

#[test]
fn what_a_proc_does_adds_up() {
    let report = report(&events(), i64::MIN, 100);
    assert_eq!(times(&report, 0), [0, 0, 0, 95, 0, 5]);
    assert_eq!(times(&report, 1), [0, 75, 10, 15, 0, 0]);
    let [first, second] = &report.procs[..] else { panic!() };
    assert_eq!((first.switches, second.switches), (0, 1));
    assert_eq!((second.longest_idle, second.longest_idle_start), (60, TraceTime(0)));
    assert_eq!(first.times.utilisation(), Some(1.0));
}

#[test]
fn work_that_waits_while_a_proc_is_idle_starves() {
    let report = report(&events(), i64::MIN, 100);
    let worst = Starvation { start: TraceTime(20), end: TraceTime(60), idle: 1, runnable: 1, stopped: 0 };
    assert_eq!((report.starvations, report.starved, report.worst), (1, 40, vec![worst]));
    assert_eq!(report.slices.iter().map(|slice| slice.part.starved).collect::<Vec<_>>(), [30, 10]);
    assert_eq!(report.slices.iter().map(|slice| slice.part.procs).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn a_window_cuts_all_times() {
    let report = report(&events(), 50, 90);
    assert_eq!(times(&report, 1), [0, 15, 10, 15, 0, 0]);
    assert_eq!((report.duration, report.starved, report.worst[0].start), (40, 10, TraceTime(50)));
}

#[test]
fn procs_come_and_go_with_gomaxprocs() {
    let mut events = events();
    events.extend([stop(90, true), gomaxprocs(92, 1), gomaxprocs(94, 3), stop(96, false)]);
    let report = report(&events, i64::MIN, 100);
    assert_eq!(times(&report, 1), [2, 73, 10, 15, 0, 0]);
    assert_eq!(times(&report, 2), [94, 6, 0, 0, 0, 0]);
}

#[test]
fn a_stopped_world_is_told_apart() {
    let mut events = events();
    events.extend([stop(86, true), go(88, 0, 1, Running, Runnable), stop(95, false)]);
    let report = report(&events, i64::MIN, 100);
    assert_eq!((report.starved, report.starved_stopped, report.worst[1].stopped), (52, 7, 7));
}

#[test]
fn a_proc_is_taken_from_a_system_call_and_whoever_comes_back_has_none() {
    let events = [
        proc(0, 0, Undetermined, ProcState::Running),
        go(0, 0, 1, GoState::Undetermined, Running),
        go(10, 0, 1, Running, Syscall),
        proc(30, 0, ProcState::Running, Idle),
        proc(40, 0, Idle, ProcState::Running),
        go(45, 0, 2, Runnable, Running),
        go(50, ProcId::NONE.0, 1, Syscall, Runnable),
    ];
    assert_eq!(times(&report(&events, i64::MIN, 60), 0), [0, 10, 5, 25, 0, 20]);
}

#[test]
fn nonsense_is_borne() {
    let events = [
        gomaxprocs(0, u64::MAX),
        go(5, 1 << 60, 1, Runnable, Running),
        proc(i64::MIN, 3, Idle, ProcState::Running),
        gomaxprocs(i64::MAX - 1, 0),
    ];
    let mut procs = Procs::new(Settings::default());
    events.iter().for_each(|event| procs.add(event, &Tables::default(), TraceTime(0)));
    let report = procs.finish(TraceTime(i64::MAX));
    assert_eq!((report.procs.len(), report.duration), (MOST_PROCS, i64::MAX));
    assert!(report.procs.iter().all(|proc| proc.times.total() == i64::MAX));
}
