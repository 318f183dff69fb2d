//! Tables that fit the terminal.

use std::{
    env,
    io::{self, Write},
};

use anstyle::Style;
use anyhow::Result;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use indicatif::{HumanBytes, HumanCount};

use super::event::Palette;

/// A table without lines. Columns whose title starts with `>` are numbers, and so stand to the right.
pub fn new(titles: &[&str]) -> Table {
    let mut table = blank();
    table.set_header(titles.iter().map(|title| title.trim_start_matches('>')));
    for (column, title) in table.column_iter_mut().zip(titles) {
        column.set_padding((0, 2));
        if title.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
            // A number that is broken is another number.
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

/// As wide as the terminal, or as `COLUMNS` says.
fn blank() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width() {
        table.set_width(width);
    }
    table
}

/// How many characters fit into a line: as many as `COLUMNS` says, or else as into the terminal; `None` if there is none.
pub fn width() -> Option<u16> {
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(|| Table::new().width())
}

/// Facts that are one line each: what it is, and what is said of it.
pub fn facts(facts: &[(&str, String)]) -> Table {
    let mut table = blank();
    table.add_rows(facts.iter().map(|(title, value)| [title, value.as_str()]));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Prints a table on standard output, without blanks at the ends of lines. The titles of its columns stand out.
pub fn print(table: &Table) -> Result<()> {
    let palette = Palette::of_stdout();
    let mut out = palette.stdout();
    for (number, line) in table.lines().enumerate() {
        let is_title = number == 0 && table.header().is_some();
        let style = if is_title { palette.title() } else { Style::new() };
        writeln!(out, "{style}{}{style:#}", line.trim_end())?;
    }
    Ok(())
}

/// Prints a line that stands out.
pub fn print_title(title: &str) -> Result<()> {
    let palette = Palette::of_stdout();
    let style = palette.title();
    writeln!(palette.stdout(), "{style}{title}{style:#}")?;
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

/// A number of things: "1 file", "2 files".
pub fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// 1234567 as "1.18 MiB".
pub fn bytes(number: u64) -> String {
    HumanBytes(number).to_string()
}

/// The heap at which a collection should end: none where GOGC is off.
///
/// Source: Go 1.27 `runtime/traceruntime.go` (`HeapGoal`), which writes 0 then.
pub fn goal(number: u64) -> String {
    if number == 0 { "none: GOGC is off".into() } else { bytes(number) }
}

/// A part of a whole as "12.34%".
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".into() } else { format!("{:.2}%", part as f64 * 100.0 / whole as f64) }
}

/// The sum of times. Those of a damaged trace may be too long to add up: then it is the longest that there is.
pub fn total(times: impl IntoIterator<Item = i64>) -> i64 {
    times.into_iter().fold(0, i64::saturating_add)
}

/// 1234567 nanoseconds as "1.235ms": four digits at least, in the unit that has them before or right behind the point.
pub fn duration(nanoseconds: i64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")];
    match units.into_iter().find(|(unit, _)| nanoseconds.abs() >= *unit) {
        Some((unit, name)) => format!("{:.3}{name}", nanoseconds as f64 / unit as f64),
        None => format!("{nanoseconds}ns"),
    }
}

/// Text that is no formula. A spreadsheet takes text for a formula that begins with one of these characters: a `'` before
/// it says that it is text. A number is none.
fn no_formula(text: String) -> String {
    const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let is_number = || text.parse::<f64>().is_ok_and(f64::is_finite);
    if text.starts_with(BEGINNINGS) && !is_number() { format!("'{text}") } else { text }
}

/// Text as a value of comma-separated values: one that has a comma, a quote or the end of a line is quoted.
pub fn csv(text: String) -> String {
    let value = no_formula(text);
    let is_plain = !value.contains([',', '"', '\n', '\r']);
    if is_plain { value } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

/// Text for a table for people. Laying it out takes longer than it is long, so what is too long for a table is cut before.
pub fn short(mut text: String) -> String {
    const LONGEST: usize = 400;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{csv, duration, no_formula, short};

    #[test]
    fn text_is_no_formula() {
        for text in ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\ta", "\ra", "＝1", "-inf", "--5"] {
            assert_eq!(no_formula(text.into()), format!("'{text}"));
        }
        for text in ["", "-5", "+5", "-0.25", "-1e-3", "main.f", "a=b", "'=1"] {
            assert_eq!(no_formula(text.into()), text);
        }
    }

    #[test]
    fn values_are_quoted_where_need_be() {
        assert_eq!(
            ["a", "a,b", "a\"b", "=a,b"].map(|text| csv(text.into())),
            ["a", "\"a,b\"", "\"a\"\"b\"", "\"'=a,b\""]
        );
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(short("ä".repeat(400)), "ä".repeat(400));
        assert_eq!(short("ä".repeat(100_000)), "ä".repeat(400) + "…");
    }

    #[test]
    fn durations_are_in_the_unit_that_fits() {
        let texts = [0, 999, 1000, 1_234_567, 59_999_999_999].map(duration);
        assert_eq!(texts, ["0ns", "999ns", "1.000µs", "1.235ms", "60.000s"]);
    }
}
