//! Tables that fit the terminal.

use std::io::{self, Write};

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{HumanBytes, HumanCount};

/// A table without lines. Columns whose title starts with `>` are numbers, and so stand to the right.
pub fn new(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(titles.iter().map(|title| title.trim_start_matches('>')));
    for (column, title) in table.column_iter_mut().zip(titles) {
        column.set_padding((0, 2));
        if title.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Whether a table has to be broken to fit the terminal, if there is one.
pub fn is_too_wide(table: &Table) -> bool {
    let needed = table.column_max_content_widths().into_iter().map(|width| u32::from(width) + 2).sum::<u32>();
    table.width().is_some_and(|width| needed > u32::from(width))
}

/// Facts that are one line each: what it is, and what is said of it.
pub fn facts(facts: &[(&str, String)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.add_rows(facts.iter().map(|(title, value)| [title, value.as_str()]));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Prints a table on standard output, without blanks at the ends of lines.
pub fn print(table: &Table) -> Result<()> {
    let mut out = io::stdout().lock();
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Prints a table below another one.
pub fn print_next(table: &Table) -> Result<()> {
    writeln!(io::stdout())?;
    print(table)
}

/// 1234567 as "1,234,567".
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// 1234567 as "1.18 MiB".
pub fn bytes(number: u64) -> String {
    HumanBytes(number).to_string()
}

/// A part of a whole as "12.34%".
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".into() } else { format!("{:.2}%", part as f64 * 100.0 / whole as f64) }
}

/// 1234567 nanoseconds as "1.235ms": four digits at least, in the unit that has them before or right behind the point.
pub fn duration(nanoseconds: i64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")];
    match units.into_iter().find(|(unit, _)| nanoseconds.abs() >= *unit) {
        Some((unit, name)) => format!("{:.3}{name}", nanoseconds as f64 / unit as f64),
        None => format!("{nanoseconds}ns"),
    }
}

/// A value for comma-separated values: one that has a comma, a quote or the end of a line is quoted.
pub fn quoted(value: &str) -> String {
    let is_plain = !value.contains([',', '"', '\n', '\r']);
    if is_plain { value.into() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_in_the_unit_that_fits() {
        let texts = [0, 999, 1000, 1_234_567, 59_999_999_999].map(duration);
        assert_eq!(texts, ["0ns", "999ns", "1.000µs", "1.235ms", "60.000s"]);
    }
}
