//! Steps that do not follow the goroutine's latest one: something between is lacking, or they come late.

use goscope_trace::{GoSeq, GoState};

use super::{
    Goroutines, News, Span,
    gaps::{Piece, PieceIx},
    go::{Due, First, Last, NOWHERE, Step},
};
use crate::pulse::goroutines::count;

impl News {
    fn push(&mut self, span: Span) {
        let place = usize::from(self.spans[0].is_some());
        self.spans[place] = Some(span);
    }
}

impl Goroutines {
    #[cold]
    #[inline(never)]
    pub(super) fn step_aside(&mut self, go: u32, step: &Step, news: &mut News) {
        let last = self.table.at(go).last;
        let is_unknown = last.state == GoState::Undetermined || last.due == Due::ANY && last.at <= step.at;
        // A thread of C that calls Go anew has the goroutine that it had before.
        let is_reborn =
            step.from == GoState::NotExist && last.state == GoState::NotExist && last.at <= step.at;
        match step.seq.number() {
            _ if is_unknown || is_reborn => self.begin(go, step),
            Some(0) if step.is_told() && self.number(go, step, news) => {}
            Some(number) => self.place(go, Due(number), step, news),
            None if step.seq == GoSeq::UNKNOWN => self.jump(go, step),
            None => self.follow(go, step, news),
        }
    }

    /// All that is known of a goroutine begins with a step.
    fn begin(&mut self, go: u32, step: &Step) {
        self.drop_pieces(go);
        self.set_last(go, Last::of(step));
        let first = First::of(step);
        let entry = self.table.at(go);
        entry.is_told |= step.is_first();
        entry.has_gap = !first.is_base() && first.due != Due::ANY;
        if entry.has_gap {
            self.gaps.set_head(self.table.key(go), first);
        }
    }

    fn set_last(&mut self, go: u32, last: Last) {
        let before = std::mem::replace(&mut self.table.at(go).last, last);
        count(&mut self.states, before.state, -1);
        count(&mut self.states, last.state, 1);
    }

    /// Nobody looks for what was known any more.
    fn drop_pieces(&mut self, go: u32) {
        let go = self.table.at(go);
        (go.pieces, go.has_gap, go.life) = (0, false, go.life.wrapping_add(1));
    }

    /// The status in a new generation, of a goroutine that has gone on since: it says only where numbers begin. Returns
    /// whether that is what it is.
    fn number(&mut self, go: u32, step: &Step, news: &mut News) -> bool {
        let entry = self.table.at(go);
        entry.is_told = true;
        if entry.last.due == Due::STATUS {
            entry.last.due = Due(1);
            // Unless it tells what has not come.
            if entry.last.at < step.at {
                self.jump(go, step);
            }
            return true;
        }
        let Some(piece) = self.gaps.ending(self.table.key(go), Due::STATUS) else { return false };
        self.gaps.number(piece);
        self.join(go, piece, news);
        true
    }

    /// A state is told, and what led to it is not known.
    fn jump(&mut self, go: u32, step: &Step) {
        let last = self.table.at(go).last;
        if last.at <= step.at {
            let Last { at, place, spot, state, .. } = Last::of(step);
            self.set_last(go, Last { at, place, spot, state, ..last });
        }
    }

    /// A step with a number, which is not due.
    fn place(&mut self, go: u32, number: Due, step: &Step, news: &mut News) {
        if self.gaps.is_full() {
            self.give_up_gaps();
            // Perhaps it was given up itself.
            return;
        }
        let entry = self.table.at(go);
        entry.is_told |= step.is_first();
        let (last, has_gap) = (entry.last, entry.has_gap);
        if number >= last.due {
            self.leave_gap(go, step);
        } else if has_gap && self.gaps.head(self.table.key(go)).is_some_and(|head| number < head.due) {
            self.fill(go, number, step, news);
        }
    }

    /// What is known up to now becomes a piece, and a later one begins.
    fn leave_gap(&mut self, go: u32, step: &Step) {
        let (last, key) = (self.table.at(go).last, self.table.key(go));
        let first = self.gaps.take_head(key).unwrap_or(First::BASE);
        self.gaps.add(Piece { go: key, first, last });
        self.gaps.set_head(key, First::of(step));
        self.set_last(go, Last::of(step));
        let go = self.table.at(go);
        (go.pieces, go.has_gap) = (go.pieces + 1, true);
    }

    /// A step that comes late goes on with a piece, or begins one.
    fn fill(&mut self, go: u32, number: Due, step: &Step, news: &mut News) {
        let key = self.table.key(go);
        let before = self.gaps.ending(key, number);
        let before = before.filter(|piece| self.gaps.get(*piece).last.state == step.from);
        let piece = before.unwrap_or_else(|| {
            self.table.at(go).pieces += 1;
            self.gaps.add(Piece { go: key, first: First::of(step), last: Last::of(step) })
        });
        if before.is_some() {
            self.extend(go, piece, step, news);
        }
        // Who is switched to runs at once, and only then may be what others tell of.
        if !step.seq.is_switch() {
            self.join(go, piece, news);
        }
    }

    fn extend(&mut self, go: u32, piece: PieceIx, step: &Step, news: &mut News) {
        let last = self.gaps.get(piece).last;
        self.gaps.extend(piece, step);
        if step.from != step.to {
            news.push(self.periods.span(self.table.at(go), &last, step.at, step.to));
        }
    }

    /// A step that follows one that its thread told before.
    fn follow(&mut self, go: u32, step: &Step, news: &mut News) {
        let places = if step.seq == GoSeq::FOLLOWS { [step.place; 2] } else { [step.place, NOWHERE] };
        let key = self.table.key(go);
        let mut pieces = places.iter().filter_map(|place| self.gaps.told_by(key, *place));
        match pieces.find(|piece| self.gaps.get(*piece).last.state == step.from) {
            Some(piece) => {
                self.extend(go, piece, step, news);
                self.join(go, piece, news);
            }
            None => {
                self.lost.gaps += 1;
                self.jump(go, step);
            }
        }
    }

    /// A piece may have become complete, so that the next one follows it.
    fn join(&mut self, go: u32, piece: PieceIx, news: &mut News) {
        let Piece { go: key, first, last } = *self.gaps.get(piece);
        let follows = |next: &First| next.due == last.due && next.from == last.state;
        if let Some(head) = self.gaps.head(key).filter(follows) {
            news.push(self.periods.span(self.table.at(go), &last, head.at, head.to));
            self.gaps.remove(piece);
            self.gaps.take_head(key);
            let entry = self.table.at(go);
            (entry.pieces, entry.has_gap) = (entry.pieces - 1, !first.is_base());
            if entry.has_gap {
                self.gaps.set_head(key, first);
            }
        } else if let Some(next) = self.gaps.beginning(key, last.due)
            && follows(&self.gaps.get(next).first)
        {
            let Piece { first: then, .. } = *self.gaps.get(next);
            news.push(self.periods.span(self.table.at(go), &last, then.at, then.to));
            self.gaps.remove(piece);
            self.gaps.begin_with(next, first);
            self.table.at(go).pieces -= 1;
        }
    }
}
