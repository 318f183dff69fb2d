//! With a window without an end, a pulse tells what the ordered analyses tell of the same trace: as much of it as a stream
//! knows.

use std::{collections::BTreeMap, sync::LazyLock};

use goscope_analysis::{
    latency::{Latencies, Settings},
    pulse::{Pulse, Quantiles, States, Vitals},
    stw::{Stop, StopReport, Stops},
};
use goscope_testkit::corpus;
use goscope_trace::{EventKind, GoId, GoState, GoTransition, RangeKind, Reader, TraceTime};
use goscope_wire::Family;

use super::{
    feed::{ALWAYS, pulse},
    naive::{Naive, Step},
};

/// A trace, as the ordered reader has it.
struct Ordered {
    latency: (u64, i64),
    /// How many stops there are, how long they took, and the longest, those of the tracer with them.
    stops: (u64, i64, i64),
    cycles: u64,
    /// The steps of each goroutine, as [`Naive::steps`].
    steps: BTreeMap<GoId, Vec<(TraceTime, GoState, GoState)>>,
    /// By type: how many ended, how long these took, how many did not end.
    tasks: BTreeMap<String, (u64, i64, u64)>,
}

fn ordered(bytes: &[u8]) -> Option<Ordered> {
    let mut reader = Reader::new(bytes).ok()?;
    let (mut latencies, mut stops) = (Latencies::new(Settings::default()), Stops::default());
    let (mut cycles, mut steps, mut end) = (0, BTreeMap::<_, Vec<_>>::new(), TraceTime(0));
    let (mut open, mut tasks) = (BTreeMap::new(), BTreeMap::<_, (u64, i64, u64)>::new());
    while let Some(event) = reader.next_event().ok()? {
        latencies.add(&event, reader.tables(), TraceTime(i64::MIN), |_| true);
        stops.add(&event, reader.tables(), Some);
        end = event.time;
        match event.kind {
            EventKind::RangeBegin(range) => cycles += u64::from(range.kind == RangeKind::Mark),
            EventKind::GoTransition(GoTransition { goroutine, from, to, .. }) if from != to => {
                steps.entry(goroutine).or_default().push((event.time, from, to));
            }
            EventKind::TaskBegin(task) => _ = open.insert(task.id, (task.name, event.time)),
            EventKind::TaskEnd(task) => {
                if let Some((name, start)) = open.remove(&task.id) {
                    let of_type = tasks.entry(text(&reader, name)).or_default();
                    (of_type.0, of_type.1) = (of_type.0 + 1, of_type.1 + event.time.since(start));
                }
            }
            _ => {}
        }
    }
    for (name, _) in open.into_values() {
        tasks.entry(text(&reader, name)).or_default().2 += 1;
    }
    let latency = latencies.finish(end).all;
    let latency = (latency.count(), latency.sum());
    let stops = all_stops(&stops.finish(reader.tables(), Some));
    Some(Ordered { latency, stops, cycles, steps, tasks })
}

fn all_stops(report: &StopReport) -> (u64, i64, i64) {
    let tracer = report.tracer.iter().filter(|stop| stop.is_whole()).map(Stop::duration);
    let all = (report.all.count, report.all.sum, report.all.max);
    tracer.fold(all, |(count, sum, max), time| (count + 1, sum + time, max.max(time)))
}

fn text(reader: &Reader<&[u8]>, name: goscope_trace::StringId) -> String {
    String::from_utf8_lossy(reader.tables().string(name)).into_owned()
}

/// A trace that both read, and what a pulse tells of it.
struct Case {
    name: String,
    bytes: Vec<u8>,
    ordered: Ordered,
    naive: Naive,
    vitals: Vitals,
}

/// All that both read. What takes long is done once.
fn cases() -> impl Iterator<Item = &'static Case> {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let case = |trace: corpus::Trace| {
            let bytes = trace.bytes();
            let (ordered, naive) = (ordered(&bytes)?, Naive::of(&bytes)?);
            let vitals = pulse(&bytes, ALWAYS, usize::MAX).vitals();
            Some(Case { name: trace.name, bytes, ordered, naive, vitals })
        };
        corpus::all().into_iter().filter_map(case).collect()
    });
    CASES.iter()
}

impl Case {
    fn is_v1(&self) -> bool {
        self.naive.version.family() == Family::V1
    }

