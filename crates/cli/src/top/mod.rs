//! The vital signs of a program, on a screen that follows it or once as a report.
//!
//! ```text
//! Source ─▶ pump ── pieces ──▶ feed (Listener: Pulse) ── the latest ──▶ board ──▶ State ─▶ screen
//!          (thread) (bounded)  (thread; paced)                           ▲ wishes    ▲ keys
//!                       └────▶ once ─▶ report                            └───────────┘
//! ```
//!
//! Invariants: nobody waits for the screen; nothing piles up; what is shown depends on the state and on nothing else.

mod board;
mod feed;
mod history;
mod keyboard;
mod keys;
mod list;
mod listener;
mod message;
mod once;
mod pace;
mod panes;
mod pump;
mod report;
#[cfg(test)]
mod sample;
mod screen;
mod source;
pub mod speed;
mod state;
mod terminal;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use goscope_live::Stop;
use goscope_wire::Options;

pub use self::source::{Server, Source};
use self::{
    board::Board, feed::Feed, listener::Listener, pace::Pace, pump::Manner, speed::Speed, state::State,
};
use crate::{args::show::ShowArgs, status::Status};

/// What is to be shown.
pub struct Job {
    pub source: Source,
    pub wire: Options,
    /// How long the window is that figures are about, in nanoseconds.
    pub window: i64,
}

impl Job {
    /// Shows it until somebody has seen enough, or the stop is set. A file is replayed at a speed.
    pub fn watch(self, speed: Speed, stop: &Stop) -> Result<Status> {
        let speed = self.source.is_replayed().then_some(speed);
        let state = State::new(self.source.name(), speed);
        let board = Arc::new(Board::new(state.wishes()));
        let listener = Listener::new(self.window, self.wire);
        let manner = Manner { wire: self.wire, is_once: false, stop: stop.clone() };
        let pieces = pump::start(self.source, manner).context(THREADS)?;
        let feed = Feed::new(pieces, listener, Arc::clone(&board), stop.clone(), speed.map(Pace::new));
        feed.start().context(THREADS)?;
        let shown = terminal::show(state, &board, stop);
        stop.set();
        shown
    }

    /// Reports what comes, until there is no more, or for so long.
    pub fn report(self, limit: Option<Duration>, show: &ShowArgs) -> Result<Status> {
        let name = self.source.name();
        let mut listener = Listener::new(self.window, self.wire);
        let manner = Manner { wire: self.wire, is_once: true, stop: Stop::default() };
        let pieces = pump::start(self.source, manner).context(THREADS)?;
        let damage = once::gather(&pieces, &mut listener, limit, &name)?;
        report::report(&once::snapshot(&listener), name).show(show)?;
        Ok(damage.status())
    }
}

const THREADS: &str = "a thread can't be started";
