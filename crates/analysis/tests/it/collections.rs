//! Garbage collections and stops of the world, as a count over pairs of events has them.

use std::collections::BTreeMap;

use goscope_analysis::{
    Lives, Spread,
    gc::{CollectionReport, Collections, Costs, Cycle, Sweeps, Workers},
    stw::{Stop, StopReport, Stops},
};
use goscope_testkit::corpus;
use goscope_trace::{
    Event, EventKind, GoId, GoState, MetricName, ProcState, RangeKind, Reader, Tables, TraceTime,
};
use goscope_wire::FormatVersion;

/// A trace that has been read, as far as it goes.
struct Read {
    name: String,
    events: Vec<Event>,
    reader: Reader<&'static [u8]>,
    collections: CollectionReport,
    stops: StopReport,
}

/// All traces that tell of stops as they begin: since Go 1.10.
fn all() -> Vec<Read> {
    let read = |trace: corpus::Trace| {
        let bytes: &'static [u8] = trace.bytes().leak();
        let mut reader = Reader::new(bytes).ok().filter(|reader| reader.version() >= FormatVersion::V1_10)?;
        let (mut events, mut collections, mut stops) = (Vec::new(), Collections::default(), Stops::default());
        while let Ok(Some(event)) = reader.next_event() {
            collections.add(&event, reader.tables());
            stops.add(&event, reader.tables(), Some);
            events.push(event);
        }
        let tables = reader.tables();
        let (collections, stops) = (collections.finish(tables), stops.finish(tables, Some));
        Some(Read { name: trace.name, events, reader, collections, stops })
    };
    let own = corpus::own().traces().into_iter();
    own.chain(corpus::all().into_iter().filter(|trace| trace.name.contains("gc-stress")))
        .filter_map(read)
        .collect()
}

impl Read {
    fn tables(&self) -> &Tables {
        self.reader.tables()
    }

    /// Whether the world stops for the program, and not for the tracer.
    fn is_of_program(&self, kind: RangeKind) -> bool {
        let of_tracer: [&[u8]; 2] = [b"start trace", b"stop trace"];
        matches!(kind, RangeKind::StopTheWorld(reason) if !of_tracer.contains(&self.tables().string(reason)))
    }

    fn is_for_gc(&self, kind: RangeKind) -> bool {
        matches!(kind, RangeKind::StopTheWorld(reason) if self.tables().string(reason).starts_with(b"GC "))
    }

    /// Each range that begins and ends: its kind, since when, until when.
    fn pairs(&self) -> Vec<(RangeKind, i64, i64)> {
        let (mut open, mut pairs) = (BTreeMap::new(), Vec::new());
        for event in &self.events {
            match event.kind {
                EventKind::RangeBegin(range) => _ = open.insert(format!("{range:?}"), event.time.0),
                EventKind::RangeEnd(range, _) => {
                    let since = open.remove(&format!("{range:?}"));
                    pairs.extend(since.map(|since| (range.kind, since, event.time.0)));
                }
                _ => {}
            }
        }
        pairs
    }
}

fn durations(pairs: &[(RangeKind, i64, i64)], is_wanted: impl Fn(RangeKind) -> bool) -> Vec<i64> {
    pairs.iter().filter(|(kind, ..)| is_wanted(*kind)).map(|(_, since, until)| until - since).collect()
}

#[test]
fn stops_are_the_pairs_of_their_events() {
    let (mut count, mut traced) = (0, 0);
    for trace in all() {
        let pairs = trace.pairs();
        let is_stop = |kind| matches!(kind, RangeKind::StopTheWorld(_));
        let expected = Spread::of(&mut durations(&pairs, |kind| trace.is_of_program(kind)));
        assert_eq!(trace.stops.all, expected, "{}", trace.name);
        let of_tracer = durations(&pairs, |kind| is_stop(kind) && !trace.is_of_program(kind));
        let tracer: Vec<_> =
            trace.stops.tracer.iter().filter(|stop| stop.is_whole()).map(Stop::duration).collect();
        assert_eq!(tracer, of_tracer, "{}", trace.name);
        traced += tracer.len();
        for (reason, spread) in &trace.stops.reasons {
            let mut of_reason = durations(&pairs, |kind| kind == RangeKind::StopTheWorld(*reason));
            assert_eq!(*spread, Spread::of(&mut of_reason), "{}", trace.name);
        }
        let longest: Vec<_> = trace.stops.longest.iter().filter(|stop| stop.is_whole()).collect();
        assert!(longest.is_sorted_by_key(|stop| -stop.duration()) && longest.len() as u64 == expected.count);
        count += expected.count;
    }
    assert!(count > 100 && traced > 30, "{count}, {traced}");
}

