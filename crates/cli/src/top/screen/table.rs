//! A table: as many columns as there is room for, and the page that the chosen row is on.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line, Span},
    widgets::{Row as Shown, Table},
};

use super::{
    super::{
        panes::{Pane, Row},
        state::State,
    },
    Theme,
};

/// The room that text gets at least before columns are left out: for all of it together, and more for each column of it.
const LEAST_TEXT: usize = 10;
const LEAST_TEXT_MORE: usize = 14;

/// The room between columns.
const GAP: u16 = 2;

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (rows, view, pane) = (state.rows(), state.view(), state.pane());
    if rows.is_empty() {
        let why = if view.filter.is_empty() { pane.none } else { "No row has this text: Esc shows all." };
        return frame.render_widget(Line::styled(format!(" {why}"), theme.faint()), area);
    }
    let selected = view.selected.min(rows.len() - 1);
    let first = selected / state.page * state.page;
    let page = &rows[first..rows.len().min(first + state.page)];
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let columns = Columns::new(pane, view.sort, &rows, usize::from(area.width));
    let mark = if view.is_reversed { "▴" } else { "▾" };
    let title =
        |place: usize| format!("{}{}", columns.title(place), if place == view.sort { mark } else { "" });
    let header = Shown::new(columns.each(|place, width, is_number| aligned(title(place), width, is_number)));
    let shown = page.iter().enumerate().map(|(place, row)| {
        let cells =
            columns.each(|place, width, is_number| aligned(row.cells[place].text(), width, is_number));
        Shown::new(cells).style(if first + place == selected { theme.bar() } else { Default::default() })
    });
    let widths = columns.shown.iter().map(|(_, width, _)| Constraint::Length(*width as u16));
    let table = Table::new(shown, widths).header(header.style(theme.title())).column_spacing(GAP);
    frame.render_widget(table, area);
}

/// The columns that are shown: their places, their widths, and whether they are numbers.
struct Columns {
    pane: &'static Pane,
    shown: Vec<(usize, usize, bool)>,
}

impl Columns {
    fn new(pane: &'static Pane, sort: usize, rows: &[Row], room: usize) -> Self {
        let column = |place: usize| {
            let is_number = rows.iter().any(|row| row.cells[place].is_number());
            let widths = rows.iter().map(|row| width(&row.cells[place].text()));
            let mark = usize::from(place == sort);
            (place, widths.max().unwrap_or(0).max(title(pane, place).len() + mark), is_number)
        };
        let places = (0..pane.columns.len()).filter(|place| !pane.columns[*place].1.is_empty());
        let mut columns = Self { pane, shown: places.map(column).collect() };
        columns.leave_out(room);
        columns.fit(room);
        columns
    }

    fn title(&self, place: usize) -> &'static str {
        title(self.pane, place)
    }

    /// Leaves out columns that may be, as long as there is too little room.
    fn leave_out(&mut self, room: usize) {
        let may_go = |pane: &Pane, place: usize| pane.columns[place].1.starts_with('~');
        while self.least() + self.gaps() > room
            && let Some(last) = self.shown.iter().rposition(|(place, ..)| may_go(self.pane, *place))
        {
            self.shown.remove(last);
        }
    }

    /// The least room that is enough: what numbers need, and what text needs or what has to do for it.
    fn least(&self) -> usize {
        let widths =
            |of_numbers| self.shown.iter().filter(move |shown| shown.2 == of_numbers).map(|shown| shown.1);
        let enough = LEAST_TEXT + LEAST_TEXT_MORE * widths(false).count();
        widths(true).sum::<usize>() + widths(false).sum::<usize>().min(enough)
    }

    /// Gives text the room that numbers leave: each as much as it needs, or an equal share.
    fn fit(&mut self, room: usize) {
        let numbers: usize = self.shown.iter().filter(|shown| shown.2).map(|shown| shown.1).sum();
        let mut room = room.saturating_sub(numbers + self.gaps());
        let mut texts: Vec<_> = self.shown.iter_mut().filter(|shown| !shown.2).collect();
        texts.sort_by_key(|shown| shown.1);
        let count = texts.len();
        for (place, shown) in texts.into_iter().enumerate() {
            let share = room / (count - place);
            let is_last = place + 1 == count;
            shown.1 = if is_last { share } else { shown.1.min(share) };
            room -= shown.1;
        }
    }

    fn gaps(&self) -> usize {
        usize::from(GAP) * self.shown.len().saturating_sub(1)
    }

    fn each<'a, T>(&'a self, cell: impl Fn(usize, usize, bool) -> T + 'a) -> impl Iterator<Item = T> + 'a {
        self.shown.iter().map(move |(place, width, is_number)| cell(*place, *width, *is_number))
    }
}

fn title(pane: &Pane, place: usize) -> &'static str {
    pane.columns[place].1.trim_start_matches('~')
}

fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// Numbers stand to the right. Of the name of a function that is too long the end is shown, as it begins with a path; of words the
/// begin.
fn aligned(text: String, room: usize, is_number: bool) -> Line<'static> {
    match is_number {
        true => Line::raw(text).right_aligned(),
        false => Line::raw(cut(text, room)),
    }
}

fn cut(text: String, room: usize) -> String {
    if width(&text) <= room {
        return text;
    }
    let mut letters = text.chars();
    let is_wide = |letters: &str| width(letters) >= room.max(1);
    if text.contains(' ') {
        while is_wide(letters.as_str()) && letters.next_back().is_some() {}
        return format!("{}…", letters.as_str());
    }
    while is_wide(letters.as_str()) && letters.next().is_some() {}
    format!("…{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_long_text_the_end_is_shown() {
        let shown = |room| cut("net/http.(*conn).serve".into(), room);
        assert_eq!(
            [22, 14, 2, 1, 0].map(shown),
            ["net/http.(*conn).serve", "…(*conn).serve", "…e", "…", "…"]
        );
        assert_eq!(cut("日本語".into(), 4), "…語");
        assert_eq!(cut("system goroutine wait".into(), 10), "system go…");
    }
}
