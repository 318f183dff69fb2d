//! Procs as tables: each of them, all over time, and when one was idle although there was work.

use goscope_analysis::{
    Slice,
    procs::{Doing, Load, Proc, Report as Procs, Starvation, Times},
};
use goscope_trace::TraceTime;

use super::{
    histogram::bar,
    report::{Cell, Report, Table},
};

/// The longest bar, in characters.
const WIDTH: u64 = 20;

/// What is shown of procs.
pub fn report(procs: &Procs, start: TraceTime) -> Report {
    let times = procs.times();
    let most = procs.slices.iter().map(|slice| slice.part.procs).max().unwrap_or_default();
    let mut report = Report::default();
    report.fact("duration_ns", "Trace", Cell::Time(procs.duration));
    report.fact("procs", "Procs", Cell::Count(most));
    report.fact("utilisation_ratio", "Used", Cell::some(times.utilisation(), Cell::Share));
    report.fact("starvation_count", "", Cell::Count(procs.starvations));
    report.fact("starved_ns", "Idle proc and runnable goroutine", Cell::Time(procs.starved));
    report.fact("starved_ratio", "of the trace", Cell::share(procs.starved, procs.duration));
    report.fact("starved_stopped_ns", "while the world was stopped", Cell::Time(procs.starved_stopped));
    report.table(each(procs));
    if !procs.procs.is_empty() {
        report.table(slices(&procs.slices, start));
        report.table(starvations(&procs.worst, start));
    }
    report
}

/// What a proc did, in the order of the columns.
const PARTS: [Doing; 6] =
    [Doing::Running, Doing::Gc, Doing::Syscall, Doing::Scheduler, Doing::Idle, Doing::Absent];

fn each(procs: &Procs) -> Table {
    let columns = [
        ("proc", "P"),
        ("running_ns", "Running"),
        ("gc_ns", "GC"),
        ("syscall_ns", "~Syscall"),
        ("scheduler_ns", "~Scheduler"),
        ("idle_ns", "Idle"),
        ("absent_ns", "~Not there"),
        ("utilisation_ratio", "Used"),
        ("switches", "Switches"),
        ("longest_idle_ns", "~Longest idle"),
    ];
    let row = |proc: &Proc| {
        let times: &Times = &proc.times;
        let mut row = vec![Cell::Id(proc.id.0)];
        row.extend(PARTS.map(|doing| Cell::Time(times.of(doing))));
        row.extend([
            Cell::some(times.utilisation(), Cell::Share),
            Cell::Count(proc.switches),
            Cell::Time(proc.longest_idle),
        ]);
        row
    };
    Table::new("each", &columns, "The trace tells of no procs.").with(procs.procs.iter().map(row))
}

fn slices(slices: &[Slice<Load>], start: TraceTime) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("procs", "Procs"),
        ("utilisation_ratio", "Used"),
        ("", "of 100%"),
        ("gc_ratio", "GC"),
        ("idle_ratio", "Idle"),
        ("runnable", "Runnable"),
        ("starved_ns", "Idle+runnable"),
    ];
    let row = |slice: &Slice<Load>| {
        let Load { times, procs, runnable, starved } = slice.part;
        let share = |doing| Cell::share(times.of(doing), times.there());
        let thousandths = times.utilisation().map_or(0, |used| (used * 1000.0) as u64);
        vec![
            Cell::Time(slice.start.since(start)),
            Cell::Count(procs),
            Cell::some(times.utilisation(), Cell::Share),
            bar(thousandths, 1000, WIDTH).into(),
            share(Doing::Gc),
            share(Doing::Idle),
            Cell::Count(runnable),
            Cell::Time(starved),
        ]
    };
    Table::new("slices", &columns, "")
        .under("All procs over time (runnable: most at once)")
        .with(slices.iter().map(row))
}

fn starvations(worst: &[Starvation], start: TraceTime) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("duration_ns", "Took"),
        ("idle", "Idle procs"),
        ("runnable", "Runnable"),
        ("stopped_ns", "World stopped"),
    ];
    let row = |starvation: &Starvation| {
        vec![
            Cell::Time(starvation.start.since(start)),
            Cell::Time(starvation.duration()),
            Cell::Count(starvation.idle),
            Cell::Count(starvation.runnable),
            Cell::Time(starvation.stopped),
        ]
    };
    let none = "No proc was idle while a goroutine was runnable.";
    Table::new("starvations", &columns, none)
        .under("A proc idle while a goroutine was runnable: the longest times (most at once)")
        .with(worst.iter().map(row))
}