    /// How many intervals there are of which `choose` wants some, how long they are together, and the longest one.
    fn sums(&self, choose: impl Fn(GoState, GoState) -> bool) -> (u64, i64, i64) {
        let spans = self.naive.spans().filter(|(state, next, _)| choose(*state, *next));
        let (count, total, max) = spans
            .fold((0, 0, 0), |(count, total, max), (.., ticks)| (count + 1, total + ticks, ticks.max(max)));
        let nanoseconds = |ticks| (ticks as f64 * self.naive.tick.in_nanoseconds()) as i64;
        (count, nanoseconds(total), nanoseconds(max))
    }

    /// How far the ordered reader moved the ends of intervals of a state, all together: where clocks of threads
    /// contradict the order, it makes times fit. Those of family v1 begin with the first event, and are rounded.
    fn moved(&self, state: GoState) -> i64 {
        let mut moved = 0;
        for (goroutine, ordered) in &self.ordered.steps {
            let Some(naive) = self.naive.steps.get(goroutine) else { continue };
            let apart = |place: usize| ordered[place].0.since(self.naive.tick.at(naive[place].at));
            let known = (0..ordered.len().min(naive.len())).filter(|place| {
                let (_, from, to) = ordered[*place];
                from == state || to == state
            });
            let apart: Vec<_> = known.map(apart).collect();
            // What all of them are moved by moves no interval.
            let common = apart.iter().min().copied().unwrap_or_default();
            moved += apart.iter().map(|apart| apart - common).sum::<i64>();
        }
        moved
    }
}

fn sums(quantiles: &Quantiles) -> (u64, i64, i64) {
    (quantiles.count, quantiles.total, quantiles.max)
}

/// Whether a stream tells all of what goroutines did. In one trace, threads of C have the same goroutines in turns, and
/// other threads tell of these before it is known whose turn it is: some intervals don't count then. In family v1, a
/// call that returns on another proc may be told before it is known which call that is.
fn is_all_known(case: &Case) -> bool {
    case.vitals.left_out.gaps == 0 || case.is_v1()
}

/// Whether a goroutine was runnable before anybody told, and then ran.
fn is_cut_wait(steps: &[Step]) -> bool {
    let states: Vec<_> = steps.iter().take(2).map(|step| step.to).collect();
    steps[0].is_cut() && states == [GoState::Runnable, GoState::Running]
}

#[test]
fn scheduler_latency_is_that_of_the_ordered_analysis() {
    let (mut seen, mut exact) = (0, 0);
    for case in cases() {
        let (name, latency) = (&case.name, &case.vitals.sched_latency);
        let want = case.sums(|state, next| (state, next) == (GoState::Runnable, GoState::Running));
        if !is_all_known(case) {
            assert!(
                name.contains("cgo-callback") && want.0 - latency.count <= case.vitals.left_out.gaps,
                "{name}"
            );
            continue;
        }
        assert_eq!(sums(latency), want, "{name}");
        // There, those count too that began before anybody told.
        let told = case.naive.steps.values().filter(|steps| is_cut_wait(steps)).count() as u64;
        assert_eq!(latency.count + told, case.ordered.latency.0, "{name}");
        let apart = (latency.total - case.ordered.latency.1).abs();
        let is_explained = apart <= case.moved(GoState::Runnable) + latency.count as i64;
        assert!(told > 0 || is_explained, "{name}: {apart}, {}", case.moved(GoState::Runnable));
        (seen, exact) = (seen + latency.count, exact + usize::from(apart == 0));
    }
    assert!(seen > corpus::floor(5000, 100_000) && exact > 20, "{seen}, {exact}");
}

#[test]
fn system_calls_and_waits_are_all_there() {
    for case in cases().filter(|case| case.vitals.left_out.gaps == 0) {
        let (name, vitals) = (&case.name, &case.vitals);
        // How long calls took that did not block, family v1 does not tell.
        let call = |state, next| state == GoState::Syscall && !(case.is_v1() && next == GoState::Running);
        assert_eq!(sums(&vitals.syscalls), case.sums(call), "{name}");
        let blocked = vitals.blocked.iter().map(|blocked| &blocked.times);
        let blocked = blocked.fold((0, 0, 0), |(count, total, max), times| {
            (count + times.count, total + times.total, max.max(times.max))
        });
        let want = case.sums(|state, _| state == GoState::Waiting);
        let rounded = vitals.blocked.len() as i64;
        assert_eq!((blocked.0, blocked.2), (want.0, want.2), "{name}");
        assert!((blocked.1 - want.1).abs() <= rounded, "{name}: {blocked:?} {want:?}");
        let ran: i64 = vitals.functions.iter().map(|function| function.running).sum();
        let still: i64 = running(case);
        let want = case.sums(|state, _| state == GoState::Running).1 + still;
        assert!((ran - want).abs() <= vitals.functions.len() as i64 + 1, "{name}: {ran} {want}");
    }
}

