//! Goroutines by the function that they started with.

use goscope_analysis::pulse::{Function, States};

use super::{Enter, Pane, Row};
use crate::{
    render::{
        names::{UNKNOWN, text},
        report::Cell,
    },
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
    let (unknown, known): (Vec<_>, Vec<_>) =
        snapshot.vitals.functions.iter().partition(|function| function.name.is_empty());
    let unknown =
        unknown.into_iter().fold(None, |sum, function| Some(together(sum.unwrap_or_default(), function)));
    known.into_iter().chain(unknown.as_ref()).map(row).collect()
}

/// Of functions without a name nobody knows which they are.
fn together(one: Function, other: &Function) -> Function {
    let (a, b) = (one.states, other.states);
    let states = States {
        running: a.running + b.running,
        runnable: a.runnable + b.runnable,
        waiting: a.waiting + b.waiting,
        syscall: a.syscall + b.syscall,
    };
    Function { name: one.name, states, running: one.running + other.running }
}

fn row(function: &Function) -> Row {
    let Function { name, states, running } = function;
    let counts = [states.total(), states.running, states.runnable, states.waiting];
    let name = if name.is_empty() { UNKNOWN } else { name };
    let mut cells = vec![Cell::from(text(name.as_bytes()))];
    cells.extend(counts.map(Cell::Count));
    cells.extend([Cell::Time(*running), Cell::Count(states.syscall)]);
    Row { key: name.into(), cells, lines: Vec::new(), goroutine: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample::snapshot;

    #[test]
    fn functions_without_a_name_are_one() {
        let mut snapshot = snapshot();
        let functions = &mut std::sync::Arc::make_mut(&mut snapshot.vitals).functions;
        functions.push(functions[3].clone());
        let rows = rows(&snapshot);
        let unknown: Vec<_> = rows.iter().filter(|row| row.key == UNKNOWN).collect();
        assert_eq!((unknown.len(), &unknown[0].cells[1]), (1, &Cell::Count(80)));
    }
}
