//! A table of a report.

use std::io::{self, Write};

use anyhow::Result;
use serde::{Serialize, Serializer};

use super::{Cell, text};

/// The units that a field may end in, and need not when it is asked for.
const UNITS: [&str; 3] = ["_ns", "_bytes", "_ratio"];

/// A column, or the name of a fact. What has no title is for programs only; what has no field, for people only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    pub field: &'static str,
    pub title: &'static str,
}

/// Rows with the same columns.
pub struct Table {
    field: &'static str,
    /// A line above it.
    heading: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// The rows that were cut off.
    cut: usize,
    /// What is said if there are no rows.
    none: &'static str,
    is_for_programs: bool,
    /// Whether people see as many rows as of the first table.
    is_limited: bool,
}

impl Table {
    /// A table without rows: its name for programs, its columns as fields and titles, and what is said if it stays so.
    pub fn new(field: &'static str, columns: &[(&'static str, &'static str)], none: &'static str) -> Self {
        let columns = columns.iter().map(|(field, title)| Column { field, title }).collect();
        Self { field, heading: String::new(), columns, rows: Vec::new(), cut: 0, none, is_for_programs: false, is_limited: false }
    }

    /// With a line above it.
    pub fn under(mut self, heading: impl Into<String>) -> Self {
        self.heading = heading.into();
        self
    }

    /// With these rows, each of which has a value for each column.
    pub fn with(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Shown in JSON only.
    pub fn for_programs(mut self) -> Self {
        self.is_for_programs = true;
        self
    }

    /// Cut like the first table of a report.
    pub fn limited(mut self) -> Self {
        self.is_limited = true;
        self
    }

    pub fn is_limited(&self) -> bool {
        self.is_limited
    }

    /// Whether people see it.
    pub fn is_for_people(&self) -> bool {
        !self.is_for_programs
    }

    pub fn field(&self) -> &'static str {
        self.field
    }

    pub fn fields(&self) -> Vec<&'static str> {
        let fields = self.columns.iter().map(|column| column.field);
        fields.filter(|field| !field.is_empty()).collect()
    }

    /// The place of a column, whose unit may be left out.
    pub fn place(&self, wanted: &str) -> Option<usize> {
        let is_it = |field: &str| {
            !field.is_empty() && field == wanted || UNITS.iter().any(|unit| field.strip_suffix(unit) == Some(wanted))
        };
        self.columns.iter().position(|column| is_it(column.field))
    }

    /// Sorts by a column, the greatest first.
    pub fn sort(&mut self, place: usize) {
        self.rows.sort_by(|one, other| match (one.get(place), other.get(place)) {
            (Some(one), Some(other)) => one.greatest_first(other),
            _ => std::cmp::Ordering::Equal,
        });
    }

    /// Sorted by the column with this field.
    pub fn sorted(mut self, field: &str) -> Self {
        if let Some(place) = self.place(field) {
            self.sort(place);
        }
        self
    }

    /// Leaves out all but the first rows.
    pub fn cut(&mut self, rows: usize) {
        self.cut = self.rows.len().saturating_sub(rows);
        self.rows.truncate(rows);
    }

    pub fn print(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        if !self.heading.is_empty() {
            writeln!(out, "{}", self.heading)?;
        }
        if self.rows.is_empty() {
            return Ok(writeln!(out, "{}", self.none)?);
        }
        drop(out);
        text::print(&self.text())?;
        if self.cut > 0 {
            writeln!(io::stdout(), "({} more rows: --top 0 shows all)", text::count(self.cut as u64))?;
        }
        Ok(())
    }

    fn text(&self) -> comfy_table::Table {
        let shown: Vec<_> = (0..self.columns.len()).filter(|place| !self.columns[*place].title.is_empty()).collect();
        let is_number = |place: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(place));
            cells.clone().any(Cell::is_number) && cells.all(|cell| cell.is_number() || cell.is_none())
        };
        let title = |place: &usize| {
            let side = if is_number(*place) { ">" } else { "" };
            format!("{side}{}", self.columns[*place].title)
        };
        let titles: Vec<_> = shown.iter().map(title).collect();
        let mut table = text::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        for row in &self.rows {
            table.add_row(shown.iter().map(|place| row.get(*place).map_or(String::new(), Cell::text)));
        }
        table
    }

    pub fn print_csv(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", self.fields().join(","))?;
        for row in &self.rows {
            let row = Row { columns: &self.columns, row };
            let values: Vec<_> = row.fields().map(|(_, cell)| text::quoted(&cell.plain())).collect();
            writeln!(out, "{}", values.join(","))?;
        }
        Ok(())
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(|row| Row { columns: &self.columns, row }))
    }
}

struct Row<'a> {
    columns: &'a [Column],
    row: &'a [Cell],
}

impl Row<'_> {
    fn fields(&self) -> impl Iterator<Item = (&'static str, &Cell)> {
        let fields = self.columns.iter().map(|column| column.field).zip(self.row);
        fields.filter(|(field, _)| !field.is_empty())
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields())
    }
}
