//! Steps that do not follow the goroutine's latest one: something between is lacking, or they come late.

use goscope_trace::{GoSeq, GoState, Ticks};

use super::{
    Goroutines, Listener,
    gaps::{Piece, PieceIx},
    go::{Due, First, Go, Last, NOWHERE, Step},
    table::GoKey,
};

impl Goroutines {
    #[cold]
    #[inline(never)]
    pub(super) fn step_aside(&mut self, go: u32, step: &Step, listener: &mut impl Listener) {
        if !self.make_room(go) {
            return;
        }
        let entry = self.table.at(go);
        entry.is_told |= step.is_first();
        let last = entry.last;
        let is_unknown = last.state == GoState::Undetermined || last.due == Due::ANY && last.at <= step.at;
        let is_over = step.from == GoState::NotExist && last.state == GoState::NotExist && last.at <= step.at;
        match step.seq.number() {
            _ if is_unknown || is_over => self.begin(go, step),
            Some(0) if step.is_status() && self.number(go, step, listener) => {}
            Some(number) => self.place(go, Due(number), step, listener),
            None if step.seq == GoSeq::UNKNOWN => self.jump(go, step),
            None => {
                let key = self.table.key(go);
                if !self.follow(key, step, listener) {
                    self.jump(go, step);
                }
            }
        }
    }

    /// All that is known of a goroutine begins with a step.
    pub(super) fn begin(&mut self, go: u32, step: &Step) {
        let entry = self.table.at(go);
        // Nobody looks for what was known before.
        entry.life = entry.life.wrapping_add(u16::from(entry.head != PieceIx::NONE));
        self.set_last(go, Last::of(step));
        let first = First::of(step);
        let is_base = first.is_base() || first.due == Due::ANY;
        self.table.at(go).head = if is_base { PieceIx::NONE } else { self.add_head(go, first) };
    }

    pub(super) fn set_last(&mut self, go: u32, last: Last) {
        let before = std::mem::replace(&mut self.table.at(go).last, last);
        self.states.step(before.state, last.state);
    }

    /// Something is lacking before the first of the latest steps.
    fn add_head(&mut self, go: u32, first: First) -> PieceIx {
        let go = self.table.key(go);
        self.gaps.add(Piece { go, first, last: None })
    }

    /// The status in a new generation, of a goroutine that has gone on since: it says only where numbers begin. Returns
    /// whether that is what it is.
    fn number(&mut self, go: u32, step: &Step, listener: &mut impl Listener) -> bool {
        let (key, entry) = (self.table.key(go), self.table.at(go));
        if entry.last.due == Due::STATUS {
            entry.last.due = Due(1);
            // Unless it tells what has not come.
            if entry.last.at < step.at {
                self.jump(go, step);
            }
            return true;
        }
        self.number_piece(key, listener)
    }

    /// Likewise, of a piece of a life.
    pub(super) fn number_piece(&mut self, go: GoKey, listener: &mut impl Listener) -> bool {
        let piece = self.gaps.ending(go, Due::STATUS);
        let found = piece.and_then(|piece| Some((piece, self.last(piece)?)));
        if let Some((piece, last)) = found {
            self.gaps.renumber(piece, Due(1));
            self.go_on(go, piece, Last { due: Due(1), ..last }, true, listener);
        }
        found.is_some()
    }

    fn last(&self, piece: PieceIx) -> Option<Last> {
        self.gaps.get(piece)?.last
    }

    /// A state is told, and what led to it is not known.
    fn jump(&mut self, go: u32, step: &Step) {
        let last = self.table.at(go).last;
        if last.at <= step.at {
            self.set_last(go, Last { due: last.due, ..Last::of(step) });
        }
    }

    /// A step with a number, which is not due.
    fn place(&mut self, go: u32, number: Due, step: &Step, listener: &mut impl Listener) {
        let (key, Go { last, head, .. }) = (self.table.key(go), *self.table.at(go));
        if number >= last.due {
            self.leave_gap(go, step);
        } else if self.gaps.get(head).is_some_and(|head| number < head.first.due) {
            self.fill(key, number, step, listener);
        }
    }

