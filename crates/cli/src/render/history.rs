//! The history of a goroutine as facts and tables.

use std::collections::BTreeMap;

use goscope_analysis::history::{Creation, History, Note, Peer, Wakes};
use goscope_trace::{GoId, GoState, TraceTime, timeline::GoSpan};

use super::{
    goroutines::{origin, state},
    names::Names,
    report::{Cell, Report, Table},
    table,
    tasks::task_id,
};

/// What is shown of a goroutine. Times are since the start of the trace.
pub fn report(goroutine: GoId, history: &History, start: TraceTime, names: Names<'_>) -> Report {
    let mut report = Report::default();
    let last = history.spans.last();
    let ended = last.and_then(|span| span.ending).map_or(GoState::Undetermined, |ending| ending.next);
    let at_end = if ended == GoState::NotExist { ended } else { last.map_or(ended, |span| span.state) };
    report.fact("id", "Goroutine", Cell::described(Cell::Id(goroutine.0), format!("G{goroutine}")));
    report.fact("func", "Starts with", names.func(history.func));
    report.fact("state", "At the end", state(at_end));
    report.fact("parent", "Created by", parent(history, start, names));
    for (field, title, wanted) in STATES {
        let spans = history.spans.iter().filter(|span| span.state == wanted);
        report.fact(field, title, Cell::Time(table::total(spans.map(GoSpan::duration))));
    }
    report.table(spans(&history.spans, start, names));
    report.table(waits(&history.spans, names));
    let wakers = "Nobody ended a wait of it.";
    report.table(wakes("wakers", "Who ended its waits", wakers, &history.wakers, names));
    report.table(wakes("woken", "Whose waits it ended", "It ended nobody's wait.", &history.woken, names));
    report.table(children(&history.children, start, names));
    report.table(notes(&history.notes, start, names));
    report
}

/// The states, with their facts.
const STATES: [(&str, &str, GoState); 4] = [
    ("running_ns", "Running", GoState::Running),
    ("runnable_ns", "Runnable", GoState::Runnable),
    ("waiting_ns", "Waiting", GoState::Waiting),
    ("syscall_ns", "Syscall", GoState::Syscall),
];

fn peer(peer: Peer, names: Names<'_>) -> Cell {
    if peer.goroutine.is_some() {
        names.goroutine(peer.goroutine, peer.func).into()
    } else {
        "the runtime".into()
    }
}

fn id(goroutine: GoId) -> Cell {
    Cell::some(goroutine.is_some().then_some(goroutine.0), Cell::Id)
}

fn parent(history: &History, start: TraceTime, names: Names<'_>) -> Cell {
    let Some(Creation { peer, time, stack }) = history.parent else {
        return origin(history.origin).into();
    };
    let who = names.goroutine(peer.goroutine, peer.func);
    let when = table::duration(time.since(start));
    format!("{who}, {when} after the start, at {}", names.top(stack)).into()
}

fn spans(spans: &[GoSpan], start: TraceTime, names: Names<'_>) -> Table {
    let columns = [
        ("start_ns", "From"),
        ("duration_ns", "Took"),
        ("state", "State"),
        ("reason", "Reason"),
        ("place", "In"),
        ("proc", "P"),
        ("ended_by", "Ended by"),
    ];
    let row = |span: &GoSpan| {
        let ending = span.ending.filter(|ending| ending.by != span.goroutine);
        let stack = match (span.state, span.ending) {
            // It is known where a run stopped, and not where it began.
            (GoState::Running, Some(ending)) => ending.stack,
            _ => span.stack,
        };
        let has_place = span.state != GoState::Running || ending.is_none();
        vec![
            Cell::Time(span.start.since(start)),
            Cell::Time(span.duration()),
            state(span.state).into(),
            text(names.text(span.reason)),
            if has_place { text(names.top(stack)) } else { Cell::None },
            Cell::some(span.proc.is_some().then_some(span.proc.0), Cell::Id),
            Cell::some(ending.map(|ending| ending.by).filter(|by| by.is_some()), |by| {
                Cell::described(Cell::Id(by.0), format!("G{by}"))
            }),
        ]
    };
    Table::new("history", &columns, "It did nothing.").under("What it did").with(spans.iter().map(row))
}

fn text(text: String) -> Cell {
    Cell::some(Some(text).filter(|text| !text.is_empty()), Cell::from)
}

fn waits(spans: &[GoSpan], names: Names<'_>) -> Table {
    let mut reasons: BTreeMap<(String, String), (u64, i64)> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.state == GoState::Waiting) {
        let sum = reasons.entry((names.func(span.reason), names.top(span.stack))).or_default();
        (sum.0, sum.1) = (sum.0 + 1, sum.1 + span.duration());
    }
    let columns = [("reason", "Reason"), ("place", "In"), ("count", "Count"), ("time_ns", "Time")];
    let rows = reasons.into_iter().map(|((reason, place), (count, time))| {
        vec![reason.into(), text(place), Cell::Count(count), Cell::Time(time)]
    });
    Table::new("waits", &columns, "It never waited.")
        .under("What it waited for")
        .with(rows)
        .sorted("time")
        .limited()
}

fn wakes(field: &'static str, heading: &str, none: &'static str, wakes: &[Wakes], names: Names<'_>) -> Table {
    let columns = [("id", ""), ("goroutine", "Goroutine"), ("count", "Count"), ("time_ns", "Waited")];
    let row = |wakes: &Wakes| {
        vec![
            id(wakes.peer.goroutine),
            peer(wakes.peer, names),
            Cell::Count(wakes.count),
            Cell::Time(wakes.time),
        ]
    };
    Table::new(field, &columns, none).under(heading).with(wakes.iter().map(row)).limited()
}

fn children(children: &[Creation], start: TraceTime, names: Names<'_>) -> Table {
    let columns = [("id", ""), ("goroutine", "Goroutine"), ("time_ns", "Created"), ("place", "In")];
    let row = |child: &Creation| {
        vec![
            id(child.peer.goroutine),
            peer(child.peer, names),
            Cell::Time(child.time.since(start)),
            text(names.top(child.stack)),
        ]
    };
    let none = "It created nobody.";
    Table::new("children", &columns, none).under("Whom it created").with(children.iter().map(row)).limited()
}

fn notes(notes: &[(TraceTime, Note)], start: TraceTime, names: Names<'_>) -> Table {
    let columns = [("time_ns", "At"), ("what", "What"), ("text", "Text"), ("task", "Task")];
    let row = |(time, note): &(TraceTime, Note)| {
        let (what, text, task) = match note {
            Note::RegionBegin(region) => ("region begins", names.text(region.name), region.task),
            Note::RegionEnd(region) => ("region ends", names.text(region.name), region.task),
            Note::Log(log) => ("log", log_text(log, names), log.task),
        };
        vec![Cell::Time(time.since(start)), what.into(), text.into(), task_id(task)]
    };
    let none = "It has no regions and logged nothing.";
    Table::new("notes", &columns, none)
        .under("What the program said there")
        .with(notes.iter().map(row))
        .limited()
}

/// A message, behind its category if it has one.
pub fn log_text(log: &goscope_trace::Log, names: Names<'_>) -> String {
    let (category, message) = (names.text(log.category), names.text(log.message));
    if category.is_empty() { message } else { format!("{category}: {message}") }
}
