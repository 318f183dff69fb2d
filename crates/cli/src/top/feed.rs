//! The thread that follows the trace: it takes pieces as they come, or when they are due, and tells the board what there is
//! to see a few times a second.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use goscope_live::Stop;

use super::{
    board::{Board, Coming, Phase, Snapshot, Wishes},
    list::List,
    listener::{Advance, Listener, events_per_second},
    message::Message,
    pace::Pace,
    pump::Piece,
};

/// How often the board is told.
const EVERY: Duration = Duration::from_millis(125);

/// How long an event that is not due waits before it is looked at again.
const NAP: Duration = Duration::from_millis(20);

/// How long is waited for the end of a generation, which is when all threads have told what they did.
const PATIENCE: Duration = Duration::from_secs(2);

/// What follows the trace.
pub struct Feed {
    pieces: Receiver<Piece>,
    listener: Listener,
    board: Arc<Board>,
    stop: Stop,
    /// For what is replayed.
    pace: Option<Pace>,
    list: List,
    /// What was last wished for.
    wishes: Wishes,
    message: Message,
    phase: Phase,
    /// What the board was told last.
    snapshot: Snapshot,
    /// Whether something has changed, or is wanted, that it does not know.
    is_stale: bool,
    /// When the last bytes came, the board was told something, and it was told of the vital signs.
    heard: Instant,
    told: Instant,
    settled: Instant,
    /// When the first piece came, and when it was over.
    began: Option<Instant>,
    ended: Option<Instant>,
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
            list: List::default(),
            message: Message::default(),
            phase: Phase::Waiting,
            snapshot: Snapshot::default(),
            is_stale: true,
            heard: now,
            told: now,
            settled: now,
            began: None,
            ended: None,
        }
    }

    /// Starts the thread. It ends when the stop is set, or nobody tells it anything any more.
    pub fn start(mut self) -> io::Result<()> {
        let follow = move || {
            // Nobody is to look at a screen that nothing changes any more.
            let followed = panic::catch_unwind(AssertUnwindSafe(|| self.follow()));
            let fault = |_| Err(anyhow!("goscope has made a mistake, of which the message is above"));
            if let Err(error) = followed.unwrap_or_else(fault) {
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
                Advance::Settled => self.settle(),
                Advance::Early => thread::sleep(NAP),
                Advance::Dry => self.wait()?,
            }
            self.tell();
        }
        Ok(())
    }

    fn obey(&mut self) {
        let wishes = self.board.wishes();
        self.is_stale |= (&wishes.goroutines, wishes.watch) != (&self.wishes.goroutines, self.wishes.watch);
        self.wishes = wishes;
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
            Err(RecvTimeoutError::Disconnected) if self.phase == Phase::Over => {
                thread::sleep(EVERY);
                Ok(())
            }
            Err(RecvTimeoutError::Disconnected) => bail!("nobody reads the trace any more"),
        }
    }

    fn take(&mut self, piece: Piece) -> Result<()> {
        let now = Instant::now();
        match piece {
            Piece::Failed(error) => return Err(error),
            Piece::Trouble(text) => {
                self.phase = Phase::Waiting;
                self.message.trouble(text, now);
            }
            Piece::Note(text) => self.message.note(text, now),
            Piece::Over => {
                (self.phase, self.ended) = (Phase::Over, Some(now));
                self.is_stale = true;
            }
            piece => {
                self.phase = Phase::Coming;
                self.heard = now;
                self.began.get_or_insert(now);
                // Before Go 1.22 all of a trace comes with its end.
                self.is_stale |= matches!(piece, Piece::End);
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
        if self.is_stale || now.duration_since(self.settled) >= PATIENCE {
            self.look(now);
        }
        self.snapshot.coming = self.coming(now);
        if !self.pace.as_ref().is_some_and(Pace::is_paused) {
            self.snapshot.history.note(&self.snapshot.vitals, now);
        }
        self.board.publish(self.snapshot.clone());
    }

    /// Looks at once, unless that has just been done: what comes next is of another generation.
    fn settle(&mut self) {
        let now = Instant::now();
        if now.duration_since(self.settled) >= EVERY {
            self.look(now);
        }
    }

    fn look(&mut self, now: Instant) {
        (self.settled, self.is_stale) = (now, false);
        let (vitals, wanted) = (self.listener.vitals(), self.wishes.goroutines.as_deref());
        self.snapshot.goroutines = self.list.of(self.listener.pulse(), vitals.now, wanted, now);
        self.snapshot.watched = self.listener.watched().map(Arc::new);
        self.snapshot.vitals = vitals.into();
    }

    fn coming(&mut self, now: Instant) -> Coming {
        for complaint in self.listener.complaints().into_iter().take(1) {
            self.message.note(complaint, now);
        }
        let may_be_silent = self.phase != Phase::Over && self.pace.is_none();
        let vitals = &self.snapshot.vitals;
        Coming {
            version: self.listener.version(),
            elapsed: self.elapsed(now),
            bytes_per_second: self.listener.bytes_per_second(vitals),
            events_per_second: events_per_second(vitals),
            damage: self.listener.damage(),
            phase: self.phase,
            message: self.message.text(self.heard, now, may_be_silent),
        }
    }

    /// How long it has been: by the clock of a trace that is replayed, by ours otherwise.
    fn elapsed(&self, now: Instant) -> i64 {
        if let Some(pace) = &self.pace {
            return pace.elapsed();
        }
        let now = self.ended.unwrap_or(now);
        let elapsed = self.began.map_or(Duration::ZERO, |began| now.duration_since(began));
        i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX).max(self.snapshot.vitals.window)
    }
}