    /// What is known up to now becomes a piece, and a later one begins.
    fn leave_gap(&mut self, go: u32, step: &Step) {
        self.retire(go);
        self.set_last(go, Last::of(step));
        self.table.at(go).head = self.add_head(go, First::of(step));
    }

    /// The latest piece is one of many now.
    pub(super) fn retire(&mut self, go: u32) {
        let (key, Go { last, head, .. }) = (self.table.key(go), *self.table.at(go));
        match head {
            PieceIx::NONE => _ = self.gaps.add(Piece { go: key, first: First::BASE, last: Some(last) }),
            head => self.gaps.extend(head, last),
        }
    }

    /// A step that comes late goes on with a piece, or begins one.
    pub(super) fn fill(&mut self, go: GoKey, number: Due, step: &Step, listener: &mut impl Listener) {
        let before = self.gaps.ending(go, number);
        match before.and_then(|piece| Some((piece, self.last(piece)?))) {
            Some((piece, last)) if last.state == step.from => self.extend(go, piece, last, step, listener),
            _ => {
                let (first, last) = (First::of(step), Last::of(step));
                let piece = self.gaps.add(Piece { go, first, last: Some(last) });
                self.go_on(go, piece, last, !step.seq.is_switch(), listener);
            }
        }
    }

    /// A step that follows what its thread told before. Returns whether that is known.
    pub(super) fn follow(&mut self, go: GoKey, step: &Step, listener: &mut impl Listener) -> bool {
        let places = if step.seq == GoSeq::FOLLOWS { [step.place; 2] } else { [step.place, NOWHERE] };
        let pieces = places.iter().filter_map(|place| self.gaps.told_by(go, *place));
        let mut pieces = pieces.filter_map(|piece| Some((piece, self.last(piece)?)));
        let found = pieces.find(|(_, last)| last.precedes(step));
        match found {
            Some((piece, last)) => self.extend(go, piece, last, step, listener),
            None => self.lost.gaps += 1,
        }
        found.is_some()
    }

    /// A step follows the last one of a piece.
    fn extend(&mut self, go: GoKey, piece: PieceIx, last: Last, step: &Step, listener: &mut impl Listener) {
        let mut now = last;
        if step.is_told() {
            now.number(step);
        } else {
            now.go_on(step);
            self.tell(go, &last, step.at, step.to, listener);
        }
        // Who is switched to runs at once, and only then may be what others tell of.
        self.go_on(go, piece, now, !step.seq.is_switch(), listener);
    }

    fn tell(&mut self, go: GoKey, last: &Last, end: Ticks, next: GoState, listener: &mut impl Listener) {
        listener.span(&self.periods.span(self.table.at(go.place), last, end, next));
    }

    /// A piece goes on up to here: it may be complete now, so that the next one follows it.
    fn go_on(&mut self, go: GoKey, piece: PieceIx, last: Last, joins: bool, listener: &mut impl Listener) {
        let next = self.gaps.beginning(go, last.due).filter(|next| joins && *next != piece);
        let next = next.and_then(|next| Some((next, self.gaps.get(next)?.first)));
        match next.filter(|(_, first)| first.from == last.state) {
            None => self.gaps.extend(piece, last),
            Some((next, first)) => {
                self.tell(go, &last, first.at, first.to, listener);
                self.join(go, piece, next);
            }
        }
    }

    fn join(&mut self, go: GoKey, piece: PieceIx, next: PieceIx) {
        let Some(first) = self.gaps.get(piece).map(|piece| piece.first) else { return };
        self.gaps.remove(piece);
        let entry = self.table.at(go.place);
        if entry.head == next && first.is_base() {
            entry.head = PieceIx::NONE;
            self.gaps.remove(next);
        } else {
            self.gaps.begin_with(next, first);
        }
    }
}
