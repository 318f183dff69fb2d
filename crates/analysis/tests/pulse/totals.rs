//! With a window without an end, a pulse tells what the ordered analyses tell of the same trace: as much of it as a stream
//! knows.

use std::collections::BTreeMap;

use goscope_analysis::{
    latency::{Latencies, Settings},
    pulse::{Pulse, Quantiles, States, Vitals},
    stw::{StopReport, Stops},
};
use goscope_testkit::corpus;
use goscope_trace::{
    Event, EventKind, GoId, GoState, GoTransition, RangeKind, Reader, TickLength, TraceTime,
};
use goscope_wire::Family;

use crate::{
    feed::{ALWAYS, pulse},
    naive::Naive,
};

/// A trace, as the ordered reader has it.
struct Ordered {
    latency: (u64, i64),
    stops: StopReport,
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
    Some(Ordered { latency, stops: stops.finish(Some), cycles, steps, tasks })
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

fn cases() -> impl Iterator<Item = Case> {
    corpus::all().into_iter().filter_map(|trace| {
        let bytes = trace.bytes();
        let (ordered, naive) = (ordered(&bytes)?, Naive::of(&bytes)?);
        let vitals = pulse(&bytes, ALWAYS, usize::MAX).vitals();
        Some(Case { name: trace.name, bytes, ordered, naive, vitals })
    })
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

#[test]
fn scheduler_latency_is_that_of_the_ordered_analysis() {
    let (mut seen, mut exact) = (0, 0);
    for case in cases() {
        let (name, latency) = (&case.name, &case.vitals.sched_latency);
        let want = case.sums(|state, next| (state, next) == (GoState::Runnable, GoState::Running));
        let gaps = case.vitals.left_out.gaps;
        if gaps > 0 {
            println!("{name} {gaps} {:?} {want:?}", sums(latency));
            continue;
        }
        assert_eq!(sums(latency), want, "{name}");
        // Here waits begin when they are told of; there, as the generation does that tells.
        let told = case.naive.steps.values().filter(|steps| steps[0].to == GoState::Runnable).count();
        assert_eq!(latency.count, case.ordered.latency.0, "{name}");
        let apart = (latency.total - case.ordered.latency.1).abs();
        let is_explained = apart <= case.moved(GoState::Runnable) + latency.count as i64;
        assert!(told > 0 || is_explained, "{name}: {apart}, {}", case.moved(GoState::Runnable));
        (seen, exact) = (seen + latency.count, exact + usize::from(apart == 0));
    }
    assert!(seen > 100_000 && exact > 20, "{seen}, {exact}");
}

#[test]
fn one() {
    let bytes = std::fs::read(std::env::var("ONE").unwrap()).unwrap();
    println!("{:?}", pulse(&bytes, ALWAYS, usize::MAX).vitals());
}

#[test]
fn explore() {
    for case in cases() {
        let v = &case.vitals;
        let moved = case.moved(GoState::Runnable);
        println!(
            "{} {:?} {:?} moved {moved} unknown {} {:?}; stops {:?} {:?} {:?}",
            case.name,
            v.sched_latency,
            case.ordered.latency,
            case.naive.unknown,
            v.left_out,
            sums(&v.stops),
            case.ordered.stops.all.sum,
            case.ordered.stops.all.count
        );
    }
}
