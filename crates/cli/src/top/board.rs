//! What the thread that follows the trace and the one that shows it tell each other: only the latest of each, so that
//! neither waits for the other and nothing piles up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goscope_analysis::pulse::{Details, Goroutine, Vitals};
use goscope_trace::GoId;
use goscope_wire::FormatVersion;

use super::{history::History, speed::Speed};

/// What is to be shown.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    pub vitals: Arc<Vitals>,
    pub coming: Coming,
    pub history: History,
    /// The goroutines, if somebody wants to see them.
    pub goroutines: Arc<[Goroutine]>,
    /// The one that is watched.
    pub watched: Option<Arc<Details>>,
}

/// How the trace comes.
#[derive(Clone, Default, Debug)]
pub struct Coming {
    pub version: Option<FormatVersion>,
    /// How long it has come, in nanoseconds: by the clock of a trace that is replayed, by ours otherwise.
    pub elapsed: i64,
    /// How many bytes and events came in a second of the program.
    pub bytes_per_second: f64,
    pub events_per_second: f64,
    /// The places of damage so far.
    pub damage: u64,
    pub phase: Phase,
    /// What is the matter, if something is.
    pub message: Option<String>,
}

/// Whether it comes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Phase {
    /// Nothing comes for now, or nothing has come yet.
    #[default]
    Waiting,
    Coming,
    /// Nothing more will come.
    Over,
}

/// What the one who looks wants.
#[derive(Clone, PartialEq, Debug)]
pub struct Wishes {
    pub speed: Speed,
    pub is_paused: bool,
    /// Whether goroutines are looked at, and what text they are to have: in lower case.
    pub goroutines: Option<String>,
    /// The goroutine that is watched.
    pub watch: Option<GoId>,
}

/// Where they meet.
pub struct Board {
    wishes: Mutex<Wishes>,
    news: Mutex<News>,
}

/// What happened since somebody looked.
#[derive(Default)]
pub struct News {
    pub snapshot: Option<Box<Snapshot>>,
    /// Why there is nothing to show.
    pub failure: Option<anyhow::Error>,
}

impl Board {
    pub fn new(wishes: Wishes) -> Self {
        Self { wishes: Mutex::new(wishes), news: Mutex::default() }
    }

    pub fn wish(&self, wishes: Wishes) {
        *locked(&self.wishes) = wishes;
    }

    pub fn wishes(&self) -> Wishes {
        locked(&self.wishes).clone()
    }

    pub fn publish(&self, snapshot: Snapshot) {
        locked(&self.news).snapshot = Some(Box::new(snapshot));
    }

    pub fn fail(&self, error: anyhow::Error) {
        locked(&self.news).failure = Some(error);
    }

    /// What is new.
    pub fn take(&self) -> News {
        std::mem::take(&mut *locked(&self.news))
    }
}

/// What is behind a lock is whole at any time, even if its last holder was in trouble.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
