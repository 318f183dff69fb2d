//! What the keys do, and what the vital signs are.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{super::keys, Theme};

/// The vital signs, as far as their names don't say what they are.
const SIGNS: [(&str, &str); 6] = [
    ("Latency", "how long goroutines were runnable before they ran"),
    ("Heap", "live and unswept objects; the goal of the next cycle"),
    ("GC", "cycles of the collector, and how much of the time it marked"),
    ("STW", "how long the world was stopped"),
    ("Run queue", "goroutines that are runnable: now, and the most at once"),
    ("CPU, p50, max", "of the last seconds, the window: 10s, or what --window says"),
];

pub fn draw(theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let line = |(name, what): &(&'static str, &'static str)| {
        Line::from_iter([Span::styled(format!(" {name:15}"), theme.title()), Span::raw(*what)])
    };
    let mut lines: Vec<_> = keys::HELP.iter().map(line).collect();
    lines.push(Line::default());
    lines.extend(SIGNS.iter().map(line));
    frame.render_widget(Paragraph::new(lines), area);
}
