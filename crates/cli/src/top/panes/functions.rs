//! Goroutines by the function that they started with.

use goscope_analysis::pulse::Function;

use super::{Enter, Pane, Row};
use crate::{
    render::{names::UNKNOWN, report::Cell},
    top::board::Snapshot,
};

pub const PANE: Pane = Pane {
    field: "functions",
    title: "Functions",
    columns: &[
        ("func", "Goroutines of"),
        ("goroutines", "All"),
        ("running", "~Running"),
        ("runnable", "~Runnable"),
        ("waiting", "~Waiting"),
        ("running_ns", "~CPU"),
        ("syscall", "~Syscall"),
    ],
    sort: 1,
    none: "No goroutine is known.",
    rows,
    enter: Enter::Goroutines,
};

fn rows(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.vitals.functions.iter().map(row).collect()
}

fn row(function: &Function) -> Row {
    let Function { name, states, running } = function;
    let counts = [states.total(), states.running, states.runnable, states.waiting];
    let name = if name.is_empty() { UNKNOWN } else { name };
    let mut cells = vec![Cell::from(name)];
    cells.extend(counts.map(Cell::Count));
    cells.extend([Cell::Time(*running), Cell::Count(states.syscall)]);
    Row { key: name.into(), cells, lines: Vec::new(), goroutine: None }
}
