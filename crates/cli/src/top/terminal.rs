//! The terminal: taken over, drawn on, asked for keys, and given back as it was.

use std::{io, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use goscope_live::Stop;
use ratatui::{DefaultTerminal, crossterm::event::Event};

use super::{board::Board, keyboard::Keyboard, keys, screen, screen::Theme, state::State};
use crate::{interrupt, status::Status};

/// How often the screen is drawn at least.
const EVERY: Duration = Duration::from_millis(125);

/// A terminal that is given back when it goes out of scope, after an error too. After a panic ratatui does it, and where the process
/// is ended at once, what that is told to do before.
struct Screen(DefaultTerminal);

impl Screen {
    fn take() -> io::Result<Self> {
        interrupt::before_exit(ratatui::restore);
        ratatui::try_init().map(Self).inspect_err(|_| give_back())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    ratatui::restore();
    interrupt::nothing_before_exit();
}

/// Shows the state until it is enough. An error says why there is nothing to show.
pub fn show(mut state: State, board: &Arc<Board>, stop: &Stop) -> Result<Status> {
    let theme = Theme::of_stdout();
    let mut screen = Screen::take().context("the terminal can't be used")?;
    let keyboard = Keyboard::start().context("a thread can't be started")?;
    while !state.is_over && !stop.is_set() {
        let news = board.take();
        if let Some(error) = news.failure {
            return Err(error);
        }
        if let Some(snapshot) = news.snapshot {
            state.take(*snapshot);
        }
        screen.0.draw(|frame| screen::draw(&mut state, theme, frame)).context("the terminal")?;
        let events = keyboard.events(EVERY).context("the keyboard can't be read")?;
        events.iter().filter_map(Event::as_key_event).for_each(|key| keys::press(&mut state, key));
        board.wish(state.wishes());
    }
    let is_sound = state.snapshot.coming.damage == 0;
    Ok(if is_sound { Status::Fine } else { Status::Findings })
}
