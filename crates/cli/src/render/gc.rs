//! Garbage collections as tables: cycle by cycle, and who had to assist.

use goscope_analysis::gc::{CollectionReport, Costs, Cycle, HeapSizes, Payer};
use goscope_trace::TraceTime;

use super::{
    names::Names,
    report::{Cell, Report, Table},
    table::{bytes, count, duration},
};
use crate::follow::Followed;

/// What is shown of the collections of a trace.
pub fn report(collected: &CollectionReport, followed: &Followed) -> Report {
    let names = Names(followed.tables());
    let mut report = Report::default();
    values(&mut report, collected, followed.duration());
    if collected.count > 0 {
        lines(&mut report, collected, followed.duration());
    }
    report.table(cycles(&collected.cycles, followed.start, names));
    report.table(payers(collected, names));
    report
}

/// The facts, for programs.
fn values(report: &mut Report, collected: &CollectionReport, trace: i64) {
    let Costs { workers, assists, sweeps } = collected.costs;
    let pauses = collected.pauses;
    let all = [
        ("duration_ns", Cell::Time(trace)),
        ("count", Cell::Count(collected.count)),
        ("mark_ns", Cell::Time(collected.mark)),
        ("mark_ratio", Cell::share(collected.mark, trace)),
        ("pauses", Cell::Count(pauses.count)),
        ("pauses_ns", Cell::Time(pauses.time)),
        ("pauses_ratio", Cell::share(pauses.time, trace)),
        ("longest_pause_ns", Cell::Time(pauses.longest)),
        ("dedicated_ns", Cell::Time(workers.dedicated)),
        ("fractional_ns", Cell::Time(workers.fractional)),
        ("idle_ns", Cell::Time(workers.idle)),
        ("assists", Cell::Count(assists.count)),
        ("assists_ns", Cell::Time(assists.time)),
        ("assists_running_ns", Cell::Time(assists.running)),
        ("assists_running_ratio", Cell::share(assists.running, collected.running)),
        ("running_ns", Cell::Time(collected.running)),
        ("sweeps", Cell::Count(sweeps.count)),
        ("sweeps_ns", Cell::Time(sweeps.time)),
        ("swept_bytes", Cell::Bytes(sweeps.swept)),
        ("freed_bytes", Cell::Bytes(sweeps.reclaimed)),
    ];
    all.into_iter().for_each(|(field, value)| _ = report.value(field, value));
}

/// The same, for people.
fn lines(report: &mut Report, collected: &CollectionReport, trace: i64) {
    let CollectionReport { mark, pauses, costs: Costs { workers, assists, sweeps }, running, .. } =
        *collected;
    let share = |part, whole| Cell::share(part, whole).text();
    report.line("Cycles", format!("{} in {}", count(collected.count), duration(trace)));
    report.line("Marking", format!("{}, {} of the trace", duration(mark), share(mark, trace)));
    if pauses.count > 0 {
        let [all, longest] = [pauses.time, pauses.longest].map(duration);
        let part = share(pauses.time, trace);
        report.line("Stops", format!("{}: {all}, {part} of the trace; up to {longest}", count(pauses.count)));
    }
    if workers.total() > 0 {
        let [all, dedicated, fractional, idle] =
            [workers.total(), workers.dedicated, workers.fractional, workers.idle].map(duration);
        report.line("Workers", format!("{all}: dedicated {dedicated}, fractional {fractional}, idle {idle}"));
    }
    if assists.count > 0 {
        let [all, ran] = [assists.time, assists.running].map(duration);
        let part = share(assists.running, running);
        let text = format!("{}: {all}; {ran} running, {part} of all that ran", count(assists.count));
        report.line("Assists", text);
    }
    if sweeps.count > 0 {
        let (time, [swept, freed]) = (duration(sweeps.time), [sweeps.swept, sweeps.reclaimed].map(bytes));
        report.line("Sweeps", format!("{}: {time}; {swept} swept, {freed} freed", count(sweeps.count)));
    }
}

