//! Mutator utilisation, as Go has it: by Go's rules to the last digit, and by exact ones as a count by hand.

use std::collections::{BTreeMap, BTreeSet};

use goscope_analysis::mutator::{Accounting, Curve, Options, Series, Step, Utilisation};
use goscope_testkit::{corpus, oracle::Oracle};
use goscope_trace::{
    Event, EventKind, GoId, GoState, MetricName, ProcId, RangeKind, Reader, Scope, Tables, TraceTime,
};
use goscope_wire::Family;
use serde_json::{Map, Value};

const NOTHING: Options = Options {
    stop_the_world: false,
    background: false,
    assist: false,
    sweep: false,
    per_proc: false,
    accounting: Accounting::Go,
};

/// What the oracle asks for, by its names.
fn options(name: &str) -> Options {
    name.split('|').fold(NOTHING, |options, flag| match flag {
        "stw" => Options { stop_the_world: true, ..options },
        "background" => Options { background: true, ..options },
        "assist" => Options { assist: true, ..options },
        "sweep" => Options { sweep: true, ..options },
        "perProc" => Options { per_proc: true, ..options },
        _ => unreachable!("{flag}"),
    })
}

/// Reads a trace as far as it goes.
fn series(bytes: &[u8], options: &[Options]) -> Option<Vec<Vec<Series>>> {
    let mut reader = Reader::new(bytes).ok()?;
    let mut folds: Vec<_> = options.iter().map(|options| Utilisation::new(*options)).collect();
    while let Ok(Some(event)) = reader.next_event() {
        folds.iter_mut().for_each(|fold| fold.add(&event, reader.tables()));
    }
    Some(folds.into_iter().map(Utilisation::finish).collect())
}

/// How often Go is asked about a trace of family v1. It announces goroutines that were there before in an order by chance, a
/// nanosecond apart, and so has one of several answers, which differ in the ninth digit.
const ASKED: usize = 24;

/// What Go says, by the names of the options; `None` if it says nothing.
fn asked(oracle: &Oracle, bytes: &[u8], family: Family) -> Option<Map<String, Value>> {
    let answer = oracle.ask("oracle", "mmu", bytes);
    // Of older ones Go reads nothing, or not what it does not know.
    if family == Family::V1 && answer.error.is_some() {
        return None;
    }
    serde_json::from_str(&answer.text).ok()
}

