//! Reports: facts and tables, made once and shown as text for people, as JSON or as comma-separated values.
//!
//! A column has a title for people and a field for programs. The fields of JSON and of comma-separated values are the
//! same, and end in their unit.

mod cell;
mod table;

use std::io::{self, Write};

use anyhow::{Result, bail};
use serde::{Serialize, Serializer, ser::SerializeMap};

pub use self::{
    cell::Cell,
    table::{Column, Table},
};
use super::{json, table as text};
use crate::args::show::ShowArgs;

/// The rows of a table that are shown to people who do not say how many.
const ROWS: usize = 20;

/// An answer.
#[derive(Default)]
pub struct Report {
    facts: Vec<(Column, Cell)>,
    /// The first one is what `--sort`, `--top` and `--csv` are about.
    tables: Vec<Table>,
}

impl Report {
    /// Adds a fact. One that is absent is in JSON only, as null; and one without a title.
    pub fn fact(&mut self, field: &'static str, title: &'static str, value: impl Into<Cell>) -> &mut Self {
        self.facts.push((Column { field, title }, value.into()));
        self
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.tables.push(table);
        self
    }

    /// Shows it as the options say.
    pub fn show(mut self, options: &ShowArgs) -> Result<()> {
        self.sort(options.sort.as_deref())?;
        let rows = options.top.or(options.is_for_people().then_some(ROWS)).filter(|rows| *rows > 0);
        for (place, table) in self.tables.iter_mut().enumerate() {
            if place == 0 || table.is_limited() {
                table.cut(rows.unwrap_or(usize::MAX));
            }
        }
        match options {
            ShowArgs { json: true, .. } => json::print(&self),
            ShowArgs { csv: true, .. } => self.print_csv(),
            _ => self.print(),
        }
    }

    fn sort(&mut self, column: Option<&str>) -> Result<()> {
        let (Some(wanted), Some(table)) = (column, self.tables.first_mut()) else { return Ok(()) };
        let Some(place) = table.place(wanted) else {
            bail!("--sort {wanted}: there is no such column; there are {}", table.fields().join(", "));
        };
        table.sort(place);
        Ok(())
    }

    fn print(&self) -> Result<()> {
        let facts: Vec<_> = self.facts.iter().filter(|(column, value)| !column.title.is_empty() && !value.is_none()).collect();
        if !facts.is_empty() {
            let facts: Vec<_> = facts.iter().map(|(column, value)| (column.title, value.text())).collect();
            text::print(&text::facts(&facts))?;
        }
        for (place, table) in self.tables.iter().filter(|table| table.is_for_people()).enumerate() {
            if place > 0 || !facts.is_empty() {
                writeln!(io::stdout())?;
            }
            table.print()?;
        }
        Ok(())
    }

    fn print_csv(&self) -> Result<()> {
        self.tables.first().map_or(Ok(()), Table::print_csv)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in &self.facts {
            map.serialize_entry(column.field, value)?;
        }
        for table in &self.tables {
            map.serialize_entry(table.field(), table)?;
        }
        map.end()
    }
}
