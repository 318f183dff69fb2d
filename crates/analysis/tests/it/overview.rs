//! The overview, and histories of single goroutines, against what events say when they are counted one by one.

use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::{
    history::Historian,
    overview::{Finding, Overlook, Overview, findings},
};
use goscope_testkit::{build::V2Trace, corpus};
use goscope_trace::{Event, EventKind, GoState, RangeKind, Reader, Tables};
use goscope_wire::FormatVersion;

fn read(bytes: &[u8], mut fold: impl FnMut(&Event, &Tables)) -> Option<Reader<&[u8]>> {
    let mut reader = Reader::new(bytes).ok()?;
    while let Ok(Some(event)) = reader.next_event() {
        fold(&event, reader.tables());
    }
    Some(reader)
}

fn overview(bytes: &[u8]) -> Option<Overview> {
    let mut overlook = Overlook::default();
    let reader = read(bytes, |event, tables| overlook.add(event, tables))?;
    Some(overlook.finish(reader.tables()))
}

/// What is counted without anything of ours between.
#[derive(Default, PartialEq, Debug)]
struct Count {
    events: u64,
    created: u64,
    ended: u64,
    before: u64,
    most: u64,
    stops: i64,
    stopped: u64,
    runnable: i64,
    starts: u64,
}

fn count(bytes: &[u8]) -> Option<Count> {
    let (mut count, mut stop, mut runnable) = (Count::default(), None, BTreeMap::new());
    let (mut alive, mut most, mut now, mut sync) = (0i64, 0i64, 0, 0);
    let mut starts = Vec::new();
    read(bytes, |event, _| {
        count.events += 1;
        now = event.time.0;
        match event.kind {
            EventKind::GoTransition(transition) => {
                let (from, to) = (transition.from, transition.to);
                if from == to {
                    return;
                }
                count.created += u64::from(from == GoState::NotExist);
                count.ended += u64::from(to == GoState::NotExist);
                count.before += u64::from(from == GoState::Undetermined && to != GoState::NotExist);
                alive += i64::from(from == GoState::NotExist) - i64::from(to == GoState::NotExist);
                most = most.max(alive);
                if let Some(since) =
                    runnable.remove(&transition.goroutine).filter(|_| from != GoState::NotExist)
                {
                    count.runnable += now - since;
                    starts.push(now - since);
                }
                if to == GoState::Runnable {
                    let since = if from == GoState::Undetermined { sync } else { now };
                    runnable.insert(transition.goroutine, since);
                }
            }
            EventKind::Sync(_) => sync = now,
            EventKind::RangeActive(range) if matches!(range.kind, RangeKind::StopTheWorld(_)) => {
                stop.get_or_insert((sync, 1));
            }
            EventKind::RangeBegin(range) if matches!(range.kind, RangeKind::StopTheWorld(_)) => {
                let (since, stoppers): &mut (i64, i64) = stop.get_or_insert((now, 0));
                *stoppers += 1;
                *since = (*since).min(now);
            }
            EventKind::RangeEnd(range, _) if matches!(range.kind, RangeKind::StopTheWorld(_)) => {
                let Some((since, stoppers)) = &mut stop else { return };
                *stoppers -= 1;
                if *stoppers == 0 {
                    (count.stops, count.stopped) = (count.stops + now - *since, count.stopped + 1);
                    stop = None;
                }
            }
            _ => {}
        }
    })?;
    count.starts = starts.len() as u64;
    count.runnable += runnable.values().map(|since| now - since).sum::<i64>();
    count.most = count.before + most.max(0).unsigned_abs();
    Some(count)
}

#[test]
fn an_overview_is_what_events_say_one_by_one() {
    let (mut traces, mut with_stops) = (0, 0);
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let (Some(ours), Some(counted)) = (overview(&bytes), count(&bytes)) else { continue };
        let goroutines = ours.goroutines;
        let ours = Count {
            events: ours.events,
            created: goroutines.created,
            ended: goroutines.ended,
            before: goroutines.before,
            most: goroutines.peak(),
            stops: ours.stops.sum + ours.tracer_stops.sum,
            stopped: ours.stops.count + ours.tracer_stops.count,
            runnable: ours.runnable,
            starts: ours.latency.count,
        };
        assert_eq!(ours, counted, "{}", trace.name);
        (traces, with_stops) = (traces + 1, with_stops + usize::from(ours.stops > 0));
    }
    assert!(traces > 80 && with_stops > 40, "{traces}, {with_stops}");
}

