//! The bottom of the screen: what is the matter, and the keys or what is being typed.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{
        board::Coming,
        panes::Enter,
        state::{Mode, State},
    },
    Theme,
};

pub fn draw_message(coming: &Coming, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let message = coming.message.clone().unwrap_or_default();
    frame.render_widget(Line::styled(format!(" {message}"), theme.warning()), area);
}

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let line = match state.mode {
        Mode::Filter => filter(state, theme),
        _ => fitting(&keys(state), usize::from(area.width), theme),
    };
    frame.render_widget(line, area);
}

fn filter(state: &State, theme: Theme) -> Line<'static> {
    let typed = Span::styled(format!(" /{}", state.view().filter), theme.title());
    let rest = Span::styled("  Enter keeps it, Esc shows all", theme.faint());
    Line::from_iter([typed, Span::styled(" ", theme.bar()), rest])
}

/// The keys that do something now, the most important ones first.
fn keys(state: &State) -> Vec<(&'static str, &'static str)> {
    let pause = if state.is_paused { "go on" } else { "pause" };
    match state.mode {
        Mode::Inspect(_) => vec![("q", "quit"), ("Esc", "back"), ("↑↓", "scroll"), ("space", pause)],
        Mode::Help => vec![("q", "quit"), ("any key", "back")],
        Mode::Table | Mode::Filter => {
            let enter = (state.pane().enter != Enter::Nothing).then_some(("Enter", "look closer"));
            let speed = state.speed.map(|_| ("+-", "speed"));
            let first = [("q", "quit"), ("?", "help"), ("space", pause), ("Tab", "next"), ("s", "sort")];
            first.into_iter().chain([("/", "filter")]).chain(enter).chain(speed).collect()
        }
    }
}

/// As many keys as there is room for.
fn fitting(keys: &[(&'static str, &'static str)], room: usize, theme: Theme) -> Line<'static> {
    let mut line = Line::default();
    for (key, what) in keys {
        let next = [
            Span::styled(format!(" {key} "), theme.title()),
            Span::styled(format!("{what} "), theme.faint()),
        ];
        if line.width() + next.iter().map(Span::width).sum::<usize>() > room {
            break;
        }
        line.extend(next);
    }
    line
}
