//! Latency, procs and threads, against counts by hand over the events of every trace.

use std::collections::BTreeMap;

use goscope_analysis::{
    Absorb, Durations,
    latency::{self, Instead, Latencies},
    procs::{self, Procs},
    threads::{self, Threads},
};
use goscope_testkit::corpus;
use goscope_trace::{Event, EventKind, GoId, GoState, GoTransition, ProcId, ProcState, Reader, TraceTime};
use goscope_wire::Family;

const ALWAYS: TraceTime = TraceTime(i64::MIN);

/// A trace, its events as far as it can be read, and what was made of them.
struct Case {
    name: String,
    is_v1: bool,
    events: Vec<Event>,
    latency: latency::Report,
    procs: procs::Report,
    threads: threads::Report,
}

impl Case {
    fn transitions(&self) -> impl Iterator<Item = (&Event, GoTransition)> {
        self.events.iter().filter_map(|event| match event.kind {
            EventKind::GoTransition(transition) => Some((event, transition)),
            _ => None,
        })
    }
}

/// All traces that have events, from a part of their time on.
fn cases(part: f64) -> impl Iterator<Item = (Case, TraceTime)> {
    corpus::all().into_iter().filter_map(move |trace| {
        let bytes = trace.bytes();
        let mut reader = Reader::new(&bytes[..]).ok()?;
        let events: Vec<_> = std::iter::from_fn(|| reader.next_event().ok().flatten()).collect();
        let (start, end) = (events.first()?.time, events.last()?.time);
        let skipped = ((end.0 - start.0) as f64 * part) as i64;
        let since = if skipped > 0 { TraceTime(start.0 + skipped) } else { ALWAYS };
        let mut latencies = Latencies::new(latency::Settings::default());
        let (mut procs, mut threads) = (Procs::new(procs::Settings::default()), Threads::default());
        for event in &events {
            latencies.add(event, reader.tables(), since, |_| true);
            procs.add(event, reader.tables(), since);
            threads.add(event, since);
        }
        let (latency, procs) = (latencies.finish(end), procs.finish(end));
        let threads = threads.finish(since, end);
        let is_v1 = reader.version().family() == Family::V1;
        Some((Case { name: trace.name, is_v1, events, latency, procs, threads }, since.max(start)))
    })
}

/// The waits of a trace: when each ended, and how long it was. What is told of late has been so since the last sync.
fn waits(case: &Case) -> Vec<(TraceTime, i64)> {
    let (mut since, mut waits, mut sync) = (BTreeMap::new(), Vec::new(), TraceTime(0));
    for event in &case.events {
        let (goroutine, from, to) = match event.kind {
            EventKind::Sync(_) => {
                sync = event.time;
                continue;
            }
            EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) => (goroutine, from, to),
            _ => continue,
        };
        match (from, to) {
            (GoState::Undetermined, GoState::Runnable) => _ = since.insert(goroutine, sync),
            (_, GoState::Runnable) if from != to => _ = since.insert(goroutine, event.time),
            (GoState::Runnable, GoState::Running) => {
                let start = since.remove(&goroutine).unwrap();
                waits.push((event.time, event.time.0 - start.0));
            }
            _ => {}
        }
    }
    waits
}

#[test]
fn latency_is_the_sum_of_all_waits() {
    let mut seen = 0;
    for part in [0.0, 0.4] {
        for (case, since) in cases(part) {
            let name = &case.name;
            let mut waits: Vec<_> =
                waits(&case).into_iter().filter(|(end, _)| *end >= since).map(|(_, time)| time).collect();
            waits.sort_unstable();
            let all = &case.latency.all;
            assert_eq!(all.count(), waits.len() as u64, "{name}");
            assert_eq!(all.sum(), waits.iter().sum::<i64>(), "{name}");
            let worst: Vec<_> = case.latency.worst.iter().map(latency::Wait::duration).collect();
            assert_eq!(worst, waits.iter().rev().take(10).copied().collect::<Vec<_>>(), "{name}");
            for thousandths in [500, 900, 990, 999] {
                let place = (waits.len() * thousandths).div_ceil(1000).max(1) - 1;
                let exact = waits.get(place).copied().unwrap_or_default();
                let ours = all.quantile(thousandths as u32);
                assert!(ours >= exact && ours - exact <= exact / 32, "{name}: {ours}, {exact}");
            }
            let mut by_func = Durations::default();
            case.latency.by_func.iter().for_each(|(_, durations)| by_func.absorb(durations));
            let mut slices = Durations::default();
            case.latency.slices.iter().for_each(|slice| slices.absorb(&slice.part));
            assert_eq!((&by_func, &slices), (all, all), "{name}");
            seen += all.count();
        }
    }
    assert!(seen > 10_000, "{seen}");
}