/// Where an answer differs from ours.
fn differences(theirs: &Map<String, Value>, series: &[Vec<Series>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((name, points), series) in theirs.iter().zip(series) {
        let curve = Curve::new(series);
        for point in points.as_array().unwrap() {
            let (window, go) = (point["Window"].as_i64().unwrap(), point["MMU"].as_f64().unwrap());
            let ours = curve.mmu(window);
            if (ours - go).abs() > 1e-9 {
                wrong.push(format!("{name} {window} ns: Go {go}, ours {ours}"));
            }
        }
    }
    wrong
}

#[test]
fn minimum_utilisation_is_that_of_go() {
    let Some(oracle) = Oracle::find() else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let Ok(family) = Reader::new(&*bytes).map(|reader| reader.version().family()) else { continue };
        let Some(theirs) = asked(&oracle, &bytes, family) else { continue };
        let options: Vec<_> = theirs.keys().map(|name| options(name)).collect();
        let Some(series) = series(&bytes, &options) else { continue };
        compared += 1;
        let mut found = differences(&theirs, &series);
        for _ in 1..ASKED {
            if found.is_empty() || family != Family::V1 {
                break;
            }
            let again = asked(&oracle, &bytes, family).unwrap_or_default();
            assert!(again.keys().eq(theirs.keys()), "{}", trace.name);
            found = differences(&again, &series);
        }
        wrong.extend(found.into_iter().map(|line| format!("{} {line}", trace.name)));
    }
    assert!(compared > 20, "{compared}");
    assert!(wrong.is_empty(), "{compared} compared, {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// The same by hand: after each event, who is where, and what for.
struct Hand {
    options: Options,
    goroutines: BTreeMap<GoId, Worker>,
    sweeping: BTreeSet<ProcId>,
    stops: i32,
    procs: u64,
    /// Until when procs are used that were so before the trace.
    before: Vec<(ProcId, TraceTime)>,
    /// Those of procs that are there, and of others.
    open: Vec<(Option<ProcId>, Vec<Step>)>,
    closed: Vec<(Option<ProcId>, Vec<Step>, TraceTime)>,
}

#[derive(Default)]
struct Worker {
    on: Option<ProcId>,
    assists: bool,
    works: bool,
}

impl Hand {
    fn follow(
        options: Options,
        events: &[Event],
        tables: &Tables,
    ) -> Vec<(Option<ProcId>, Vec<Step>, TraceTime)> {
        let before =
            events.iter().take_while(|event| !matches!(event.kind, EventKind::Sync(sync) if sync.n > 1));
        let before = before.filter_map(|event| match event.kind {
            EventKind::RangeActive(range) => match (range.kind, range.scope) {
                (RangeKind::Sweep, Scope::Proc(proc)) if options.sweep => Some((proc, event.time)),
                (RangeKind::MarkAssist, Scope::Goroutine(id)) if options.assist && id == event.goroutine => {
                    Some((event.proc, event.time))
                }
                _ => None,
            },
            _ => None,
        });
        let mut hand = Self {
            options,
            goroutines: BTreeMap::new(),
            sweeping: BTreeSet::new(),
            stops: 0,
            procs: 0,
            before: before.collect(),
            open: Vec::new(),
            closed: Vec::new(),
        };
        for event in events {
            hand.see(event, tables);
            // Goroutines that end, and there may be many, are of no more interest.
            hand.goroutines.retain(|_, worker| worker.on.is_some() || worker.assists || worker.works);
            hand.look(event.time);
        }
        let end = events.last().unwrap().time;
        hand.closed.extend(hand.open.drain(..).map(|(proc, steps)| (proc, steps, end)));
        hand.closed
    }

    fn see(&mut self, event: &Event, tables: &Tables) {
        match event.kind {
            EventKind::Metric(metric) if metric.name == MetricName::Gomaxprocs => self.procs = metric.value,
            EventKind::RangeBegin(range) | EventKind::RangeActive(range) => match (range.kind, range.scope) {
                (RangeKind::StopTheWorld(reason), _) => {
                    let counts = String::from_utf8_lossy(tables.string(reason)).contains("GC");
                    self.stops += i32::from(counts && matches!(event.kind, EventKind::RangeBegin(_)));
                }
                (RangeKind::Sweep, Scope::Proc(proc)) => drop(self.sweeping.insert(proc)),
                (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.worker(id).assists = true,
                _ => {}
            },
            EventKind::RangeEnd(range, _) => match (range.kind, range.scope) {
                (RangeKind::StopTheWorld(reason), _) => {
                    let counts = String::from_utf8_lossy(tables.string(reason)).contains("GC");
                    self.stops -= i32::from(counts);
                }
                (RangeKind::Sweep, Scope::Proc(proc)) => drop(self.sweeping.remove(&proc)),
                (RangeKind::MarkAssist, Scope::Goroutine(id)) => self.worker(id).assists = false,
                _ => {}
            },
            EventKind::GoTransition(transition) => {
                let worker = self.worker(transition.goroutine);
                match transition.to {
                    GoState::Running | GoState::Syscall => worker.on = worker.on.or(Some(event.proc)),
                    GoState::Runnable => worker.on = None,
                    _ => (worker.on, worker.works) = (None, false),
                }
            }
            EventKind::Label(label) => {
                let per_proc = self.options.per_proc;
                self.worker(label.goroutine).works = match tables.string(label.label) {
                    b"GC (fractional)" => true,
                    b"GC (dedicated)" => !per_proc,
                    _ => false,
                };
            }
            _ => {}
        }
    }

    fn worker(&mut self, id: GoId) -> &mut Worker {
        self.goroutines.entry(id).or_default()
    }

    fn used(&self, now: TraceTime) -> BTreeSet<ProcId> {
        let options = self.options;
        let counts =
            |worker: &&Worker| (worker.works && options.background) || (worker.assists && options.assist);
        let mut used: BTreeSet<_> =
            self.goroutines.values().filter(counts).filter_map(|worker| worker.on).collect();
        used.extend(self.sweeping.iter().filter(|_| options.sweep));
        used.extend(self.before.iter().filter(|(_, until)| now < *until).map(|(proc, _)| *proc));
        used
    }

    fn look(&mut self, time: TraceTime) {
        let stopped = self.stops > 0 && self.options.stop_the_world;
        let used = self.used(time);
        let free = |proc: u64| !stopped && !used.contains(&ProcId(proc));
        let free: Vec<_> = (0..self.procs).map(free).collect();
        if !self.options.per_proc {
            let (mutators, procs) = (free.iter().filter(|free| **free).count() as u32, self.procs as u32);
            return self.step(0, None, Step { time, mutators, procs });
        }
        while self.open.len() > free.len() {
            let (proc, steps) = self.open.pop().unwrap();
            self.closed.push((proc, steps, time));
        }
        for (place, free) in free.into_iter().enumerate() {
            self.step(place, Some(ProcId(place as u64)), Step { time, mutators: u32::from(free), procs: 1 });
        }
    }

    fn step(&mut self, place: usize, proc: Option<ProcId>, step: Step) {
        if step.procs == 0 {
            return;
        }
        if place == self.open.len() {
            self.open.push((proc, Vec::new()));
        }
        let steps = &mut self.open[place].1;
        if steps.last().is_none_or(|last| (last.mutators, last.procs) != (step.mutators, step.procs)) {
            steps.push(step);
        }
    }
}

#[test]
fn exact_series_are_those_of_a_count_by_hand() {
    let every = Options { accounting: Accounting::Exact, ..options("stw|background|assist|sweep") };
    let choices = [
        every,
        Options { per_proc: true, ..every },
        Options { sweep: false, ..every },
        Options { background: false, assist: false, ..every },
        Options { stop_the_world: false, background: false, per_proc: true, ..every },
    ];
    let (mut changes, mut wrong) = (0, Vec::new());
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let Some(answers) = series(&bytes, &choices) else { continue };
        let mut reader = Reader::new(&bytes[..]).unwrap();
        let events: Vec<_> = std::iter::from_fn(|| reader.next_event().ok().flatten()).collect();
        for (options, ours) in choices.iter().zip(answers).filter(|_| !events.is_empty()) {
            let mut ours: Vec<_> =
                ours.iter().map(|series| (series.proc(), series.steps().to_vec(), series.end())).collect();
            let mut by_hand = Hand::follow(*options, &events, reader.tables());
            ours.sort_by_key(|(proc, steps, _)| (*proc, steps[0].time));
            by_hand.sort_by_key(|(proc, steps, _)| (*proc, steps[0].time));
            changes += by_hand.iter().map(|(_, steps, _)| steps.len() - 1).sum::<usize>();
            if ours != by_hand {
                wrong.push(format!("{} {options:?}", trace.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(changes > 10_000, "{changes}");
}
