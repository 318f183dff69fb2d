//! The thread that reads keys. It may hang: where a terminal goes away, crossterm looks for its keys for ever, and so nobody
//! waits for the thread.

use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use ratatui::crossterm::event::{self, Event};

/// The events that may wait.
const QUEUE: usize = 64;

/// What is pressed.
pub struct Keyboard(Receiver<io::Result<Event>>);

impl Keyboard {
    /// Starts the thread.
    pub fn start() -> io::Result<Self> {
        let (events, taken) = sync_channel(QUEUE);
        let read = move || while events.send(event::read()).is_ok() {};
        thread::Builder::new().name("keyboard".into()).spawn(read)?;
        Ok(Self(taken))
    }

    /// Waits for an event, and takes all that have come then. Resizing is one: the screen is to be drawn anew.
    pub fn events(&self, patience: Duration) -> io::Result<Vec<Event>> {
        match self.0.recv_timeout(patience) {
            Ok(event) => [event].into_iter().chain(self.0.try_iter().take(QUEUE)).collect(),
            Err(RecvTimeoutError::Timeout) => Ok(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
