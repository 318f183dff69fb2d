//! Goroutines that live again: a thread of C that calls Go anew has the one that it had before.
//!
//! The steps of different lives may come in any order too, if different threads had the goroutine.

use goscope_trace::{GoState, Ticks};

use super::{
    Goroutines, Listener,
    gaps::PieceIx,
    go::{Due, Step},
};

impl Step {
    /// Whether a life begins with it that may not be the only one.
    pub(super) fn is_call_from_c(&self) -> bool {
        (self.from, self.to) == (GoState::NotExist, GoState::Syscall)
    }
}

impl Goroutines {
    /// A step of a goroutine that has lived before, or will. Returns whether it is of another life than the latest, or of
    /// one that is given up.
    #[cold]
    #[inline(never)]
    pub(super) fn live_again(&mut self, go: u32, step: &Step, listener: &mut impl Listener) -> bool {
        if !self.make_room(go) {
            return true;
        }
        let entry = *self.table.at(go);
        if !entry.has_lives {
            self.table.at(go).has_lives = true;
            // What was before is a life too.
            if entry.last.state != GoState::Undetermined {
                self.lives.begin(go, Ticks(0), entry.life);
            }
        }
        if step.is_call_from_c() {
            return self.begin_life(go, step, listener);
        }
        match self.lives.at(go, step.at) {
            Some(life) if life == entry.life => false,
            Some(life) => self.step_in(go, life, step, listener),
            None => {
                let life = self.lives.next(go);
                self.lives.begin(go, Ticks(0), life);
                self.step_in(go, life, step, listener)
            }
        }
    }

    fn begin_life(&mut self, go: u32, step: &Step, listener: &mut impl Listener) -> bool {
        let (entry, life) = (*self.table.at(go), self.lives.next(go));
        let is_latest = self.lives.is_latest(go, step.at);
        self.lives.begin(go, step.at, life);
        if !is_latest {
            return self.step_in(go, life, step, listener);
        }
        // Nothing will be told of a life that is over, and all known.
        let is_over = entry.last.state == GoState::NotExist && entry.head == PieceIx::NONE;
        if entry.last.state != GoState::Undetermined && !is_over {
            self.retire(go);
        }
        let entry = self.table.at(go);
        (entry.life, entry.head, entry.is_told) = (life, PieceIx::NONE, true);
        self.begin(go, step);
        true
    }

    /// A step in an earlier life.
    fn step_in(&mut self, go: u32, life: u16, step: &Step, listener: &mut impl Listener) -> bool {
        let key = self.table.key_of(go, life);
        match step.seq.number() {
            Some(0) if step.is_status() && self.number_piece(key, listener) => {}
            Some(number) => self.fill(key, Due(number), step, listener),
            None => _ = self.follow(key, step, listener),
        }
        true
    }
}
