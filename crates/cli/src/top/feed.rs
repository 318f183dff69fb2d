//! The thread that follows the trace: it takes pieces as they come, or when they are due, and tells the board what there is
//! to see a few times a second.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use goscope_analysis::pulse::Vitals;
use goscope_live::Stop;
use goscope_trace::TraceTime;

use super::{
    board::{Board, Coming, Phase, Snapshot, Wishes},
    history::History,
    list::List,
    listener::{Advance, Listener, events_per_second},
    pace::Pace,
    pump::Piece,
};

/// How often the board is told.
const EVERY: Duration = Duration::from_millis(125);

/// How long an event that is not due waits before it is looked at again.
const NAP: Duration = Duration::from_millis(20);

/// How long a source is silent before that is told.
const SILENCE: Duration = Duration::from_secs(5);

/// How long it is shown at least that something happened.
const NOTE: Duration = Duration::from_secs(5);

/// What was last said, when, and for how long it is shown even if bytes come.
struct Message {
    text: String,
    since: Instant,
    stays: Duration,
}

/// What follows the trace.
pub struct Feed {
    pieces: Receiver<Piece>,
    listener: Listener,
    board: Arc<Board>,
    stop: Stop,
    /// For what is replayed.
    pace: Option<Pace>,
    history: History,
    list: List,
    /// What was last wished for.
    wishes: Wishes,
    message: Option<Message>,
    phase: Phase,
    /// When the last bytes came.
    heard: Instant,
    told: Instant,
    /// When the first piece came, and the first moment that was told of.
    began: Option<Instant>,
    start: Option<TraceTime>,
}

impl Feed {
    pub fn new(
        pieces: Receiver<Piece>,
        listener: Listener,
        board: Arc<Board>,
        stop: Stop,
        pace: Option<Pace>,
    ) -> Self {
        let now = Instant::now();
        Self {
            pieces,
            listener,
            wishes: board.wishes(),
            board,
            stop,
            pace,
            history: History::default(),
            list: List::default(),
            message: None,
            phase: Phase::Waiting,
            heard: now,
            told: now,
            began: None,
            start: None,
        }
    }

    /// Starts the thread. It ends when the stop is set, or nobody tells it anything any more.
    pub fn start(mut self) -> io::Result<()> {
        let follow = move || {
            if let Err(error) = self.follow() {
                self.board.fail(error);
            }
        };
        thread::Builder::new().name("feed".into()).spawn(follow)?;
        Ok(())
    }

    fn follow(&mut self) -> Result<()> {
        while !self.stop.is_set() {
            self.obey();
            match self.advance()? {
                Advance::On => {}
                Advance::Early => thread::sleep(NAP),
                Advance::Dry => self.wait()?,
            }
            self.tell();
        }
        Ok(())
    }

    fn obey(&mut self) {
        self.wishes = self.board.wishes();
        if let Some(pace) = &mut self.pace {
            pace.change(self.wishes.speed, self.wishes.is_paused, Instant::now());
        }
        self.listener.watch(self.wishes.watch);
    }

    fn advance(&mut self) -> Result<Advance> {
        match &mut self.pace {
            Some(pace) if pace.is_paused() => Ok(Advance::Early),
            Some(pace) => self.listener.advance(|time| pace.admits(time, Instant::now)),
            None => self.listener.advance(|_| true),
        }
    }

    /// Waits for the next piece, but not for long.
    fn wait(&mut self) -> Result<()> {
        match self.pieces.recv_timeout(EVERY) {
            Ok(piece) => self.take(piece),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(EVERY);
                Ok(())
            }
        }
    }

    fn take(&mut self, piece: Piece) -> Result<()> {
        let now = Instant::now();
        match piece {
            Piece::Failed(error) => return Err(error),
            Piece::Trouble(text) => {
                self.phase = Phase::Waiting;
                self.message = Some(Message { text, since: now, stays: Duration::ZERO });
            }
            Piece::Note(text) => self.message = Some(Message { text, since: now, stays: NOTE }),
            Piece::Over => self.phase = Phase::Over,
            piece => {
                self.phase = Phase::Coming;
                self.heard = now;
                self.began.get_or_insert(now);
                self.listener.take(piece);
            }
        }
        Ok(())
    }

    /// Tells the board, if it is time to.
    fn tell(&mut self) {
        let now = Instant::now();
        if now.duration_since(self.told) < EVERY {
            return;
        }
        self.told = now;
        let snapshot = self.snapshot(now);
        self.board.publish(snapshot);
    }

    fn snapshot(&mut self, now: Instant) -> Snapshot {
        let vitals = self.listener.vitals();
        if !self.pace.as_ref().is_some_and(Pace::is_paused) {
            self.history.note(&vitals, now);
        }
        let coming = self.coming(&vitals, now);
        let wanted = self.wishes.goroutines.as_deref();
        Snapshot {
            coming,
            history: self.history.clone(),
            goroutines: self.list.of(self.listener.pulse(), vitals.now, wanted, now),
            watched: self.listener.watched().map(Box::new),
            vitals,
        }
    }

    fn coming(&mut self, vitals: &Vitals, now: Instant) -> Coming {
        if let Some(text) = self.listener.complaints().into_iter().next() {
            self.message = Some(Message { text, since: now, stays: NOTE });
        }
        let heard = self.heard;
        self.message
            .take_if(|message| message.since < heard && now.duration_since(message.since) >= message.stays);
        Coming {
            version: self.listener.version(),
            elapsed: self.elapsed(vitals, now),
            bytes_per_second: self.listener.bytes_per_second(vitals),
            events_per_second: events_per_second(vitals),
            damage: self.listener.damage(),
            phase: self.phase,
            message: self.message.as_ref().map(|message| message.text.clone()).or_else(|| self.silence(now)),
        }
    }

    /// How long it has been: by the clock of a trace that is replayed, by ours otherwise.
    fn elapsed(&mut self, vitals: &Vitals, now: Instant) -> i64 {
        if self.pace.is_none() {
            let elapsed = self.began.map_or(Duration::ZERO, |began| now.duration_since(began));
            return i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX).max(vitals.window);
        }
        let start = *self.start.get_or_insert_with(|| TraceTime(vitals.now.0 - vitals.window));
        vitals.now.since(start)
    }

    fn silence(&self, now: Instant) -> Option<String> {
        let silent = now.duration_since(self.heard);
        let is_told = self.phase != Phase::Over && self.pace.is_none() && silent >= SILENCE;
        is_told.then(|| format!("nothing has come for {} s", silent.as_secs()))
    }
}
