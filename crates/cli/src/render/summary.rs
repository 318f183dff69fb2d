//! The overview of a trace: what a person reads first.

use std::collections::BTreeMap;

use goscope_analysis::{
    Spread,
    mutator::Curve,
    overview::{Finding, Overview, Spot, Wait, findings},
};
use goscope_trace::{Clock, TraceTime};

use super::{
    event::wall,
    names::Names,
    report::{Cell, Report, Table},
    table::{bytes, count, duration, goal, total},
    tasks::{SPREAD, spread_cells},
};
use crate::printed;

/// The windows for which mutator utilisation is shown, in nanoseconds.
const WINDOWS: [(&str, &str, i64); 3] = [
    ("mmu_1ms_ratio", "MMU in 1 ms", 1_000_000),
    ("mmu_10ms_ratio", "MMU in 10 ms", 10_000_000),
    ("mmu_100ms_ratio", "MMU in 100 ms", 100_000_000),
];

/// The waits that are shown to people.
const WAITS: usize = 8;

/// What a summary is made of.
pub struct Summary<'a> {
    pub file: String,
    /// The releases of Go that write such traces.
    pub written_by: String,
    /// What stands for CPU samples where there are none.
    pub no_samples: &'static str,
    pub overview: &'a Overview,
    pub clock: &'a Clock,
    pub names: Names<'a>,
}

