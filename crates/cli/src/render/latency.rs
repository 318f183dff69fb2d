//! Latencies as tables: by function, over time, and the longest ones.

use goscope_analysis::{
    Durations, Slice,
    latency::{Cause, Instead, Report as Latency, Wait},
};
use goscope_trace::{GoId, StringId, TraceTime};

use super::{
    histogram::bar,
    names::Names,
    report::{Cell, Report, Table},
};
use crate::follow::Followed;

/// The longest bar, in characters.
const WIDTH: u64 = 20;

/// What is shown of latencies.
pub fn report(latency: &Latency, followed: &Followed, names: Names<'_>) -> Report {
    let (all, start) = (&latency.all, followed.start);
    let time = |time| if all.count() == 0 { Cell::None } else { Cell::Time(time) };
    let quantile = |thousandths| time(all.quantile(thousandths));
    let mut report = Report::default();
    report.fact("duration_ns", "Trace", Cell::Time(followed.duration()));
    report.fact("count", "Waits", Cell::Count(all.count()));
    report.fact("total_ns", "Total", time(all.sum()));
    report.fact("mean_ns", "Mean", time(all.mean()));
    report.fact("p50_ns", "p50", quantile(500));
    report.fact("p90_ns", "p90", quantile(900));
    report.fact("p99_ns", "p99", quantile(990));
    report.fact("p999_ns", "p99.9", quantile(999));
    report.fact("max_ns", "Max", time(all.max()));
    report.table(funcs(latency, names));
    if all.count() > 0 {
        report.table(slices(&latency.slices, start));
        report.table(worst(&latency.worst, start, names));
    }
    report
}

fn funcs(latency: &Latency, names: Names<'_>) -> Table {
    let columns = [
        ("func", "Goroutines of"),
        ("count", "Waits"),
        ("total_ns", "~Total"),
        ("mean_ns", "~Mean"),
        ("p50_ns", "p50"),
        ("p90_ns", "p90"),
        ("p99_ns", "p99"),
        ("max_ns", "Max"),
    ];
    let row = |(func, waits): &(StringId, Durations)| {
        let quantiles = [500, 900, 990].map(|thousandths| waits.quantile(thousandths));
        let times = [waits.sum(), waits.mean()].into_iter().chain(quantiles).chain([waits.max()]);
        let mut row = vec![names.func(*func).into(), Cell::Count(waits.count())];
        row.extend(times.map(Cell::Time));
        row
    };
    let none = "No goroutine waited for a proc.";
    Table::new("functions", &columns, none).with(latency.by_func.iter().map(row)).sorted("total")
}

fn slices(slices: &[Slice<Durations>], start: TraceTime) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("count", "Waits"),
        ("total_ns", ""),
        ("p50_ns", "p50"),
        ("p99_ns", "p99"),
        ("max_ns", "Max"),
        ("", "p99"),
    ];
    let p99 = |slice: &Slice<Durations>| slice.part.quantile(990).unsigned_abs();
    let most = slices.iter().map(p99).max().unwrap_or_default();
    let row = |slice: &Slice<Durations>| {
        let waits = &slice.part;
        let time = |time| if waits.count() == 0 { Cell::None } else { Cell::Time(time) };
        vec![
            Cell::Time(slice.start.since(start)),
            Cell::Count(waits.count()),
            Cell::Time(waits.sum()),
            time(waits.quantile(500)),
            time(waits.quantile(990)),
            time(waits.max()),
            bar(p99(slice), most, WIDTH).into(),
        ]
    };
    Table::new("slices", &columns, "").under("Over time, by when waits ended").with(slices.iter().map(row))
}

fn worst(waits: &[Wait], start: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("duration_ns", "Waited"),
        ("goroutine", ""),
        ("func", ""),
        ("", "Goroutine"),
        ("cause", "Runnable because"),
        ("by", ""),
        ("by_func", ""),
        ("reason", ""),
        ("proc", "~P"),
        ("thread", ""),
        ("instead", "Meanwhile on that P"),
        ("instead_goroutine", ""),
        ("instead_func", ""),
        ("instead_ns", "~For"),
    ];
    let row = |wait: &Wait| {
        let (goroutine, func, time) = match wait.instead {
            Instead::Ran { goroutine, func, time } => (goroutine, names.func(func).into(), Cell::Time(time)),
            Instead::Nobody | Instead::Unknown => (GoId::NONE, Cell::None, Cell::None),
        };
        let id = |id: u64| Cell::some((id != u64::MAX).then_some(id), Cell::Id);
        let text = |text: StringId| {
            Cell::some((text != StringId::EMPTY).then_some(text), |text| names.text(text).into())
        };
        vec![
            Cell::Time(wait.start.since(start)),
            Cell::Time(wait.duration()),
            id(wait.goroutine.0),
            names.func(wait.func).into(),
            names.goroutine(wait.goroutine, wait.func).into(),
            Cell::described(wait.cause.name(), cause(wait, names)),
            id(wait.by.0),
            text(wait.by_func),
            text(wait.reason),
            id(wait.proc.0),
            id(wait.thread.0),
            instead(wait.instead, names),
            id(goroutine.0),
            func,
            time,
        ]
    };
    Table::new("worst", &columns, "").under("The longest").with(waits.iter().map(row))
}

/// Why a goroutine became runnable, in words.
fn cause(wait: &Wait, names: Names<'_>) -> String {
    let by = if wait.by.is_some() { names.goroutine(wait.by, wait.by_func) } else { "the runtime".into() };
    match wait.cause {
        Cause::Created | Cause::Woken => format!("{} by {by}", wait.cause.name()),
        Cause::Stopped if wait.reason != StringId::EMPTY => names.text(wait.reason),
        Cause::Stopped => "stopped".into(),
        Cause::Returned => "back from a system call".into(),
        Cause::Before => "there before the trace".into(),
    }
}

/// What ran meanwhile, in words.
fn instead(instead: Instead, names: Names<'_>) -> Cell {
    match instead {
        Instead::Ran { goroutine, func, .. } => Cell::described("ran", names.goroutine(goroutine, func)),
        Instead::Nobody => Cell::described("nobody", "nothing ran"),
        Instead::Unknown => Cell::described("unknown", "several goroutines"),
    }
}
