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
    /// Headings of facts, with the number of facts above them.
    headings: Vec<(usize, &'static str)>,
    /// What people see between facts and tables, and behind them.
    figure: String,
    remarks: Vec<String>,
    /// The first one is what `--sort`, `--top` and `--csv` are about.
    tables: Vec<Table>,
}

impl Report {
    /// Adds a fact. One that is absent is in JSON only, as null; and one without a title.
    pub fn fact(&mut self, field: &'static str, title: &'static str, value: impl Into<Cell>) -> &mut Self {
        self.facts.push((Column { field, title }, value.into()));
        self
    }

    /// Puts the facts that follow under a heading.
    pub fn heading(&mut self, heading: &'static str) -> &mut Self {
        self.headings.push((self.facts.len(), heading));
        self
    }

    /// Shows people lines between facts and tables.
    pub fn figure(&mut self, lines: impl Into<String>) -> &mut Self {
        self.figure = lines.into();
        self
    }

    /// Tells people something at the end.
    pub fn remark(&mut self, sentence: impl Into<String>) -> &mut Self {
        self.remarks.push(sentence.into());
        self
    }

    /// Adds a fact for programs only.
    pub fn value(&mut self, field: &'static str, value: impl Into<Cell>) -> &mut Self {
        self.fact(field, "", value)
    }

    /// Adds a fact for people only.
    pub fn line(&mut self, title: &'static str, text: impl Into<String>) -> &mut Self {
        self.fact("", title, text.into())
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

    /// Prints it for people.
    pub fn print(&self) -> Result<()> {
        let mut gap = Gap::default();
        if self.facts.iter().any(|(column, value)| is_shown(*column, value)) {
            gap.print()?;
            self.print_facts()?;
        }
        if !self.figure.is_empty() {
            gap.print()?;
            writeln!(io::stdout(), "{}", self.figure.trim_end())?;
        }
        for table in self.tables.iter().filter(|table| table.is_for_people()) {
            gap.print()?;
            table.print()?;
        }
        if !self.remarks.is_empty() {
            gap.print()?;
        }
        self.remarks.iter().try_for_each(|remark| Ok(writeln!(io::stdout(), "{remark}")?))
    }

    fn print_facts(&self) -> Result<()> {
        let starts = self.headings.iter().map(|(start, _)| *start);
        let bounds: Vec<_> = [0].into_iter().chain(starts).chain([self.facts.len()]).collect();
        let width = self.facts.iter().map(|(column, _)| column.title.chars().count()).max().unwrap_or(0);
        for (group, bound) in bounds.windows(2).enumerate() {
            let heading = group.checked_sub(1).and_then(|place| self.headings.get(place));
            if let Some((_, heading)) = heading {
                writeln!(io::stdout())?;
                text::print_title(heading)?;
            }
            for (column, value) in
                self.facts[bound[0]..bound[1]].iter().filter(|(column, value)| is_shown(*column, value))
            {
                writeln!(io::stdout(), "{:width$}  {}", column.title, value.text())?;
            }
        }
        Ok(())
    }

    fn print_csv(&self) -> Result<()> {
        self.tables.first().map_or(Ok(()), Table::print_csv)
    }
}

/// Whether people see a fact: it has a title and a value.
fn is_shown(column: Column, value: &Cell) -> bool {
    !column.title.is_empty() && !value.is_none()
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in self.facts.iter().filter(|(column, _)| column.is_for_programs()) {
            map.serialize_entry(column.field, value)?;
        }
        for table in &self.tables {
            map.serialize_entry(table.field(), table)?;
        }
        map.end()
    }
}

/// The empty line between two parts.
#[derive(Default)]
struct Gap {
    has_begun: bool,
}

impl Gap {
    /// Prints it, unless nothing is above.
    fn print(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.has_begun, true) {
            true => Ok(writeln!(io::stdout())?),
            false => Ok(()),
        }
    }
}