impl Summary<'_> {
    /// The report.
    pub fn report(&self) -> Report {
        let mut report = Report::default();
        self.trace(&mut report);
        self.goroutines(&mut report);
        self.scheduler(&mut report);
        self.collector(&mut report);
        report.table(self.findings());
        report.table(self.waits());
        for table in [self.tasks(), self.slowest()] {
            report.table(if self.overview.tasks.is_empty() { table.for_programs() } else { table });
        }
        report
    }

    fn trace(&self, report: &mut Report) {
        let overview = self.overview;
        report.fact("file", "Trace", Cell::described(self.file.as_str(), printed::name(&self.file)));
        report.fact("written_by", "Written by", self.written_by.clone());
        report.fact("duration_ns", "Duration", Cell::Time(overview.duration()));
        let start = self.clock.wall(overview.start).map(wall::text);
        report.fact("wall_start", "Began at", Cell::some(start, Cell::from));
        report.fact("events", "Events", Cell::Count(overview.events));
        report.fact(
            "cpu_samples",
            "CPU samples",
            match overview.samples {
                0 => Cell::described(Cell::Count(0), self.no_samples),
                samples => Cell::Count(samples),
            },
        );
        report.fact("logs", "Messages", Cell::some_count(overview.logs));
    }

    fn goroutines(&self, report: &mut Report) {
        let overview = self.overview;
        let counts = &overview.goroutines;
        report.heading("Goroutines");
        report.fact("goroutines_before", "There before", Cell::Count(counts.before));
        report.fact("goroutines_created", "Created", Cell::Count(counts.created));
        report.fact("goroutines_ended", "Ended", Cell::Count(counts.ended));
        let peak = match counts.peak_time {
            Some(time) => format!("{} after {}", count(counts.peak()), self.since(time)),
            None => count(counts.peak()),
        };
        report.fact("goroutines_peak", "Most at once", Cell::described(Cell::Count(counts.peak()), peak));
        let stuck: u64 = overview.stuck.iter().map(|stuck| stuck.count).sum();
        report.fact("goroutines_stuck", "Perhaps leaked", Cell::Count(stuck));
        let whole = total([overview.running, overview.runnable, overview.waiting, overview.syscall]);
        let states = [
            ("running_ns", "Running", overview.running),
            ("runnable_ns", "Runnable", overview.runnable),
            ("waiting_ns", "Waiting", overview.waiting),
            ("syscall_ns", "In system calls", overview.syscall),
        ];
        for (field, title, time) in states {
            report.fact(field, title, part(time, whole));
        }
        let syscalls = overview.syscalls;
        report.fact("syscalls", "System calls", described_spread(syscalls));
    }

    fn scheduler(&self, report: &mut Report) {
        let overview = self.overview;
        report.heading("Scheduler");
        let values: Vec<_> = overview.gomaxprocs.iter().map(|(_, procs)| procs.to_string()).collect();
        let procs = overview.gomaxprocs.last().map(|(_, procs)| *procs);
        let described = |procs| Cell::described(Cell::Count(procs), values.join(", then "));
        report.fact("gomaxprocs", "GOMAXPROCS", Cell::some(procs, described));
        report.fact(
            "utilisation_ratio",
            "Running goroutines",
            Cell::some(overview.utilisation(), Cell::Share),
        );
        let latency = overview.latency;
        report.fact("latency_count", "Starts", Cell::Count(latency.count));
        report.fact("latency_p50_ns", "Latency p50", Cell::Time(latency.p50));
        report.fact("latency_p90_ns", "Latency p90", Cell::Time(latency.p90));
        report.fact("latency_p99_ns", "Latency p99", Cell::Time(latency.p99));
        report.fact("latency_max_ns", "Latency max", Cell::Time(latency.max));
    }

    fn collector(&self, report: &mut Report) {
        let overview = self.overview;
        report.heading("Memory and garbage collection");
        let [live, heap_goal] = [&overview.measures.heap_objects, &overview.measures.heap_goal];
        let goal_of = |bytes| Cell::described(Cell::Bytes(bytes), goal(bytes));
        let heap = |course: &goscope_analysis::heap::Course| {
            let text = format!("{}, at most {}", bytes(course.last), bytes(course.peak));
            Cell::described(Cell::Bytes(course.last), text)
        };
        report.fact("heap_live_bytes", "Heap at the end", Cell::some(live.as_ref(), heap));
        report.fact("heap_peak_bytes", "", Cell::some(live.as_ref(), |course| Cell::Bytes(course.peak)));
        report.fact("heap_goal_bytes", "Goal", Cell::some(heap_goal.as_ref(), |course| goal_of(course.last)));
        report.fact("gc_cycles", "Collections", described_spread(overview.marks));
        report.fact("gc_mark_ns", "Marking", part(overview.marks.sum, overview.duration()));
        report.fact("stops", "Stops of the world", described_spread(overview.stops));
        report.fact("stopped_ns", "Stopped", part(overview.stops.sum, overview.duration()));
        report.fact("stop_max_ns", "Longest stop", Cell::Time(overview.stops.max));
        let tracer = overview.tracer_stops;
        let title = if tracer.count > 0 { "Stopped to trace" } else { "" };
        let times = if tracer.count == 1 { "once".into() } else { format!("{} times", count(tracer.count)) };
        let text = format!("{}, {times}: not counted above", duration(tracer.sum));
        report.value("tracer_stops", Cell::Count(tracer.count));
        report.fact("tracer_stopped_ns", title, Cell::described(Cell::Time(tracer.sum), text));
        report.fact("assists", "Mark assists", Cell::some_count(overview.assists));
        report.fact("assisting_ns", "Running in assists", part(overview.assisting, overview.running));
        report.fact("sweep_ns", "Sweeping", part(overview.sweeps.sum, overview.running));
        let curve = Curve::new(&overview.mutator);
        for (field, title, window) in WINDOWS {
            let has_window = overview.duration() >= window;
            let title = if has_window { title } else { "" };
            let has_curve = !overview.mutator.is_empty();
            report.fact(field, title, Cell::some(has_curve.then(|| curve.mmu(window)), Cell::Share));
        }
    }

    fn findings(&self) -> Table {
        let rows = findings(self.overview).into_iter().map(|finding| {
            let (kind, text) = self.finding(&finding);
            vec![kind.into(), text.into()]
        });
        let none = "Nothing stands out.";
        Table::new("findings", &[("kind", ""), ("text", "What stands out")], none).with(rows)
    }

    fn finding(&self, finding: &Finding) -> (&'static str, String) {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let func = |id| self.names.func(id);
        match *finding {
            Finding::LongStop { time, duration: took, reason } => (
                "long-stop",
                format!(
                    "The world stood still for {} at {} ({}): see `goscope stw`.",
                    duration(took),
                    self.since(time),
                    func(reason)
                ),
            ),
            Finding::StoppedOften { share } => (
                "stopped-often",
                format!("The world was stopped for {} of the time: see `goscope stw`.", percent(share)),
            ),
            Finding::SlowScheduling { p99, max, utilisation } => (
                "slow-scheduling",
                format!(
                    "One of a hundred goroutines waited {} or longer for a proc, at most {}; procs were {} in use: see `goscope latency`.",
                    duration(p99),
                    duration(max),
                    percent(utilisation)
                ),
            ),
            Finding::Saturated { utilisation } => (
                "saturated",
                format!(
                    "Procs were busy for {} of the time: more work needs more of them.",
                    percent(utilisation)
                ),
            ),
            Finding::MuchMarking { share, rate } => (
                "much-marking",
                format!(
                    "The garbage collector marked for {} of the time, {rate:.1} times a second: see `goscope gc`.",
                    percent(share)
                ),
            ),
            Finding::MuchAssisting { share } => (
                "much-assisting",
                format!(
                    "Goroutines spent {} of their time helping the garbage collector: see `goscope gc`.",
                    percent(share)
                ),
            ),
            Finding::Leak { stuck } => (
                "leak",
                format!(
                    "{} goroutines of {} were created and have waited for {:?} since the first half of the trace, in {}.",
                    count(stuck.count),
                    func(stuck.func),
                    func(stuck.at.reason),
                    self.names.top(stuck.at.stack)
                ),
            ),
            Finding::Growth { left, created } => (
                "growth",
                format!(
                    "Of {} goroutines that were created, {} are left at the end.",
                    count(created),
                    count(left)
                ),
            ),
            Finding::OpenTasks { name, open, ended } => (
                "open-tasks",
                format!(
                    "Of the tasks {:?}, {} never ended, and {} did.",
                    self.names.text(name),
                    count(open),
                    count(ended)
                ),
            ),
            Finding::ProcsChanged { changes } => (
                "procs-changed",
                format!("GOMAXPROCS changed {changes} times, with a stop of the world each time."),
            ),
        }
    }

    fn waits(&self) -> Table {
        let columns = [
            ("reason", "Waited for"),
            ("place", "In"),
            ("count", "Count"),
            ("time_ns", "Time"),
            ("max_ns", "Longest"),
            ("frames", ""),
        ];
        let row = |((reason, place), wait): ((String, String), Wait)| {
            let Wait { at: Spot { stack, .. }, count, time, longest } = wait;
            vec![
                reason.into(),
                place.into(),
                Cell::Count(count),
                Cell::Time(time),
                Cell::Time(longest),
                self.names.frames(stack),
            ]
        };
        let rows = self.places().into_iter().take(WAITS).map(row);
        Table::new("waits", &columns, "No goroutine of the program waited for anything.").with(rows)
    }

    /// Waits for the same reason at the same place, the longest first. Their stack is that of the longest of them.
    fn places(&self) -> Vec<((String, String), Wait)> {
        let mut places: BTreeMap<_, Wait> = BTreeMap::new();
        for wait in &self.overview.waits {
            let key = (self.names.func(wait.at.reason), self.names.top(wait.at.stack));
            let place = places.entry(key).or_insert(Wait { count: 0, time: 0, longest: 0, ..*wait });
            place.count += wait.count;
            place.time = place.time.saturating_add(wait.time);
            place.longest = place.longest.max(wait.longest);
        }
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(_, wait)| std::cmp::Reverse(wait.time));
        places
    }

    fn tasks(&self) -> Table {
        let mut columns = vec![("type", "Tasks"), ("count", "Count"), ("open", "Open")];
        columns.extend(SPREAD);
        let rows = self.overview.tasks.iter().map(|task| {
            let mut row = vec![
                self.names.name(task.name).into(),
                Cell::Count(task.spread.count),
                Cell::Count(task.open),
            ];
            row.extend(spread_cells(task.spread));
            row
        });
        Table::new("tasks", &columns, "").with(rows).limited()
    }

    fn slowest(&self) -> Table {
        let columns =
            [("id", "Slowest task"), ("type", "Type"), ("start_ns", "Start"), ("duration_ns", "Took")];
        let rows = self.overview.slowest.iter().map(|run| {
            vec![
                Cell::Id(run.id.0),
                self.names.name(run.name).into(),
                Cell::Time(run.start.since(self.overview.start)),
                Cell::Time(run.duration),
            ]
        });
        Table::new("slowest", &columns, "No task ended.").with(rows)
    }

    fn since(&self, time: TraceTime) -> String {
        duration(time.since(self.overview.start))
    }
}

/// A time, and which part of another one it is.
fn part(time: i64, whole: i64) -> Cell {
    let share =
        if whole > 0 { format!(" ({:.1} %)", time as f64 * 100.0 / whole as f64) } else { String::new() };
    Cell::described(Cell::Time(time), format!("{}{share}", duration(time)))
}

/// How many, and for people how long they took.
fn described_spread(spread: Spread) -> Cell {
    let text = match spread.count {
        0 => "none".into(),
        number => format!(
            "{}: half within {}, at most {}",
            count(number),
            duration(spread.p50),
            duration(spread.max)
        ),
    };
    Cell::described(Cell::Count(spread.count), text)
}