#[test]
fn stragglers_are_the_last_to_leave_their_proc() {
    let (mut delayed, mut untold) = (0, 0);
    for trace in all() {
        for stop in trace.stops.longest.iter().filter(|stop| stop.is_whole()) {
            let Some(stopping) = stop.stopping else {
                assert_eq!(stop.straggler, None);
                untold += 1;
                continue;
            };
            let begin = trace.events.iter().position(|event| {
                let is_stop = |kind| kind == RangeKind::StopTheWorld(stop.reason);
                event.time == stop.start
                    && matches!(event.kind, EventKind::RangeBegin(range) if is_stop(range.kind))
            });
            let events = trace.events[begin.unwrap()..].iter();
            let before_start = events.take_while(|event| {
                !matches!(event.kind, EventKind::Metric(metric)
                    if metric.name == MetricName::Gomaxprocs && event.goroutine == stop.goroutine)
            });
            let stopping_events: Vec<_> = before_start.collect();
            let last = stopping_events.iter().rev().find_map(|event| match event.kind {
                EventKind::ProcTransition(step) if step.proc != stop.proc => {
                    (step.from == ProcState::Running && step.to == ProcState::Idle)
                        .then_some((event.time, step.proc))
                }
                _ => None,
            });
            assert_eq!(stop.straggler.map(|last| last.proc), last.map(|(_, proc)| proc), "{}", trace.name);
            assert_eq!(stopping, last.map_or(0, |(time, _)| time.0 - stop.start.0), "{}", trace.name);
            assert!(stopping <= stop.duration(), "{} {stop:?}", trace.name);
            let Some(straggler) = stop.straggler.filter(|last| last.goroutine.is_some()) else { continue };
            let left = TraceTime(stop.start.0 + straggler.ran);
            let has_left = stopping_events.iter().any(|event| match event.kind {
                EventKind::GoTransition(step) => {
                    (event.time, event.proc, step.goroutine, step.from)
                        == (left, straggler.proc, straggler.goroutine, GoState::Running)
                }
                _ => false,
            });
            assert!(has_left && straggler.ran <= stopping, "{} {stop:?}", trace.name);
            delayed += 1;
        }
    }
    assert!(delayed > 20 && untold > 5, "{delayed} {untold}");
}

#[test]
fn cycles_are_the_mark_phases_of_the_trace() {
    let mut count = 0;
    for trace in all() {
        let pairs = trace.pairs();
        let begun = trace.events.iter().filter(
            |event| matches!(event.kind, EventKind::RangeBegin(range) if range.kind == RangeKind::Mark),
        );
        let cycles = &trace.collections.cycles;
        assert_eq!(cycles.iter().filter(|cycle| cycle.has_start).count(), begun.count(), "{}", trace.name);
        assert!(cycles.iter().zip(1..).all(|(cycle, number)| cycle.number == number));
        assert_eq!(trace.collections.count, cycles.len() as u64);
        let shares = cycles.iter().filter_map(Cycle::procs_share);
        assert!(shares.clone().all(|share| (0.0..=1.0).contains(&share)), "{}", trace.name);
        let marks = cycles.iter().filter(|cycle| cycle.has_start && cycle.has_end).map(|cycle| cycle.mark);
        assert_eq!(
            marks.collect::<Vec<_>>(),
            durations(&pairs, |kind| kind == RangeKind::Mark),
            "{}",
            trace.name
        );
        assert_eq!(trace.collections.mark, cycles.iter().map(|cycle| cycle.mark).sum::<i64>());
        count += cycles.len();
    }
    assert!(count > 50, "{count}");
}

