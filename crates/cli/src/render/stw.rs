//! Stops of the world as tables: the longest ones, and how they are spread by reason.

use goscope_analysis::stw::{Stop, StopReport, Straggler};
use goscope_trace::{GoId, StackId, TraceTime};

use super::{
    names::Names,
    report::{Cell, Report, Table},
    table,
    tasks::{SPREAD, spread_cells},
};
use crate::follow::Followed;

/// What is shown of the stops of a trace.
pub fn report(stopped: &StopReport, followed: &Followed) -> Report {
    let (names, duration) = (Names(followed.tables()), followed.duration());
    let mut report = facts(stopped, duration);
    report.table(stops(stopped, followed.start, names));
    report.table(reasons(stopped, duration, names));
    report.table(tracer(stopped, followed.start, names));
    report
}

fn facts(stopped: &StopReport, duration: i64) -> Report {
    let spread = &stopped.all;
    let share = Cell::share(spread.sum, duration);
    let mut report = Report::default();
    report.fact("duration_ns", "Trace", Cell::Time(duration));
    report.fact("count", "Stops", Cell::Count(spread.count));
    if stopped.parts > 0 {
        report.line("In part", format!("{}, which do not count", table::count(stopped.parts)));
    }
    report.value("parts", Cell::Count(stopped.parts));
    if spread.count > 0 {
        report.line("Stopped", format!("{}, {} of the trace", table::duration(spread.sum), share.text()));
        let [p50, p90, p99, max] = [spread.p50, spread.p90, spread.p99, spread.max].map(table::duration);
        report.line("Durations", format!("p50 {p50}, p90 {p90}, p99 {p99}, max {max}"));
    }
    if !stopped.tracer.is_empty() {
        let time = table::duration(tracer_time(stopped));
        report.line("By the tracer", format!("{}: {time}, which does not count", stopped.tracer.len()));
    }
    report.value("tracer_count", Cell::Count(stopped.tracer.len() as u64));
    report.value("tracer_ns", Cell::Time(tracer_time(stopped)));
    report.value("total_ratio", share);
    let fields = SPREAD.iter().map(|(field, _)| *field);
    fields.zip(spread_cells(*spread)).for_each(|(field, cell)| _ = report.value(field, cell));
    report
}

/// The stops, the longest first.
fn stops(stopped: &StopReport, from: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("duration_ns", "Took"),
        ("start_ns", "Start"),
        ("percentile_ratio", "~Percentile"),
        ("reason", "Reason"),
        ("", "By"),
        ("goroutine", ""),
        ("func", ""),
        ("place", "~In"),
        ("frames", ""),
        ("standing_ns", ""),
        ("stopping_ns", "Stopping"),
        ("", "Delayed by"),
        ("delayed_by_goroutine", ""),
        ("delayed_by_func", ""),
        ("delayed_by_proc", "~On P"),
        ("delayed_by_ns", ""),
        ("delayed_in", "~At"),
        ("delayed_in_frames", ""),
        ("whole", ""),
    ];
    let mut rank = 0;
    let rows = stopped.longest.iter().map(|stop| {
        let percentile = stop.is_whole().then(|| 1.0 - f64::from(rank) / stopped.all.count.max(1) as f64);
        rank += u32::from(stop.is_whole());
        let mut row = vec![
            Cell::Time(stop.duration()),
            Cell::Time(stop.start.since(from)),
            Cell::some(percentile, Cell::Share),
            names.text(stop.reason).into(),
            names.goroutine(stop.goroutine, stop.func).into(),
            id(stop.goroutine),
            names.func(stop.func).into(),
            place(stop.stack, names),
            names.frames(stop.stack),
            Cell::some(stop.standing, Cell::Time),
        ];
        row.extend(delay(stop, names));
        row.push(Cell::Yes(stop.is_whole()));
        row
    });
    Table::new("stops", &columns, "The trace tells of no stops of the world.").with(rows)
}

/// How long it took to stop, and who delayed it.
fn delay(stop: &Stop, names: Names<'_>) -> [Cell; 8] {
    let stopping = Cell::some(stop.stopping, Cell::Time);
    let Some(Straggler { proc, goroutine, func, stack, ran }) = stop.straggler else {
        return [
            stopping,
            Cell::None,
            Cell::None,
            Cell::None,
            Cell::None,
            Cell::None,
            Cell::None,
            Cell::None,
        ];
    };
    let proc = Cell::Id(proc.0);
    if !goroutine.is_some() {
        let nobody = "(no goroutine)".into();
        return [stopping, nobody, Cell::None, Cell::None, proc, Cell::None, Cell::None, Cell::None];
    }
    [
        stopping,
        names.goroutine(goroutine, func).into(),
        id(goroutine),
        names.func(func).into(),
        proc,
        Cell::Time(ran),
        place(stack, names),
        names.frames(stack),
    ]
}

fn id(goroutine: GoId) -> Cell {
    Cell::some(goroutine.is_some().then_some(goroutine.0), Cell::Id)
}

fn place(stack: StackId, names: Names<'_>) -> Cell {
    Cell::some(names.place(stack), Cell::from)
}

/// How long the stops for each reason were.
fn reasons(stopped: &StopReport, duration: i64, names: Names<'_>) -> Table {
    let mut columns = vec![("reason", "Reason"), ("count", "Count"), ("total_ratio", "%")];
    columns.extend(SPREAD);
    let rows = stopped.reasons.iter().map(|(reason, spread)| {
        let share = Cell::share(spread.sum, duration);
        let firsts = [names.text(*reason).into(), Cell::Count(spread.count), share];
        firsts.into_iter().chain(spread_cells(*spread)).collect()
    });
    let table = Table::new("reasons", &columns, "").under("By reason").with(rows);
    if stopped.reasons.is_empty() { table.for_programs() } else { table }
}

/// How long the tracer stopped the world, all together.
fn tracer_time(stopped: &StopReport) -> i64 {
    stopped.tracer.iter().map(Stop::duration).fold(0, i64::saturating_add)
}

/// The stops of the tracer itself.
fn tracer(stopped: &StopReport, from: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("duration_ns", "Took"),
        ("start_ns", "Start"),
        ("reason", "Reason"),
        ("", "By"),
        ("goroutine", ""),
        ("func", ""),
        ("whole", ""),
    ];
    let rows = stopped.tracer.iter().map(|stop| {
        vec![
            Cell::Time(stop.duration()),
            Cell::Time(stop.start.since(from)),
            names.text(stop.reason).into(),
            names.goroutine(stop.goroutine, stop.func).into(),
            id(stop.goroutine),
            names.func(stop.func).into(),
            Cell::Yes(stop.is_whole()),
        ]
    });
    let table =
        Table::new("tracer", &columns, "").under("By the tracer itself: in none of the above").with(rows);
    if stopped.tracer.is_empty() { table.for_programs() } else { table }
}
