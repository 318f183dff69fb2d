//! Threads as a table.

use goscope_analysis::threads::{Doing, Peak, Report as Threads, Thread};
use goscope_trace::TraceTime;

use super::report::{Cell, Report, Table};

/// What is shown of threads.
pub fn report(threads: &Threads, start: TraceTime) -> Report {
    let mut report = Report::default();
    let [calls, running] = [threads.in_syscalls, threads.running].map(|peak| at(peak, start));
    report.fact("count", "Threads", Cell::Count(threads.threads.len() as u64));
    report.fact("most_running", "Most running at once", Cell::Count(threads.running.count));
    report.fact("most_running_at_ns", "first at", running);
    report.fact("most_in_syscalls", "Most in system calls at once", Cell::Count(threads.in_syscalls.count));
    report.fact("most_in_syscalls_at_ns", "first at", calls);
    report.table(each(threads, start));
    report
}

fn at(peak: Peak, start: TraceTime) -> Cell {
    Cell::some((peak.count > 0).then(|| peak.time.since(start)), Cell::Time)
}

fn each(threads: &Threads, start: TraceTime) -> Table {
    let columns = [
        ("thread", "M"),
        ("total_ns", "Total"),
        ("running_ns", "Running"),
        ("syscall_ns", "Syscall"),
        ("scheduler_ns", "~Scheduler"),
        ("unbound_ns", "No proc"),
        ("runs", "Goroutines"),
        ("syscalls", "Syscalls"),
        ("first_ns", "~First seen"),
        ("last_ns", "~Last seen"),
    ];
    let row = |thread: &Thread| {
        let parts = [Doing::Running, Doing::Syscall, Doing::Scheduler, Doing::Unbound];
        let seen = |time: TraceTime| Cell::Time(time.since(start));
        let mut row = vec![Cell::Id(thread.id.0), Cell::Time(thread.total())];
        row.extend(parts.map(|doing| Cell::Time(thread.time(doing))));
        row.extend([thread.runs, thread.syscalls].map(Cell::Count));
        row.extend([seen(thread.first), seen(thread.last)]);
        row
    };
    Table::new("each", &columns, "The trace tells of no threads.")
        .with(threads.threads.iter().map(row))
        .sorted("total")
}
