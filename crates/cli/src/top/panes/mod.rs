//! The tables below the vital signs, each a file: what its columns are, and how a row is made.
//!
//! They are the tables of the report too, and so columns have a field for programs and a title for people; one whose title
//! begins with `~` is left out where there is no room.

mod blocked;
mod functions;
pub mod goroutines;
mod tasks;

use goscope_trace::GoId;

use super::board::Snapshot;
use crate::render::report::{Cell, Table};

/// A table.
pub struct Pane {
    /// Its name for programs.
    pub field: &'static str,
    pub title: &'static str,
    pub columns: &'static [(&'static str, &'static str)],
    /// The column that it is sorted by at first.
    pub sort: usize,
    /// What is said if there are no rows.
    pub none: &'static str,
    pub rows: fn(&Snapshot) -> Vec<Row>,
    /// What Enter does with a row, if anything.
    pub enter: Enter,
}

/// What Enter does with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enter {
    Nothing,
    /// Shows its lines.
    Lines,
    /// Shows the goroutines that have it.
    Goroutines,
    /// Shows what the goroutine does from now on.
    Watch,
}

/// A row.
pub struct Row {
    /// What it is about, however its values change.
    pub key: String,
    /// A value for each column.
    pub cells: Vec<Cell>,
    /// What else there is to say.
    pub lines: Vec<String>,
    /// The goroutine that it is about.
    pub goroutine: Option<GoId>,
}

/// All of them, in the order of their keys.
pub const ALL: [&Pane; 4] = [&functions::PANE, &blocked::PANE, &tasks::PANE, &goroutines::PANE];

/// The place of the goroutines among them.
pub const GOROUTINES: usize = 3;

impl Pane {
    /// As a table of a report.
    pub fn table(&self, snapshot: &Snapshot) -> Table {
        let rows = (self.rows)(snapshot).into_iter().map(|row| row.cells);
        Table::new(self.field, self.columns, self.none).with(rows)
    }
}

impl Row {
    /// What it is about, in short.
    pub fn title(&self) -> String {
        self.cells.first().map_or_else(String::new, Cell::text)
    }

    /// Whether a text occurs in it, in any case. What is looked for is in lower case.
    pub fn has(&self, wanted: &str) -> bool {
        let cells = self.cells.iter().filter_map(|cell| match cell {
            Cell::Text(text) | Cell::Described(_, text) => Some(text),
            _ => None,
        });
        cells.chain(&self.lines).any(|text| text.to_lowercase().contains(wanted))
    }
}
