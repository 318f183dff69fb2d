//! Colours and emphasis. Where colours are not wanted, emphasis is left.

use std::io;

use anstream::{AutoStream, ColorChoice};
use goscope_trace::GoState;
use ratatui::style::{Color, Modifier, Style};

/// The styles of what is shown.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    is_colourful: bool,
}

impl Theme {
    /// That of standard output: with colours, unless the environment says otherwise.
    pub fn of_stdout() -> Self {
        Self { is_colourful: AutoStream::choice(&io::stdout()) != ColorChoice::Never }
    }

    /// With colours, or without.
    #[cfg(test)]
    pub fn new(is_colourful: bool) -> Self {
        Self { is_colourful }
    }

    pub fn bar(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub fn curve(self) -> Style {
        self.with(Color::Blue)
    }

    pub fn warning(self) -> Style {
        self.with(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// A state of goroutines: as `goscope cat` colours them.
    pub fn state(self, state: GoState) -> Style {
        match state {
            GoState::Running => self.with(Color::Green),
            GoState::Runnable => self.with(Color::Yellow),
            GoState::Waiting => self.with(Color::Magenta),
            GoState::Syscall => self.with(Color::Cyan),
            GoState::Undetermined | GoState::NotExist => Style::new(),
        }
    }

    fn with(self, color: Color) -> Style {
        if self.is_colourful { Style::new().fg(color) } else { Style::new() }
    }
}