/// How long goroutines have been running that still do.
fn running(case: &Case) -> i64 {
    let now = case.naive.now;
    let last = case.naive.steps.values().filter_map(|steps| steps.last());
    let running = last.filter(|step| step.to == GoState::Running).map(|step| now.0 - step.at.0);
    (running.sum::<u64>() as f64 * case.naive.tick.in_nanoseconds()) as i64
}

#[test]
fn stops_and_collections_are_those_of_the_ordered_analyses() {
    let (mut seen, mut cycles) = (0, 0);
    for case in cases() {
        let (name, stops, (count, sum, max)) = (&case.name, &case.vitals.stops, case.ordered.stops);
        assert_eq!((stops.count, case.vitals.gc.cycles), (count, case.ordered.cycles), "{name}");
        // Times that are equal are moved by the ordered reader, by a nanosecond each.
        let apart = [stops.total - sum, stops.max - max].map(i64::abs);
        assert!(apart[0] <= 20 * count as i64 && apart[1] <= 20, "{name}: {apart:?}");
        (seen, cycles) = (seen + count, cycles + case.ordered.cycles);
    }
    assert!(seen > corpus::floor(100, 1000) && cycles > corpus::floor(30, 1000), "{seen}, {cycles}");
}

#[test]
fn goroutines_do_in_the_end_what_they_do_for_the_ordered_reader() {
    for case in cases() {
        let mut want = States::default();
        for steps in case.ordered.steps.values() {
            match steps.last().map(|(.., to)| *to) {
                Some(GoState::Running) => want.running += 1,
                Some(GoState::Runnable) => want.runnable += 1,
                Some(GoState::Waiting) => want.waiting += 1,
                Some(GoState::Syscall) => want.syscall += 1,
                _ => {}
            }
        }
        assert_eq!(case.vitals.goroutines, want, "{}", case.name);
    }
}

#[test]
fn tasks_are_those_of_the_ordered_reader() {
    let mut seen = 0;
    for case in cases() {
        let types = case.vitals.tasks.iter();
        let told: BTreeMap<_, _> =
            types.map(|it| (it.name.clone(), (it.times.count, it.times.total, it.open))).collect();
        let counts = |types: &BTreeMap<String, (u64, i64, u64)>| -> Vec<_> {
            types.iter().map(|(name, (ended, _, open))| (name.clone(), *ended, *open)).collect()
        };
        assert_eq!(counts(&told), counts(&case.ordered.tasks), "{}", case.name);
        for (name, (ended, total, _)) in &told {
            let apart = (total - case.ordered.tasks[name].1).abs();
            assert!(apart <= 100 * *ended as i64, "{} {name}: {apart}", case.name);
            seen += ended;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn how_bytes_are_cut_makes_no_difference() {
    for case in cases().filter(|case| case.bytes.len() < 30_000) {
        for piece in [1, 7, 1000, 65536] {
            assert_eq!(pulse(&case.bytes, ALWAYS, piece).vitals(), case.vitals, "{}", case.name);
        }
    }
}

#[test]
fn a_tick_length_that_is_assumed_is_as_good_as_one_that_is_told() {
    for case in cases().filter(|case| case.is_v1()) {
        let mut decoder = goscope_trace::StreamDecoder::default();
        decoder.push(&case.bytes);
        let mut pulse = Pulse::new(ALWAYS);
        pulse.assume_tick_length(case.naive.tick);
        while let Some(item) = decoder.next_item() {
            if matches!(item, goscope_trace::StreamItem::TickLength(_)) {
                break;
            }
            pulse.add(&item, decoder.tables());
        }
        let vitals = pulse.vitals();
        assert!(vitals.is_estimate && !case.vitals.is_estimate, "{}", case.name);
        assert_eq!(vitals.sched_latency, case.vitals.sched_latency, "{}", case.name);
        assert_eq!((vitals.now, vitals.stops), (case.vitals.now, case.vitals.stops), "{}", case.name);
    }
}