#[test]
fn goroutines_that_wait_for_ever_stand_out() {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let reason = generation.string("chan receive");
        let stack = generation.stack(&[("main.leak", "main.go", 7)]);
        generation.on(0, |m| {
            m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
            m.event("GoStatus", &[("g", 1), ("m", 0), ("gstatus", 2)]);
            (10..22).for_each(|id| m.event("GoCreate", &[("new_g", id), ("new_stack", stack), ("stack", 0)]));
            m.event("GoStop", &[("reason_string", reason), ("stack", 0)]);
            for goroutine in 10..22 {
                m.event("GoStart", &[("g", goroutine)]);
                m.event("GoBlock", &[("reason_string", reason), ("stack", stack)]);
            }
            for _ in 0..40 {
                m.event("GoStart", &[("g", 1)]);
                m.event("GoStop", &[("reason_string", reason), ("stack", 0)]);
            }
        });
    });
    let overview = overview(&trace.finish()).unwrap();
    let counts: Vec<_> = overview.stuck.iter().map(|stuck| stuck.count).collect();
    assert_eq!(counts, [12]);
    let leaks = findings(&overview).into_iter().filter(|finding| matches!(finding, Finding::Leak { .. }));
    assert_eq!(leaks.count(), 1);
}

/// A trace of 20 ms in which the world stops for 5 ms, for a reason.
fn stopped_for(reason: &str) -> Vec<u8> {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    trace.generation(|generation| {
        let kind = generation.string(reason);
        generation.on(0, |m| {
            m.event("ProcStatus", &[("p", 0), ("pstatus", 1)]);
            m.event("GoStatus", &[("g", 1), ("m", 0), ("gstatus", 2)]);
            m.event("STWBegin", &[("kind_string", kind), ("stack", 0)]);
            m.wait(312_500);
            m.event("STWEnd", &[]);
            m.wait(937_500);
            m.event("HeapAlloc", &[("heapalloc_value", 1)]);
        });
    });
    trace.finish()
}

#[test]
fn the_stops_of_the_tracer_are_apart_and_stand_out_nowhere() {
    for (reason, of_tracer) in
        [("start trace", true), ("stop trace", true), ("read mem stats", false), ("start tracer", false)]
    {
        let overview = overview(&stopped_for(reason)).unwrap();
        assert_eq!(
            (overview.tracer_stops.count, overview.stops.count),
            if of_tracer { (1, 0) } else { (0, 1) }
        );
        assert!(overview.tracer_stops.max + overview.stops.max >= 5_000_000);
        let is_of_stops =
            |finding: &Finding| matches!(finding, Finding::LongStop { .. } | Finding::StoppedOften { .. });
        let found = findings(&overview).iter().filter(|finding| is_of_stops(finding)).count();
        assert_eq!((found, overview.longest_stop.is_none()), if of_tracer { (0, true) } else { (2, false) });
    }
}

#[test]
fn histories_tell_all_of_creations_and_wakes() {
    let (mut created, mut woken) = (0, 0);
    for trace in corpus::own().traces() {
        let bytes = trace.bytes();
        let (mut children, mut wakes, mut ids) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let is_read = read(&bytes, |event, _| {
            let EventKind::GoTransition(transition) = event.kind else { return };
            ids.insert(transition.goroutine);
            match (transition.from, transition.to) {
                (GoState::NotExist, _) => *children.entry(event.goroutine).or_insert(0) += 1,
                (GoState::Waiting, to)
                    if to != GoState::Waiting && event.goroutine != transition.goroutine =>
                {
                    *wakes.entry(event.goroutine).or_insert(0) += 1;
                }
                _ => {}
            }
        });
        if is_read.is_none() {
            continue;
        }
        for id in ids.into_iter().take(20) {
            let mut historian = Historian::new(id);
            read(&bytes, |event, tables| historian.add(event, tables, |_| true));
            let history = historian.finish(|_| true);
            let told = history.woken.iter().map(|wakes| wakes.count).sum::<u64>();
            assert_eq!(
                history.children.len(),
                children.get(&id).copied().unwrap_or(0),
                "{} {id}",
                trace.name
            );
            assert_eq!(told, wakes.get(&id).copied().unwrap_or(0), "{} {id}", trace.name);
            (created, woken) = (created + history.children.len(), woken + told);
        }
    }
    assert!(created > 300 && woken > 100, "{created}, {woken}");
}