/// How long each goroutine ran on a proc between two moments.
fn ran(case: &Case, proc: ProcId, from: TraceTime, to: TraceTime) -> BTreeMap<GoId, i64> {
    let (mut since, mut ran) = (BTreeMap::new(), BTreeMap::new());
    for (event, transition) in case.transitions().take_while(|(event, _)| event.time <= to) {
        let GoTransition { goroutine, from: before, to: after, .. } = transition;
        if before == after || event.proc != proc {
            continue;
        }
        if after == GoState::Running {
            since.insert(goroutine, event.time.max(from));
        } else if let Some(start) = since.remove(&goroutine) {
            *ran.entry(goroutine).or_insert(0) += (event.time.0 - start.0).max(0);
        }
    }
    ran
}

#[test]
fn what_ran_instead_ran_longest() {
    let (mut ran_instead, mut unknown) = (0, 0);
    for (case, _) in cases(0.0) {
        for wait in case.latency.worst.iter().take(3) {
            let by_hand = ran(&case, wait.proc, wait.start, wait.end);
            let most = by_hand.values().max().copied().unwrap_or_default();
            match wait.instead {
                // What ran in system calls counts too, if the proc was still there.
                Instead::Ran { goroutine, time, .. } => {
                    let ran = by_hand.get(&goroutine).copied().unwrap_or_default();
                    assert!(ran <= time && most <= time && time <= wait.duration(), "{} {wait:?}", case.name);
                    ran_instead += 1;
                }
                Instead::Nobody => assert_eq!(most, 0, "{} {wait:?}", case.name),
                Instead::Unknown => unknown += 1,
            }
        }
    }
    assert!(ran_instead > 50 && unknown < ran_instead / 10, "{ran_instead}, {unknown}");
}

#[test]
fn what_procs_do_adds_up_to_all_time() {
    let (mut procs, mut busy) = (0, 0);
    for part in [0.0, 0.4] {
        for (case, since) in cases(part) {
            let (name, report) = (&case.name, &case.procs);
            assert_eq!(report.duration, case.events.last().unwrap().time.0 - since.0, "{name}");
            for proc in &report.procs {
                let times = proc.times;
                let absent = times.of(procs::Doing::Absent);
                assert_eq!(times.busy() + times.of(procs::Doing::Idle) + absent, report.duration, "{name}");
                assert!(procs::Doing::ALL.iter().all(|doing| times.of(*doing) >= 0), "{name} {proc:?}");
                assert!(
                    times.utilisation().is_none_or(|part| (0.0..=1.0).contains(&part)),
                    "{name} {proc:?}"
                );
                assert!(proc.longest_idle <= times.of(procs::Doing::Idle), "{name} {proc:?}");
                procs += 1;
                busy += times.busy();
            }
            let mut slices = procs::Load::default();
            let mut now = since;
            for slice in &report.slices {
                assert_eq!(slice.start, now, "{name}");
                let there = slice.part.times.there();
                assert!(there <= (slice.end.0 - now.0) * report.procs.len() as i64, "{name} {slice:?}");
                assert!(slice.part.starved <= slice.end.0 - now.0, "{name} {slice:?}");
                slices.absorb(&slice.part);
                now = slice.end;
            }
            let mut times = report.times();
            times.add(procs::Doing::Absent, -times.of(procs::Doing::Absent));
            assert_eq!((slices.times, slices.starved), (times, report.starved), "{name}");
            assert!(report.starved_stopped <= report.starved && report.starved <= report.duration, "{name}");
        }
    }
    assert!(procs > 300 && busy > 0, "{procs}, {busy}");
}

/// How long goroutines ran on each proc, and how often one was switched to.
fn running(case: &Case) -> BTreeMap<ProcId, (i64, u64)> {
    let (mut since, mut procs) = (BTreeMap::new(), BTreeMap::<_, (i64, u64)>::new());
    let end = case.events.last().unwrap().time;
    for (event, GoTransition { goroutine, from, to, .. }) in
        case.transitions().filter(|(_, step)| step.from != step.to)
    {
        if let Some((proc, TraceTime(start))) = since.remove(&goroutine) {
            procs.entry(proc).or_default().0 += event.time.0 - start;
        }
        if to == GoState::Running {
            since.insert(goroutine, (event.proc, event.time));
            procs.entry(event.proc).or_default().1 += u64::from(from == GoState::Runnable);
        }
    }
    since.into_values().for_each(|(proc, start)| procs.entry(proc).or_default().0 += end.0 - start.0);
    procs
}

