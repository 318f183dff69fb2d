//! Why goroutines were blocked in the window, and where.

use goscope_analysis::pulse::Blocked;

use super::{Enter, Pane, Row};
use crate::{
    render::{
        event::{is_runtime, is_waiting},
        names::{UNKNOWN, text},
        report::Cell,
    },
    top::board::Snapshot,
};

pub const PANE: Pane = Pane {
    field: "blocked",
    title: "Blocked",
    columns: &[
        ("reason", "Reason"),
        ("place", "In"),
        ("count", "~Count"),
        ("total_ns", "Total"),
        ("p50_ns", "~p50"),
        ("p99_ns", "~p99"),
        ("max_ns", "~Max"),
        ("stack", ""),
    ],
    sort: 3,
    none: "No goroutine was blocked.",
    rows,
    enter: Enter::Lines,
};

fn rows(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.vitals.blocked.iter().map(row).collect()
}

fn row(blocked: &Blocked) -> Row {
    let Blocked { reason, stack, times } = blocked;
    let place = place(stack).unwrap_or(UNKNOWN);
    let mut cells = vec![shown(reason), shown(place), Cell::Count(times.count)];
    cells.extend([times.total, times.p50, times.p99, times.max].map(Cell::Time));
    cells.push(Cell::List(stack.iter().map(|func| shown(func)).collect()));
    Row { key: format!("{reason}\n{}", stack.join("\n")), cells, lines: stack.clone(), goroutine: None }
}

fn shown(name: &str) -> Cell {
    text(name.as_bytes()).into()
}

/// The function that says where in the program somebody is: the innermost one that does not wait for others. Of the runtime's own
/// goroutines it is the outermost one, which says what they are for.
pub fn place(stack: &[String]) -> Option<&str> {
    let is_waiting = |func: &&String| is_waiting(func.as_bytes());
    let is_runtime = |func: &&String| is_runtime(func.as_bytes());
    let mut funcs = stack.iter();
    let place = funcs.clone().find(|func| !is_waiting(func)).or_else(|| funcs.find(|func| !is_runtime(func)));
    place.or(stack.last()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_in_the_program() {
        let stack = |funcs: &[&str]| funcs.iter().map(|func| (*func).to_owned()).collect::<Vec<_>>();
        assert_eq!(place(&stack(&["runtime.chanrecv1", "main.worker", "main.main"])), Some("main.worker"));
        assert_eq!(place(&stack(&["runtime.gopark", "time.Sleep"])), Some("time.Sleep"));
        assert_eq!(place(&stack(&["runtime.gopark", "runtime.bgsweep"])), Some("runtime.bgsweep"));
        assert_eq!(place(&[]), None);
    }
}
