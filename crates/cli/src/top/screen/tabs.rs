//! The line that names the tables, and says how the one that is shown was chosen and sorted.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{panes, state::State},
    Theme,
};

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let (wide, rest) = (tabs(state, " ", theme), manner(state, theme));
    let is_narrow = wide.width() > usize::from(area.width);
    let tabs = if is_narrow { tabs(state, "", theme) } else { wide };
    let room = area.width.saturating_sub(tabs.width() as u16 + 2);
    frame.render_widget(tabs, area);
    if rest.width() <= usize::from(room) {
        frame.render_widget(rest.right_aligned(), area);
    }
}

fn tabs(state: &State, blank: &'static str, theme: Theme) -> Line<'static> {
    let mut line = Line::default();
    for (place, pane) in panes::ALL.iter().enumerate() {
        let style = if place == state.pane { theme.bar() } else { theme.faint() };
        let title = format!("{blank}{}{blank}{}{blank}", place + 1, pane.title);
        line.extend([Span::styled(title, style), " ".into()]);
    }
    line
}

/// The filter, and the row of how many.
fn manner(state: &State, theme: Theme) -> Line<'static> {
    let (view, rows) = (state.view(), state.rows().len());
    let mut line = Line::default();
    if !view.filter.is_empty() {
        line.push_span(Span::styled(format!("/{}  ", view.filter), theme.title()));
    }
    if rows > 0 {
        line.push_span(Span::styled(format!("{}/{rows} ", view.selected + 1), theme.faint()));
    }
    line
}
