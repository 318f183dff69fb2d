//! Tasks by type: those that are in flight, and how long those took that ended in the window.

use goscope_analysis::pulse::TaskType;

use super::{Enter, Pane, Row};
use crate::{
    render::{names::text, report::Cell},
    top::board::Snapshot,
};

pub const PANE: Pane = Pane {
    field: "tasks",
    title: "Tasks",
    columns: &[
        ("type", "Type"),
        ("open", "In flight"),
        ("oldest_ns", "~Oldest"),
        ("ended", "~Ended"),
        ("p50_ns", "~p50"),
        ("p90_ns", "~p90"),
        ("p99_ns", "~p99"),
        ("max_ns", "~Max"),
    ],
    sort: 1,
    none: "There are no tasks: programs make them with runtime/trace.NewTask.",
    rows,
    enter: Enter::Nothing,
};

fn rows(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.vitals.tasks.iter().map(row).collect()
}

fn row(task: &TaskType) -> Row {
    let TaskType { name, open, oldest, times } = task;
    let shown = if name.is_empty() { "(no name)".into() } else { text(name.as_bytes()) };
    let time = |is_known, time| if is_known { Cell::Time(time) } else { Cell::None };
    let mut cells =
        vec![shown.into(), Cell::Count(*open), time(*open > 0, *oldest), Cell::Count(times.count)];
    let quantiles = [times.p50, times.p90, times.p99, times.max];
    cells.extend(quantiles.map(|quantile| time(times.count > 0, quantile)));
    Row { key: name.clone(), cells, lines: Vec::new(), goroutine: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample::snapshot;

    #[test]
    fn names_are_harmless_to_a_terminal() {
        let mut snapshot = snapshot();
        std::sync::Arc::make_mut(&mut snapshot.vitals).tasks[0].name = "\u{1b}[2J".into();
        assert_eq!(rows(&snapshot)[0].cells[0].text(), "\"\\x1b[2J\"");
    }
}
