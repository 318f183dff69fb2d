//! Colours, on a terminal only.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use goscope_trace::GoState;

/// The styles of what is printed: none of them does anything where colours are not wanted.
#[derive(Clone, Copy)]
pub struct Palette {
    is_colourful: bool,
}

impl Palette {
    /// That of standard output: with colours on a terminal, unless the environment says otherwise.
    pub fn of_stdout() -> Self {
        Self { is_colourful: AutoStream::choice(&io::stdout()) != ColorChoice::Never }
    }

    /// Without colours.
    pub fn plain() -> Self {
        Self { is_colourful: false }
    }

    /// Standard output for what is printed with these styles.
    pub fn stdout(self) -> Box<dyn Write> {
        // Without colours there is nothing to look for in the text.
        match self.is_colourful {
            true => Box::new(AutoStream::always(io::stdout().lock())),
            false => Box::new(io::stdout().lock()),
        }
    }

    /// The titles of tables and of their columns.
    pub fn title(self) -> Style {
        self.only(Style::new().bold())
    }

    /// What is there on every line.
    pub fn faint(self) -> Style {
        self.only(Style::new().dimmed())
    }

    /// A state that a goroutine is in from now on.
    pub fn state(self, state: GoState) -> Style {
        let colour = match state {
            GoState::Running => AnsiColor::Green,
            GoState::Runnable => AnsiColor::Yellow,
            GoState::Waiting => AnsiColor::Magenta,
            GoState::Syscall => AnsiColor::Cyan,
            GoState::Undetermined | GoState::NotExist => return Style::new(),
        };
        self.only(colour.on_default())
    }

    fn only(self, style: Style) -> Style {
        if self.is_colourful { style } else { Style::new() }
    }
}