#[test]
fn pauses_are_the_stops_for_collecting() {
    let mut count = 0;
    for trace in all() {
        let stops = durations(&trace.pairs(), |kind| trace.is_for_gc(kind));
        let report = &trace.collections;
        let is_whole = trace.stops.parts == 0;
        assert!(report.pauses.count >= stops.len() as u64, "{}", trace.name);
        if is_whole {
            let pauses = (report.pauses.count, report.pauses.time, report.pauses.longest);
            let longest = stops.iter().copied().max().unwrap_or_default();
            assert_eq!(pauses, (stops.len() as u64, stops.iter().sum(), longest), "{}", trace.name);
        }
        for cycle in report.cycles.iter().filter(|cycle| cycle.has_start && cycle.has_end) {
            let reasons: Vec<_> =
                cycle.pauses.iter().map(|pause| trace.tables().string(pause.reason)).collect();
            assert_eq!(reasons, [&b"GC sweep termination"[..], b"GC mark termination"], "{}", trace.name);
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn assists_and_running_time_are_those_of_goroutines() {
    let mut count = 0;
    for trace in all() {
        let mut lives = Lives::default();
        trace.events.iter().for_each(|event| lives.add(event, trace.tables()));
        let goroutines = lives.finish(trace.tables()).goroutines;
        let ranges = goroutines.iter().flat_map(|goroutine| &goroutine.times.ranges);
        let assists = ranges.filter(|(kind, _)| *kind == RangeKind::MarkAssist).map(|(_, time)| time);
        let report = &trace.collections;
        assert_eq!(report.costs.assists.time, assists.sum::<i64>(), "{}", trace.name);
        let running = goroutines.iter().map(|goroutine| goroutine.times.running).sum::<i64>();
        assert_eq!(report.running, running, "{}", trace.name);
        let payers = report.payers.iter().map(|payer| payer.assists);
        assert_eq!(payers.clone().map(|assists| assists.time).sum::<i64>(), report.costs.assists.time);
        assert_eq!(payers.map(|assists| assists.running).sum::<i64>(), report.costs.assists.running);
        let assists = report.costs.assists;
        assert!(assists.marking <= assists.running && assists.running <= assists.time, "{}", trace.name);
        count += report.costs.assists.count;
    }
    assert!(count > corpus::floor(500, 1000), "{count}");
}

/// From each label of a worker to when it stops running, or marking ends.
fn workers(trace: &Read) -> Workers {
    let (mut workers, mut labels) = (Workers::default(), BTreeMap::<GoId, (&[u8], TraceTime)>::new());
    let end = trace.events.last().unwrap().time;
    let mut book = |(label, since): (&[u8], TraceTime), now: TraceTime| match label {
        b"GC (dedicated)" => workers.dedicated += now.0 - since.0,
        b"GC (fractional)" => workers.fractional += now.0 - since.0,
        b"GC (idle)" => workers.idle += now.0 - since.0,
        _ => {}
    };
    for event in &trace.events {
        match event.kind {
            EventKind::Label(label) => {
                _ = labels.insert(label.goroutine, (trace.tables().string(label.label), event.time));
            }
            EventKind::GoTransition(step) if step.from == GoState::Running && step.to != GoState::Running => {
                labels.remove(&step.goroutine).into_iter().for_each(|label| book(label, event.time));
            }
            EventKind::RangeEnd(range, _) if range.kind == RangeKind::Mark => {
                std::mem::take(&mut labels).into_values().for_each(|label| book(label, event.time));
            }
            _ => {}
        }
    }
    labels.into_values().for_each(|label| book(label, end));
    workers
}

#[test]
fn what_workers_and_sweeps_do_is_what_they_tell() {
    let (mut marked, mut freed) = (0, 0);
    for trace in all().into_iter().filter(|trace| !trace.events.is_empty()) {
        let Costs { workers, sweeps, .. } = trace.collections.costs;
        assert_eq!(workers, self::workers(&trace), "{}", trace.name);
        let ends = trace.events.iter().filter_map(|event| match event.kind {
            EventKind::RangeEnd(_, swept) => swept,
            _ => None,
        });
        let told = ends.fold((0, 0), |sum, swept| (sum.0 + swept.swept, sum.1 + swept.reclaimed));
        assert_eq!((sweeps.swept, sweeps.reclaimed), told, "{}", trace.name);
        assert!(sweeps.time >= durations(&trace.pairs(), |kind| kind == RangeKind::Sweep).iter().sum());
        let of_cycles = trace.collections.cycles.iter().map(|cycle| cycle.costs.sweeps);
        assert!(of_cycles.map(|sweeps| sweeps.reclaimed).sum::<u64>() <= sweeps.reclaimed);
        (marked, freed) = (marked + workers.total(), freed + sweeps.reclaimed);
    }
    assert!(marked > 10_000_000 && freed > 1_000_000, "{marked} {freed}");
}

/// A cut in the middle of a cycle: all sums are those of the parts.
#[test]
fn what_was_before_does_not_count() {
    for trace in all().into_iter().filter(|trace| trace.name.starts_with("gc_")) {
        let middle = trace.events[trace.events.len() / 2].time;
        let (mut whole, mut part) = (Collections::default(), Collections::default());
        let (mut before, mut is_cut) = (Collections::default(), false);
        for event in &trace.events {
            if event.time >= middle && !is_cut {
                part.restart(middle);
                is_cut = true;
            }
            if event.time < middle {
                before.add(event, trace.tables());
            }
            whole.add(event, trace.tables());
            part.add(event, trace.tables());
        }
        let [whole, part, before] = [whole, part, before].map(|fold| fold.finish(trace.tables()));
        let Sweeps { reclaimed, .. } = whole.costs.sweeps;
        assert_eq!(part.costs.sweeps.reclaimed + before.costs.sweeps.reclaimed, reclaimed, "{}", trace.name);
        assert!(part.mark < whole.mark && part.running < whole.running && part.count <= whole.count);
        assert_eq!(part.cycles.last().map(|cycle| cycle.number), Some(whole.count));
        let first = &part.cycles[0];
        assert!(first.start >= middle && first.duration() >= first.mark, "{}", trace.name);
    }
}
