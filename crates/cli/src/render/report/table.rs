//! A table of a report.

use std::io::{self, Write};

use anyhow::Result;
use serde::{Serialize, Serializer};

use super::{Cell, text};

/// The units that a field may end in, and need not when it is asked for.
const UNITS: [&str; 3] = ["_ns", "_bytes", "_ratio"];

/// A column, or the name of a fact. What has no title is for programs only, what has no field for people only; a column
/// whose title begins with ~ is left out where the terminal is too narrow for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    pub field: &'static str,
    pub title: &'static str,
}

impl Column {
    pub fn is_for_programs(&self) -> bool {
        !self.field.is_empty()
    }

    pub fn is_for_people(&self) -> bool {
        !self.title.is_empty()
    }
}

/// The room that is enough for text, which is broken beyond that if need be.
const BREAKABLE: usize = 24;

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
    /// Where people see the columns go on below, behind the first one again; and a line above that.
    split: Option<(usize, &'static str)>,
}

impl Table {
    /// A table without rows: its name for programs, its columns as fields and titles, and what is said if it stays so.
    pub fn new(field: &'static str, columns: &[(&'static str, &'static str)], none: &'static str) -> Self {
        let columns = columns.iter().map(|(field, title)| Column { field, title }).collect();
        Self {
            field,
            heading: String::new(),
            columns,
            rows: Vec::new(),
            cut: 0,
            none,
            is_for_programs: false,
            is_limited: false,
            split: None,
        }
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

    /// With the columns from this field on below the others, for people: what is too wide for them.
    pub fn split(mut self, field: &str, heading: &'static str) -> Self {
        self.split = self.place(field).map(|place| (place, heading));
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
        self.columns.iter().filter(|column| column.is_for_programs()).map(|column| column.field).collect()
    }

    /// The place of a column, whose unit may be left out.
    pub fn place(&self, wanted: &str) -> Option<usize> {
        let is_it = |field: &str| {
            !field.is_empty() && field == wanted
                || UNITS.iter().any(|unit| field.strip_suffix(unit) == Some(wanted))
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

    /// Says that so many more rows are not shown.
    pub fn without(mut self, rows: usize) -> Self {
        self.cut = rows;
        self
    }

    /// Leaves out all but the first rows.
    pub fn cut(&mut self, rows: usize) {
        self.cut = self.rows.len().saturating_sub(rows);
        self.rows.truncate(rows);
    }

    pub fn print(&self) -> Result<()> {
        if !self.heading.is_empty() {
            text::print_title(&self.heading)?;
        }
        if self.rows.is_empty() {
            return Ok(writeln!(io::stdout(), "{}", self.none)?);
        }
        let (all, (place, heading)) = (self.columns.len(), self.split.unwrap_or((self.columns.len(), "")));
        text::print(&self.text(0..place))?;
        if place < all {
            writeln!(io::stdout())?;
            text::print_title(heading)?;
            text::print(&self.text((0..1).chain(place..all)))?;
        }
        if self.cut > 0 {
            writeln!(io::stdout(), "({} more rows: --top 0 shows all)", text::count(self.cut as u64))?;
        }
        Ok(())
    }

    fn text(&self, places: impl Iterator<Item = usize>) -> comfy_table::Table {
        let shown = self.shown(places, text::width());
        let title = |place: &usize| {
            let side = if self.is_number(*place) { ">" } else { "" };
            format!("{side}{}", self.title(*place))
        };
        let titles: Vec<_> = shown.iter().map(title).collect();
        let mut table = text::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        for row in &self.rows {
            table.add_row(shown.iter().map(|place| row.get(*place).map_or(String::new(), Cell::in_table)));
        }
        table
    }

    fn title(&self, place: usize) -> &'static str {
        self.columns[place].title.trim_start_matches('~')
    }

    fn is_number(&self, place: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(place));
        cells.clone().any(Cell::is_number) && cells.all(|cell| cell.is_number() || cell.is_none())
    }

    /// The columns that people see, if there is so much room.
    fn shown(&self, places: impl Iterator<Item = usize>, width: Option<u16>) -> Vec<usize> {
        let mut shown: Vec<_> = places.filter(|place| self.columns[*place].is_for_people()).collect();
        let Some(width) = width.map(usize::from) else { return shown };
        let may_go = |place: &usize| self.columns[*place].title.starts_with('~');
        while shown.iter().map(|place| self.width(*place)).sum::<usize>() > width
            && let Some(last) = shown.iter().rposition(may_go)
        {
            shown.remove(last);
        }
        shown
    }

    /// The room that a column needs. Text can be broken, numbers can't.
    fn width(&self, place: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.text().chars().count());
        let widest = cells.chain([self.title(place).len()]).max().unwrap_or_default();
        let most = if self.is_number(place) { usize::MAX } else { BREAKABLE };
        widest.min(most) + 2
    }

    pub fn print_csv(&self) -> Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", self.fields().join(","))?;
        for row in &self.rows {
            let cells = self.columns.iter().zip(row).filter(|(column, _)| column.is_for_programs());
            let values: Vec<_> = cells.map(|(_, cell)| cell.in_csv()).collect();
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

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.columns.iter().zip(self.row).filter(|(column, _)| column.is_for_programs());
        serializer.collect_map(cells.map(|(column, cell)| (column.field, cell)))
    }
}
