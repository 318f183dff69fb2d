//! The top of the screen: where the trace comes from, and how.

use goscope_analysis::pulse::LeftOut;
use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    text::{Line, Span},
};

use super::{
    super::{board::Phase, state::State},
    Theme,
    time::elapsed,
};
use crate::render::table::{bytes, count};

/// What is between two figures.
const GAP: &str = "   ";

pub fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    let bar = Rect { height: area.height.min(1), ..area };
    let source = format!(" goscope top  {}", state.source);
    frame.render_widget(Line::raw(source).style(theme.bar()), bar);
    let doing = format!(" {} ", doing(state));
    let place = Line::styled(doing, theme.bar()).alignment(Alignment::Right);
    let width = (place.width() as u16).min(bar.width);
    frame.render_widget(place, Rect { x: bar.right() - width, width, ..bar });
    if area.height > 1 {
        let rest = Rect { y: area.y + 1, height: 1, ..area };
        frame.render_widget(figures(state, theme), rest);
    }
}

/// What is going on.
fn doing(state: &State) -> String {
    match (state.snapshot.coming.phase, state.speed) {
        _ if state.is_paused => "paused".into(),
        (Phase::Over, _) => "ended".into(),
        (Phase::Waiting, _) => "waiting".into(),
        (Phase::Coming, Some(speed)) => speed.to_string(),
        (Phase::Coming, None) => "live".into(),
    }
}

fn figures(state: &State, theme: Theme) -> Line<'static> {
    let (coming, vitals) = (&state.snapshot.coming, &state.snapshot.vitals);
    let Some(version) = coming.version else {
        return Line::styled(" waiting for the first bytes", theme.faint());
    };
    let mut line = Line::raw(format!(" {}", elapsed(coming.elapsed)));
    if coming.damage > 0 {
        line.push_span(Span::styled(
            format!("{GAP}damaged in {} places", count(coming.damage)),
            theme.warning(),
        ));
    }
    if is_too_much(vitals.left_out) {
        line.push_span(Span::styled(format!("{GAP}too much to follow all"), theme.warning()));
    }
    if vitals.is_estimate {
        line.push_span(format!("{GAP}times are estimates"));
    }
    line.push_span(format!("{GAP}{} events/s", count(coming.events_per_second as u64)));
    line.push_span(format!("{GAP}{}/s", bytes(coming.bytes_per_second as u64)));
    line.push_span(format!("{GAP}{}", version.releases_text()));
    if vitals.procs > 0 {
        line.push_span(format!("{GAP}GOMAXPROCS {}", vitals.procs));
    }
    line
}

/// Whether there was no room for something.
fn is_too_much(left_out: LeftOut) -> bool {
    // Gaps are there because of what came, not because of how much.
    left_out != LeftOut { gaps: left_out.gaps, ..LeftOut::default() }
}