fn cycles(cycles: &[Cycle], from: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("number", "#"),
        ("start_ns", "Start"),
        ("duration_ns", "Took"),
        ("mark_ns", "Mark"),
        ("sweep_termination_ns", "Sweep term"),
        ("mark_termination_ns", "Mark term"),
        ("pauses_ns", ""),
        ("workers_ns", "Workers"),
        ("dedicated_ns", ""),
        ("fractional_ns", ""),
        ("idle_ns", ""),
        ("assists_ns", "Assists"),
        ("assists", ""),
        ("assists_running_ns", ""),
        ("procs_ratio", "Procs"),
        ("gomaxprocs", ""),
        ("heap_before_bytes", "Heap"),
        ("heap_peak_bytes", "Peak"),
        ("heap_after_bytes", "Live"),
        ("goal_bytes", "Goal"),
        ("next_goal_bytes", ""),
        ("sweeps", ""),
        ("sweeps_ns", "Sweeping"),
        ("swept_bytes", ""),
        ("freed_bytes", "Freed"),
        ("begun_in", ""),
        ("", "Begun in"),
        ("whole", ""),
    ];
    let rows = cycles.iter().map(|cycle| {
        let mut row = vec![
            Cell::Id(cycle.number),
            Cell::Time(cycle.start.since(from)),
            Cell::Time(cycle.duration()),
            Cell::Time(cycle.mark),
            pause(cycle, b"sweep termination", names),
            pause(cycle, b"mark termination", names),
            Cell::Time(cycle.paused()),
        ];
        row.extend(costs_of(cycle));
        let place = names.place(cycle.stack).filter(|_| cycle.has_start);
        let before = (!cycle.has_start).then(|| "(before)".to_owned());
        row.extend([place.clone(), place.or(before)].map(|place| Cell::some(place, Cell::from)));
        row.push(Cell::Yes(cycle.has_start && cycle.has_end));
        row
    });
    Table::new("cycles", &columns, "The trace tells of no garbage collection.")
        .with(rows)
        .split("heap_before_bytes", "The heap, and what was swept")
}

/// How long the world was stopped for a reason that ends like this.
fn pause(cycle: &Cycle, reason: &[u8], names: Names<'_>) -> Cell {
    let pauses = cycle.pauses.iter().filter(|pause| names.0.string(pause.reason).ends_with(reason));
    let time = pauses.map(|pause| pause.time).reduce(i64::saturating_add);
    Cell::some(time, Cell::Time)
}

fn costs_of(cycle: &Cycle) -> Vec<Cell> {
    let Costs { workers, assists, sweeps } = cycle.costs;
    let HeapSizes { before, peak, after, goal, next_goal } = cycle.heap;
    let size = |size: Option<u64>| Cell::some(size, Cell::Bytes);
    vec![
        Cell::Time(workers.total()),
        Cell::Time(workers.dedicated),
        Cell::Time(workers.fractional),
        Cell::Time(workers.idle),
        Cell::Time(assists.time),
        Cell::Count(assists.count),
        Cell::Time(assists.running),
        Cell::some(cycle.procs_share(), Cell::Share),
        Cell::Count(cycle.gomaxprocs),
        size(before),
        size(peak),
        size(after),
        size(goal),
        size(next_goal),
        Cell::Count(sweeps.count),
        Cell::Time(sweeps.time),
        Cell::Bytes(sweeps.swept),
        Cell::Bytes(sweeps.reclaimed),
    ]
}

/// Who had to assist.
fn payers(collected: &CollectionReport, names: Names<'_>) -> Table {
    let columns = [
        ("func", "Goroutines of"),
        ("count", "Assists"),
        ("time_ns", "Time"),
        ("time_ratio", "%"),
        ("running_ns", "Running"),
        ("mean_ns", "Mean"),
        ("longest_ns", "Longest"),
    ];
    let whole = collected.costs.assists.time;
    let rows = collected.payers.iter().map(|Payer { func, assists, longest }| {
        let mean = assists.time.checked_div(assists.count.cast_signed()).unwrap_or_default();
        vec![
            names.func(*func).into(),
            Cell::Count(assists.count),
            Cell::Time(assists.time),
            Cell::share(assists.time, whole),
            Cell::Time(assists.running),
            Cell::Time(mean),
            Cell::Time(*longest),
        ]
    });
    let table = Table::new("assisting", &columns, "No goroutine had to assist.").limited();
    let table = table.under("Who had to assist").with(rows);
    if collected.count == 0 { table.for_programs() } else { table }
}
