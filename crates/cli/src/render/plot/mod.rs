//! Values over time as a picture for the terminal: an area of blocks, and a line across it.
//!
//! A column shows all values of its part of the time: blocks up to the least, shade up to the greatest. What is not zero
//! is not invisible. With its labels, a picture fits into 80 characters.

mod columns;
mod scale;

use std::iter;

use goscope_analysis::heap::Point;

use self::{
    columns::{WIDTH, columns},
    scale::Scale,
};

/// The height of the area, in characters.
const HEIGHT: u64 = 12;

/// The rows to a label of the vertical axis.
const ROWS_PER_LABEL: u64 = HEIGHT / scale::STEPS;

/// The steps of a character.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Where only the greatest value of a column is higher.
const SHADE: &str = "░";

/// A place of the line.
const LINE: &str = "━";

/// A place of the line that would be above the picture.
const BEYOND: &str = "^";

/// How many times higher than the area the picture may become to have room for the line.
const MOST_ROOM: u64 = 5;

/// Two values over time.
pub struct Plot<'a> {
    /// The time that is shown, in nanoseconds.
    pub from: i64,
    pub to: i64,
    /// The value that is drawn as an area. Each holds until the next one.
    pub area: &'a [Point],
    /// The value that is drawn as a line. Where it is 0 there is none.
    pub line: &'a [Point],
    /// The names of both.
    pub names: [&'a str; 2],
    /// The moment that is called 0.
    pub zero: i64,
    /// How a value is written.
    pub value: fn(u64) -> String,
    /// How a moment is written.
    pub time: fn(i64) -> String,
}

/// The eighths of a row that the values of a column reach.
#[derive(Clone, Copy, Default)]
struct Levels {
    least: u64,
    peak: u64,
}

impl Plot<'_> {
    /// The picture, with axes and a legend.
    pub fn text(&self) -> String {
        let scale = Scale::for_values(self.top());
        let levels =
            |points| columns(points, self.from, self.to).map(|part| part.map(|part| part.levels(&scale)));
        let (area, line) = (levels(self.area), levels(self.line));
        let labels: Vec<_> = (0..=scale::STEPS).map(|step| (self.value)(scale.value(step))).collect();
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
        let row = |row: u64| {
            let label =
                labels.get((row / ROWS_PER_LABEL) as usize).filter(|_| row.is_multiple_of(ROWS_PER_LABEL));
            let (label, tick) = label.map_or(("", "│"), |label| (label.as_str(), "┤"));
            let cells: String =
                iter::zip(&area, &line).map(|(area, line)| cell((row - 1) * 8, *area, *line)).collect();
            format!("{label:>width$} {tick}{}\n", cells.trim_end())
        };
        let rows: String = (1..=HEIGHT).rev().map(row).collect();
        let zero = labels.first().map_or("", String::as_str);
        format!(
            "{}\n{rows}{zero:>width$} └{}\n{:width$}  {}\n",
            self.legend(),
            "─".repeat(WIDTH),
            "",
            self.times()
        )
    }

    /// The greatest value that is to be seen.
    fn top(&self) -> u64 {
        let peak = |points: &[Point]| points.iter().map(|point| point.peak).max().unwrap_or_default();
        let (area, line) = (peak(self.area), peak(self.line));
        if area == 0 { line } else { area.max(line.min(area.saturating_mul(MOST_ROOM))) }
    }

    fn legend(&self) -> String {
        let [area, line] = self.names;
        let line = if self.line.is_empty() { String::new() } else { format!("   {LINE} {line}") };
        format!("█ {area} (least)   {SHADE} {area} (greatest){line}")
    }

    /// The labels of the horizontal axis.
    fn times(&self) -> String {
        let [from, middle, to] = [self.from, self.from.midpoint(self.to), self.to]
            .map(|time| (self.time)(time.saturating_sub(self.zero)));
        let half = WIDTH / 2;
        let left = half.saturating_sub(middle.chars().count() / 2);
        let text = format!("{from:<left$}{middle}");
        let room = WIDTH.saturating_sub(text.chars().count());
        format!("{text}{to:>room$}")
    }
}

impl columns::Part {
    fn levels(self, scale: &Scale) -> Levels {
        let level = |value| scale.part(value, HEIGHT * 8);
        Levels { least: level(self.least), peak: level(self.peak) }
    }
}

/// The character whose lower edge is at a level.
fn cell(base: u64, area: Option<Levels>, line: Option<Levels>) -> &'static str {
    let line = line.unwrap_or_default().peak;
    if line > HEIGHT * 8 && base == (HEIGHT - 1) * 8 {
        return BEYOND;
    }
    if (base + 1..=base + 8).contains(&line) {
        return LINE;
    }
    let Levels { least, peak } = area.unwrap_or_default();
    let [least, peak] = [least, peak].map(|level| level.saturating_sub(base).min(8) as usize);
    match (least, peak) {
        (0, 1..) | (_, 8) if least < 8 => SHADE,
        _ => EIGHTHS[peak],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[(i64, u64)]) -> Vec<Point> {
        let point = |(time, value): &(i64, u64)| Point {
            time: goscope_trace::TraceTime(*time),
            least: *value,
            peak: *value,
            last: *value,
        };
        values.iter().map(point).collect()
    }

    fn plot(area: &[(i64, u64)], line: &[(i64, u64)], to: i64) -> Vec<String> {
        let (area, line) = (points(area), points(line));
        let (value, time) = (|value: u64| value.to_string(), |time: i64| time.to_string());
        let plot = Plot { from: 0, to, area: &area, line: &line, names: ["a", "b"], zero: 0, value, time };
        plot.text().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_ramp_rises_to_the_right() {
        let ramp: Vec<_> = (0..120i64).map(|value| (value, value.unsigned_abs() + 1)).collect();
        let lines = plot(&ramp, &[(60, 60)], 120);
        assert_eq!(lines[1].split('┤').next().unwrap().trim(), "120");
        for (row, line) in lines[1..13].iter().enumerate() {
            let filled = line.chars().skip(5).filter(|cell| *cell != ' ').count();
            assert_eq!(filled, 5 * (row + 1), "{lines:#?}");
        }
        assert_eq!(lines[7].chars().filter(|cell| *cell == '━').count(), 30, "{lines:#?}");
        assert_eq!(lines[13], format!("  0 └{}", "─".repeat(60)));
        assert_eq!(lines[14], format!("     {:29}{}{:>29}", "0", "60", "120"));
    }

    #[test]
    fn what_is_there_can_be_seen() {
        let lines = plot(&[(0, u64::MAX), (10, 1), (20, 0)], &[], 30);
        let lowest: Vec<char> = lines[12].chars().skip_while(|cell| *cell != '│').skip(1).collect();
        assert_eq!((lowest[5], lowest[25], lowest.get(45)), ('█', '▁', None), "{lines:#?}");
    }

    #[test]
    fn a_line_far_above_does_not_flatten_the_area() {
        let lines = plot(&[(0, 10)], &[(0, 10_000)], 30);
        assert!(lines[1].contains('^') && lines[12].contains('█'), "{lines:#?}");
    }

    #[test]
    fn nothing_and_no_time_are_pictures_too() {
        for (area, to) in
            [(&[][..], 0), (&[(0, 0)], 0), (&[(5, 7)], 0), (&[(i64::MIN, 1), (i64::MAX, 2)], i64::MAX)]
        {
            let lines = plot(area, area, to);
            assert_eq!(lines.len(), 15);
            assert!(lines.iter().all(|line| line.chars().count() <= 90), "{lines:#?}");
        }
    }
}
