//! Goroutines one by one.

use goscope_analysis::pulse::{Details, Goroutine, Step};
use goscope_trace::{GoState, TraceTime};

use super::{Enter, Pane, Row, blocked::place};
use crate::{
    render::{
        names::{UNKNOWN, text},
        report::Cell,
        table::duration,
    },
    top::board::Snapshot,
};

pub const PANE: Pane = Pane {
    field: "goroutines",
    title: "Goroutines",
    columns: &[
        ("goroutine", "Goroutine"),
        ("state", "~State"),
        ("since_ns", "For"),
        ("func", "Of"),
        ("reason", "~Reason"),
        ("running_ns", "~CPU"),
    ],
    sort: 2,
    none: "No goroutine is known.",
    rows,
    enter: Enter::Watch,
};

fn rows(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.goroutines.iter().map(|goroutine| row(goroutine, snapshot.vitals.now)).collect()
}

/// A row at a moment.
pub fn row(goroutine: &Goroutine, now: TraceTime) -> Row {
    let Goroutine { id, function, state, since, reason, running } = goroutine;
    let name = format!("G{id}");
    let function = if function.is_empty() { UNKNOWN } else { function };
    let cells = vec![
        Cell::described(Cell::Id(id.0), name.as_str()),
        state.as_str().into(),
        Cell::Time(now.since(*since).max(0)),
        text(function.as_bytes()).into(),
        text(reason.as_bytes()).into(),
        Cell::Time(*running),
    ];
    Row { key: name, cells, lines: Vec::new(), goroutine: Some(*id) }
}

/// What there is to say of a goroutine that is watched.
pub fn lines(Details { goroutine, stack, steps }: &Details, now: TraceTime) -> Vec<String> {
    let Goroutine { function, state, since, reason, .. } = goroutine;
    let function = if function.is_empty() { UNKNOWN } else { function };
    let (time, why) = (duration(now.since(*since).max(0)), in_words(reason));
    let mut lines = vec![function.to_owned(), format!("{} for {time}{why}", state.as_str())];
    if !stack.is_empty() {
        lines.extend([String::new(), "Stack".into()]);
        lines.extend(stack.iter().map(|func| format!("  {func}")));
    }
    lines.extend([String::new(), "Last steps".into()]);
    lines.extend(steps.iter().rev().map(|step| format!("  {}", in_one_line(step, now))));
    if steps.is_empty() {
        lines.push("  none since it is watched".into());
    }
    lines
}

fn in_one_line(Step { time, from, to, reason, stack }: &Step, now: TraceTime) -> String {
    let ago = duration(now.since(*time).max(0));
    let at = place(stack).map_or_else(String::new, |place| format!(" at {place}"));
    format!("{ago:>9} ago  {} -> {}{}{at}", from.as_str(), to.as_str(), in_words(reason))
}

fn in_words(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(", {reason}") }
}

/// Which of two goroutines matter more where not all can be shown: those that work or want to, then those that have been doing the
/// same for longest.
pub fn rank(goroutine: &Goroutine) -> (bool, TraceTime) {
    (goroutine.state == GoState::Waiting, goroutine.since)
}
