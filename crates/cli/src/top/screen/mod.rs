//! What a person sees: the state, drawn.
//!
//! ```text
//! header   where it comes from, how fast
//! signs    the vital signs, a line each, with a curve of how they went
//! tabs     the tables that there are
//! body     one of them, or what a row says, or the help
//! message  what is the matter, if something is
//! footer   keys, or the filter that is being typed
//! ```
//!
//! Invariant: nothing here changes anything but how many rows there is room for.

mod curve;
mod footer;
mod header;
mod help;
mod inspected;
mod signs;
mod table;
mod tabs;
#[cfg(test)]
mod tests;
mod theme;
mod time;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

pub use self::theme::Theme;
use super::state::{Mode, State};

/// The least height at which the header has two lines.
const ROOMY: u16 = 16;

/// The rows that a table has at least, before there are vital signs.
const LEAST_TABLE: u16 = 4;

/// Draws the state.
pub fn draw(state: &mut State, theme: Theme, frame: &mut Frame<'_>) {
    let is_troubled = state.snapshot.coming.message.is_some();
    let [head, signs, tabs, body, message, foot] = areas(frame.area(), is_troubled);
    header::draw(state, theme, frame, head);
    if state.mode == Mode::Help {
        help::draw(theme, frame, signs.union(tabs).union(body));
    } else {
        signs::draw(&state.snapshot, theme, frame, signs);
        tabs::draw(state, theme, frame, tabs);
        draw_body(state, theme, frame, body);
    }
    footer::draw_message(&state.snapshot.coming, theme, frame, message);
    footer::draw(state, theme, frame, foot);
}

/// Where what is drawn: from the header to the footer.
fn areas(area: Rect, is_troubled: bool) -> [Rect; 6] {
    let (head, message) = (if area.height >= ROOMY { 2 } else { 1 }, u16::from(is_troubled));
    let free = area.height.saturating_sub(head + message + 2);
    let signs = free.saturating_sub(LEAST_TABLE).min(free / 2).min(signs::LINES);
    let heights = [head, signs, 1, free - signs, message, 1];
    Layout::vertical(heights.map(Constraint::Length)).areas(area)
}

fn draw_body(state: &mut State, theme: Theme, frame: &mut Frame<'_>, area: Rect) {
    state.page = usize::from(area.height).saturating_sub(1).max(1);
    match &state.mode {
        Mode::Inspect(inspected) => inspected::draw(inspected, theme, frame, area),
        Mode::Table | Mode::Filter | Mode::Help => table::draw(state, theme, frame, area),
    }
}
