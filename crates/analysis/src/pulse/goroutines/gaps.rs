//! Pieces of the lives of goroutines that are known, while something before their latest steps is lacking: it stands in
//! the buffer of a thread that has not been read yet.
//!
//! Invariant: pieces that follow each other are one; and there are no more than [`MOST`].

use rustc_hash::FxHashMap;

use super::{
    go::{Due, First, Last, Step},
    table::GoKey,
};

/// The pieces that are kept at once.
pub(super) const MOST: usize = 1 << 15;

/// Steps of a goroutine that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) go: GoKey,
    pub(super) first: First,
    pub(super) last: Last,
}

/// The number of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PieceIx(u32);

/// A goroutine, and a number of it.
type Key = (GoKey, u32);

#[derive(Default, Debug)]
pub(super) struct Gaps {
    pieces: Vec<Piece>,
    free: Vec<PieceIx>,
    /// By the number of the first step.
    firsts: FxHashMap<Key, PieceIx>,
    /// By the number that is due.
    lasts: FxHashMap<Key, PieceIx>,
    /// By the place that told the last step: the one that it told of last.
    places: FxHashMap<Key, PieceIx>,
    /// The first steps of what is known of goroutines up to their latest step.
    heads: FxHashMap<GoKey, First>,
}

impl Gaps {
    pub(super) fn len(&self) -> usize {
        self.pieces.len() - self.free.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= MOST || self.heads.len() >= MOST
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.free.clear();
        [&mut self.firsts, &mut self.lasts, &mut self.places].into_iter().for_each(FxHashMap::clear);
        self.heads.clear();
    }

    pub(super) fn head(&self, go: GoKey) -> Option<First> {
        self.heads.get(&go).copied()
    }

    pub(super) fn set_head(&mut self, go: GoKey, first: First) {
        self.heads.insert(go, first);
    }

    pub(super) fn take_head(&mut self, go: GoKey) -> Option<First> {
        self.heads.remove(&go)
    }

    pub(super) fn get(&self, ix: PieceIx) -> &Piece {
        &self.pieces[ix.0 as usize]
    }

    /// The piece that begins with a number.
    pub(super) fn beginning(&self, go: GoKey, due: Due) -> Option<PieceIx> {
        self.firsts.get(&(go, due.0)).copied()
    }

    /// The piece after which a number is due.
    pub(super) fn ending(&self, go: GoKey, due: Due) -> Option<PieceIx> {
        self.lasts.get(&(go, due.0)).copied()
    }

    /// The piece that a place told of last.
    pub(super) fn told_by(&self, go: GoKey, place: u32) -> Option<PieceIx> {
        self.places.get(&(go, place)).copied()
    }

    pub(super) fn add(&mut self, piece: Piece) -> PieceIx {
        let ix = match self.free.pop() {
            Some(ix) => {
                self.pieces[ix.0 as usize] = piece;
                ix
            }
            None => {
                self.pieces.push(piece);
                PieceIx(self.pieces.len() as u32 - 1)
            }
        };
        self.firsts.insert((piece.go, piece.first.due.0), ix);
        self.note_last(ix);
        ix
    }

    fn note_last(&mut self, ix: PieceIx) {
        let Piece { go, last, .. } = *self.get(ix);
        self.lasts.insert((go, last.due.0), ix);
        self.places.insert((go, last.place), ix);
    }

    fn forget_last(&mut self, ix: PieceIx) {
        let Piece { go, last, .. } = *self.get(ix);
        remove(&mut self.lasts, (go, last.due.0), ix);
        remove(&mut self.places, (go, last.place), ix);
    }

    /// A piece goes on with a step.
    pub(super) fn extend(&mut self, ix: PieceIx, step: &Step) {
        self.forget_last(ix);
        self.pieces[ix.0 as usize].last.go_on(step);
        self.note_last(ix);
    }

    /// The status of the generation was told, whatever it was.
    pub(super) fn number(&mut self, ix: PieceIx) {
        self.forget_last(ix);
        self.pieces[ix.0 as usize].last.due = Due(1);
        self.note_last(ix);
    }

    /// A piece turns out to begin earlier.
    pub(super) fn begin_with(&mut self, ix: PieceIx, first: First) {
        let piece = *self.get(ix);
        remove(&mut self.firsts, (piece.go, piece.first.due.0), ix);
        self.pieces[ix.0 as usize].first = first;
        self.firsts.insert((piece.go, first.due.0), ix);
    }

    pub(super) fn remove(&mut self, ix: PieceIx) {
        let piece = *self.get(ix);
        self.forget_last(ix);
        remove(&mut self.firsts, (piece.go, piece.first.due.0), ix);
        self.free.push(ix);
    }
}

/// Removes an entry, if it is still that of the piece.
fn remove(map: &mut FxHashMap<Key, PieceIx>, key: Key, ix: PieceIx) {
    if map.get(&key) == Some(&ix) {
        map.remove(&key);
    }
}
