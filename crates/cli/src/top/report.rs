//! The vital signs as a report: what `--once` prints.

use goscope_analysis::pulse::{LeftOut, Quantiles};

use super::{
    board::Snapshot,
    panes::{self, Pane},
};
use crate::render::{
    report::{Cell, Report},
    table::{bytes, count, goal},
};

/// The names of quantiles for programs, behind the name of what they are of.
struct Fields {
    count: &'static str,
    p50: &'static str,
    p90: &'static str,
    p99: &'static str,
    max: &'static str,
    total: &'static str,
}

const LATENCY: Fields = Fields {
    count: "latency_count",
    p50: "latency_p50_ns",
    p90: "latency_p90_ns",
    p99: "latency_p99_ns",
    max: "latency_max_ns",
    total: "latency_total_ns",
};
const SYSCALLS: Fields = Fields {
    count: "syscalls",
    p50: "syscall_p50_ns",
    p90: "syscall_p90_ns",
    p99: "syscall_p99_ns",
    max: "syscall_max_ns",
    total: "syscall_ns",
};
const STOPS: Fields = Fields {
    count: "stops",
    p50: "stop_p50_ns",
    p90: "stop_p90_ns",
    p99: "stop_p99_ns",
    max: "stop_max_ns",
    total: "stopped_ns",
};

/// The report. `source` is where the trace comes from.
pub fn report(snapshot: &Snapshot, source: String) -> Report {
    let mut report = Report::default();
    trace(snapshot, source, &mut report);
    goroutines(snapshot, &mut report);
    memory(snapshot, &mut report);
    let is_task = |pane: &Pane| pane.field == "tasks";
    for pane in panes::ALL.iter().filter(|pane| pane.field != "goroutines") {
        let table = pane.table(snapshot).sorted(pane.columns[pane.sort].0).limited();
        let is_idle = is_task(pane) && snapshot.vitals.tasks.is_empty();
        report.table(if is_idle { table.for_programs() } else { table });
    }
    report
}

fn trace(snapshot: &Snapshot, source: String, report: &mut Report) {
    let (coming, vitals) = (&snapshot.coming, &snapshot.vitals);
    report.fact("source", "Source", source);
    let version = coming.version;
    report.value("format", Cell::some(version, |version| version.as_str().into()));
    report.fact("written_by", "Written by", Cell::some(version, |version| version.releases_text().into()));
    report.fact("window_ns", "Time", Cell::Time(vitals.window));
    report.value("is_estimate", Cell::Yes(vitals.is_estimate));
    let rate = format!("{}, {} a second", count(vitals.events), count(coming.events_per_second as u64));
    report.fact("events", "Events", Cell::described(Cell::Count(vitals.events), rate));
    report.value("window_events", Cell::Count(vitals.recent_events));
    report.value("generations", Cell::Count(vitals.generations));
    report.fact("damage", "Damaged places", damage(coming.damage));
    report.value("left_out", left_out(vitals.left_out));
}

/// People are told of damage only if there is some.
fn damage(places: u64) -> Cell {
    if places == 0 { Cell::described(Cell::Count(0), "none") } else { Cell::Count(places) }
}

/// What there was no room for.
fn left_out(left_out: LeftOut) -> Cell {
    let LeftOut { steps, gaps, functions, spots, task_types, tasks } = left_out;
    let counts = [
        ("steps", steps),
        ("gaps", gaps),
        ("functions", functions),
        ("places", spots),
        ("types", task_types),
        ("tasks", tasks),
    ];
    Cell::Map(counts.map(|(name, count)| (name, Cell::Count(count))).into())
}

fn goroutines(snapshot: &Snapshot, report: &mut Report) {
    let vitals = &snapshot.vitals;
    let states = vitals.goroutines;
    report.heading("Goroutines");
    report.fact("goroutines", "All", Cell::Count(states.total()));
    report.fact("running", "Running", Cell::Count(states.running));
    report.fact("runnable", "Runnable", Cell::Count(states.runnable));
    report.fact("waiting", "Waiting", Cell::Count(states.waiting));
    report.fact("syscall", "In system calls", Cell::Count(states.syscall));
    report.fact("run_queue_max", "Most runnable at once", Cell::Count(vitals.longest_run_queue));
    report.heading("Scheduler");
    report.fact(
        "gomaxprocs",
        "GOMAXPROCS",
        Cell::some((vitals.procs > 0).then_some(vitals.procs), Cell::Count),
    );
    quantiles(report, "Latency", &LATENCY, &vitals.sched_latency);
    quantiles(report, "System calls", &SYSCALLS, &vitals.syscalls);
}

fn memory(snapshot: &Snapshot, report: &mut Report) {
    let vitals = &snapshot.vitals;
    let (gc, heap) = (vitals.gc, vitals.heap);
    report.heading("Memory and garbage collection");
    let live = |live| {
        let peak = heap.peak.map_or_else(String::new, |peak| format!(", at most {}", bytes(peak)));
        Cell::described(Cell::Bytes(live), format!("{}{peak}", bytes(live)))
    };
    report.fact("heap_live_bytes", "Heap", Cell::some(heap.live, live));
    report.value("heap_peak_bytes", Cell::some(heap.peak, Cell::Bytes));
    report.fact(
        "heap_goal_bytes",
        "Goal",
        Cell::some(heap.goal, |bytes| Cell::described(Cell::Bytes(bytes), goal(bytes))),
    );
    report.fact("gc_cycles", "Collections", Cell::Count(gc.cycles));
    report.value("window_gc_cycles", Cell::Count(gc.recent_cycles));
    report.value("is_marking", Cell::Yes(gc.is_marking));
    report.fact("gc_mark_ns", "Marking", Cell::Time(gc.marking));
    quantiles(report, "Stops of the world", &STOPS, &vitals.stops);
}

/// A line for people, a value each for programs.
fn quantiles(report: &mut Report, title: &'static str, fields: &Fields, times: &Quantiles) {
    let time = |time| if times.count == 0 { Cell::None } else { Cell::Time(time) };
    let [p50, p90, p99, max] = [times.p50, times.p90, times.p99, times.max].map(time);
    let shown = match times.count {
        0 => "none".into(),
        number => format!("{}: p50 {}, p99 {}, max {}", count(number), p50.text(), p99.text(), max.text()),
    };
    report.fact(fields.count, title, Cell::described(Cell::Count(times.count), shown));
    report.value(fields.p50, p50).value(fields.p90, p90).value(fields.p99, p99).value(fields.max, max);
    report.value(fields.total, Cell::Time(times.total));
}
