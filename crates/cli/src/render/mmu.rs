//! Mutator utilisation as tables: by length of window, and the worst windows.

use goscope_analysis::mutator::Curve;
use goscope_trace::TraceTime;

use super::{
    histogram,
    report::{Cell, Report, Table},
    table,
};
use crate::follow::Followed;

/// The parts of all windows that have at least a utilisation, as columns.
const PARTS: [(f64, &str, &str); 3] =
    [(0.999, "p999_ratio", "p99.9"), (0.99, "p99_ratio", "p99"), (0.95, "p95_ratio", "p95")];

/// The length of the bar of all of it.
const WIDTH: u64 = 20;

/// What was asked for. Lengths of windows are in nanoseconds.
pub struct Shown {
    /// What counts as work of the garbage collector.
    pub flags: Vec<String>,
    pub is_like_go: bool,
    pub windows: Vec<i64>,
    /// The windows of which the worst are listed, and how many.
    pub worst: Option<(Vec<i64>, usize)>,
}

/// What is shown of a curve.
pub fn report(curve: &Curve, shown: &Shown, followed: &Followed) -> Report {
    let mut report = Report::default();
    report.fact("duration_ns", "Trace", Cell::Time(followed.duration()));
    report.value("flags", Cell::List(shown.flags.iter().cloned().map(Cell::Text).collect()));
    report.line("Collector", shown.flags.join(", "));
    let accounting = if shown.is_like_go { "go" } else { "exact" };
    report.fact("accounting", "Accounting", accounting);
    report.table(windows(curve, &shown.windows));
    if let Some((windows, count)) = &shown.worst {
        report.table(worst(curve, windows, *count, followed.start));
    }
    report
}

fn windows(curve: &Curve, windows: &[i64]) -> Table {
    let mut columns = vec![("window_ns", "Window"), ("mmu_ratio", "MMU")];
    columns.extend(PARTS.map(|(_, field, title)| (field, title)));
    columns.push(("", "Minimum"));
    let quantiles = PARTS.map(|(part, ..)| 1.0 - part);
    let rows = windows.iter().map(|window| {
        let mmu = curve.mmu(*window);
        let mut row = vec![Cell::Time(*window), Cell::Share(mmu)];
        row.extend(curve.distribution(*window, &quantiles).into_iter().map(Cell::Share));
        row.push(histogram::bar((mmu * 1e6) as u64, 1_000_000, WIDTH).into());
        row
    });
    Table::new("windows", &columns, "The trace does not tell how many procs there are.").with(rows)
}

fn worst(curve: &Curve, windows: &[i64], count: usize, from: TraceTime) -> Table {
    let columns = [
        ("window_ns", "Window"),
        ("start_ns", "Start"),
        ("end_ns", "End"),
        ("utilisation_ratio", "Utilisation"),
        ("proc", "P"),
    ];
    let rows = windows.iter().flat_map(|window| curve.worst(*window, count)).map(|window| {
        let start = window.start.since(from);
        vec![
            Cell::Time(window.length),
            Cell::Time(start),
            Cell::Time(start.saturating_add(window.length)),
            Cell::Share(window.utilisation),
            Cell::some(window.proc, |proc| Cell::Id(proc.0)),
        ]
    });
    let heading = format!("The worst windows, up to {} of each length", table::count(count as u64));
    Table::new("worst", &columns, "There are no windows.").under(heading).with(rows)
}
