//! A critical path as tables: who is to blame, and what happened one after the other.

use goscope_analysis::critical_path::{Cause, Found, Segment, blame};
use goscope_trace::{StackId, TraceTime};

use super::{
    names::Names,
    report::{Cell, Report, Table},
};

/// What is shown of a path.
pub fn report(name: &str, found: &Found, segments: &[Segment], start: TraceTime, names: Names<'_>) -> Report {
    let whole = found.to.since(found.from);
    let mut report = Report::default();
    report.fact("target", "Critical path", name.to_owned());
    report.fact("start_ns", "Start", Cell::Time(found.from.since(start)));
    report.fact("duration_ns", "Took", Cell::Time(whole));
    report.fact("complete", "Complete", Cell::Yes(found.has_end));
    report.table(blamed(segments, whole, names));
    report.table(chain(segments, found.from, names));
    report
}

fn blamed(segments: &[Segment], whole: i64, names: Names<'_>) -> Table {
    let columns = [
        ("time_ns", "Time"),
        ("time_ratio", "%"),
        ("count", "Count"),
        ("func", "Goroutine of"),
        ("cause", "Spent on"),
        ("reason", ""),
        ("instead", ""),
        ("place", "Mostly in"),
        ("frames", ""),
    ];
    let rows = blame(segments).into_iter().map(|blame| {
        let longest = blame.stacks.iter().find(|(stack, _)| !names.0.stack(*stack).is_empty());
        let stack = longest.map_or(StackId::NONE, |(stack, _)| *stack);
        vec![
            Cell::Time(blame.time),
            Cell::share(blame.time, whole),
            Cell::Count(blame.count),
            names.func(blame.func).into(),
            Cell::described(blame.cause.name(), cause(blame.cause, blame.instead, names)),
            reason(blame.cause, names),
            Cell::some(blame.instead, |func| names.func(func).into()),
            place(stack, names),
            names.frames(stack),
        ]
    });
    Table::new("blame", &columns, "There is nothing to explain.").with(rows)
}

fn chain(segments: &[Segment], from: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("duration_ns", "Took"),
        ("goroutine", ""),
        ("func", ""),
        ("depth", "Hops"),
        ("who", "Goroutine"),
        ("cause", "Spent on"),
        ("reason", ""),
        ("instead", ""),
        ("proc", "P"),
        ("place", "In"),
    ];
    let rows = segments.iter().map(|segment| {
        let Segment { start, goroutine, func, depth, proc, .. } = *segment;
        vec![
            Cell::Time(start.since(from)),
            Cell::Time(segment.duration()),
            Cell::some(goroutine.is_some().then_some(goroutine.0), Cell::Id),
            names.func(func).into(),
            Cell::Count(depth.into()),
            names.goroutine(goroutine, func).into(),
            Cell::described(segment.cause.name(), cause(segment.cause, segment.instead, names)),
            reason(segment.cause, names),
            Cell::some(segment.instead, |func| names.func(func).into()),
            Cell::some(proc.is_some().then_some(proc.0), Cell::Id),
            place(segment.stack, names),
        ]
    });
    Table::new("segments", &columns, "")
        .under("What happened (hops: how many waits lie between it and the goroutine that is asked about)")
        .with(rows)
        .limited()
}

/// What time was spent on, in words.
fn cause(cause: Cause, instead: Option<goscope_trace::StringId>, names: Names<'_>) -> String {
    match (cause, instead) {
        (Cause::Waiting(reason), _) => names.func(reason),
        (Cause::Stopped(reason), _) => format!("{} ({})", cause.name(), names.func(reason)),
        (Cause::Runnable, Some(func)) => format!("no proc: {} ran", names.func(func)),
        (Cause::Runnable, None) => "no proc yet".into(),
        (cause, _) => cause.name().into(),
    }
}

fn reason(cause: Cause, names: Names<'_>) -> Cell {
    Cell::some(cause.reason(), |reason| names.text(reason).into())
}

fn place(stack: StackId, names: Names<'_>) -> Cell {
    Cell::some(Some(names.top(stack)).filter(|place| !place.is_empty()), Cell::from)
}
