//! What there is to say of a row.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{super::state::Inspected, Theme};

pub fn draw(inspected: &Inspected, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut lines = vec![Line::styled(format!(" {}", inspected.title), theme.title())];
    let rest = inspected.lines.iter().skip(inspected.scroll);
    lines.extend(rest.map(|line| Line::raw(format!("   {line}"))));
    if inspected.lines.is_empty() {
        lines.push(Line::styled("   nothing is known of it yet", theme.faint()));
    }
    frame.render_widget(Paragraph::new(lines), area);
}