#[test]
fn procs_run_what_goroutines_run_on_them() {
    let mut switches = 0;
    for (case, _) in cases(0.0) {
        let by_hand = running(&case);
        for proc in &case.procs.procs {
            let expected = by_hand.get(&proc.id).copied().unwrap_or_default();
            let ran = proc.times.of(procs::Doing::Running) + proc.times.of(procs::Doing::Gc);
            assert_eq!((ran, proc.switches), expected, "{} P{}", case.name, proc.id);
            switches += proc.switches;
        }
    }
    assert!(switches > 10_000, "{switches}");
}

/// How long some proc was idle while some goroutine was runnable, of procs that have been told of.
fn starved(case: &Case) -> i64 {
    let (mut idle, mut runnable, mut since, mut sum) = (BTreeMap::new(), BTreeMap::new(), None, 0);
    for event in &case.events {
        match event.kind {
            EventKind::GoTransition(step) => {
                runnable.insert(step.goroutine, step.to == GoState::Runnable);
            }
            EventKind::ProcTransition(step) => {
                idle.insert(step.proc, step.to == ProcState::Idle);
            }
            _ => {}
        }
        let is_starved = idle.values().any(|is| *is) && runnable.values().any(|is| *is);
        match since {
            Some(start) if !is_starved => {
                sum += event.time.0 - start;
                since = None;
            }
            None if is_starved => since = Some(event.time.0),
            _ => {}
        }
    }
    sum + since.map_or(0, |since| case.events.last().unwrap().time.0 - since)
}

#[test]
fn starvation_is_idle_procs_with_runnable_goroutines() {
    let (mut equal, mut compared) = (0, 0);
    for (case, _) in cases(0.0).filter(|(case, _)| case.events.len() < 20_000) {
        let (ours, by_hand) = (case.procs.starved, starved(&case));
        // Procs that are idle before they are told of, or gone with GOMAXPROCS, make a difference.
        equal += u32::from(ours == by_hand);
        compared += 1;
    }
    assert!(equal * 4 > compared, "{equal} of {compared}");
}

#[test]
fn threads_run_what_goroutines_run_on_them() {
    let (mut threads, mut calls, mut equal) = (0, 0, 0);
    for (case, since) in cases(0.0) {
        let (name, report, end) = (&case.name, &case.threads, case.events.last().unwrap().time);
        let (mut running, mut syscalls) = (0, 0);
        let mut open = BTreeMap::new();
        for (event, step) in
            case.transitions().filter(|(event, step)| step.from != step.to && event.thread.is_some())
        {
            syscalls += u64::from((step.from, step.to) == (GoState::Running, GoState::Syscall));
            if let Some(TraceTime(start)) = open.remove(&step.goroutine) {
                running += event.time.0 - start;
            }
            if step.to == GoState::Running {
                open.insert(step.goroutine, event.time);
            }
        }
        running += open.into_values().map(|start| end.0 - start.0).sum::<i64>();
        let sum = |doing| report.threads.iter().map(|thread| thread.time(doing)).sum::<i64>();
        let ours = sum(threads::Doing::Running);
        // Before Go 1.22, a proc that was taken from a thread may seem to run on it for a while longer.
        assert!(ours == running || (case.is_v1 && ours < running), "{name}: {ours}, {running}");
        equal += u32::from(ours == running);
        assert_eq!(report.threads.iter().map(|thread| thread.syscalls).sum::<u64>(), syscalls, "{name}");
        for thread in &report.threads {
            assert!(since <= thread.first && thread.first <= thread.last && thread.last <= end, "{name}");
            assert!(thread.total() <= end.0 - thread.first.0, "{name} {thread:?}");
            assert!(thread.total() >= thread.last.0 - thread.first.0, "{name} {thread:?}");
        }
        assert!(report.in_syscalls.count <= report.threads.len() as u64, "{name}");
        threads += report.threads.len();
        calls += syscalls;
    }
    assert!(threads > 300 && calls > 1000 && equal > corpus::floor(50, 100), "{threads}, {calls}, {equal}");
}
