//! Pieces of the lives of goroutines that are known, while something before their latest steps is lacking: it stands in
//! the buffer of a thread that has not been read yet.
//!
//! Invariant: pieces that follow each other are one; and there are no more than [`MOST`].

use foldhash::HashMap;

use super::{
    go::{Due, First, Last},
    table::GoKey,
};

/// The pieces that are kept at once.
pub(super) const MOST: usize = 1 << 15;

/// Steps of a goroutine that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) go: GoKey,
    pub(super) first: First,
    /// The last one; of the latest piece it is kept with the goroutine.
    pub(super) last: Option<Last>,
}

/// The number of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PieceIx(u32);

impl PieceIx {
    pub(super) const NONE: Self = Self(u32::MAX);
}

/// A goroutine, and a number of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Key(u64);

impl Key {
    #[inline]
    fn new(go: GoKey, number: u32) -> Self {
        Self(u64::from(go.bits()) << 32 | u64::from(number))
    }
}

#[derive(Default, Debug)]
pub(super) struct Gaps {
    pieces: Vec<Piece>,
    free: Vec<PieceIx>,
    /// By the number of the first step.
    firsts: HashMap<Key, PieceIx>,
    /// By the number that is due.
    lasts: HashMap<Key, PieceIx>,
    /// By the place that told the last step: the one that it told of last.
    places: HashMap<Key, PieceIx>,
}

impl Gaps {
    fn len(&self) -> usize {
        self.pieces.len() - self.free.len()
    }

    /// How many goroutines lack something before their latest steps.
    pub(super) fn heads(&self) -> usize {
        self.firsts.values().filter_map(|ix| self.get(*ix)).filter(|piece| piece.last.is_none()).count()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= MOST
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.free.clear();
        [&mut self.firsts, &mut self.lasts, &mut self.places].into_iter().for_each(HashMap::clear);
    }

    pub(super) fn get(&self, ix: PieceIx) -> Option<&Piece> {
        self.pieces.get(ix.0 as usize)
    }

    /// The piece that begins with a number.
    pub(super) fn beginning(&self, go: GoKey, due: Due) -> Option<PieceIx> {
        self.firsts.get(&Key::new(go, due.0)).copied()
    }

    /// The piece after which a number is due.
    pub(super) fn ending(&self, go: GoKey, due: Due) -> Option<PieceIx> {
        self.lasts.get(&Key::new(go, due.0)).copied()
    }

    /// The piece that a place told of last.
    pub(super) fn told_by(&self, go: GoKey, place: u32) -> Option<PieceIx> {
        self.places.get(&Key::new(go, place)).copied()
    }

    pub(super) fn add(&mut self, piece: Piece) -> PieceIx {
        let ix = self.free.pop().unwrap_or(PieceIx(self.pieces.len() as u32));
        match self.pieces.get_mut(ix.0 as usize) {
            Some(slot) => *slot = piece,
            None => self.pieces.push(piece),
        }
        self.firsts.insert(Key::new(piece.go, piece.first.due.0), ix);
        if let Some(last) = piece.last {
            self.note_last(piece.go, last, ix);
        }
        ix
    }

    fn note_last(&mut self, go: GoKey, last: Last, ix: PieceIx) {
        self.lasts.insert(Key::new(go, last.due.0), ix);
        self.places.insert(Key::new(go, last.place), ix);
    }

    /// A piece goes on with a step up to here, or is not the latest any more.
    pub(super) fn extend(&mut self, ix: PieceIx, last: Last) {
        let Some(piece) = self.pieces.get_mut(ix.0 as usize) else { return };
        let (go, before) = (piece.go, piece.last.replace(last));
        match before {
            // It is what its place told of last already.
            Some(before) if before.due == last.due && before.place == last.place => {}
            Some(before) => {
                remove(&mut self.lasts, Key::new(go, before.due.0), ix);
                remove(&mut self.places, Key::new(go, before.place), ix);
                self.note_last(go, last, ix);
            }
            None => self.note_last(go, last, ix),
        }
    }

    /// Another number is due than it seemed. That is no news of what its place told of last.
    pub(super) fn renumber(&mut self, ix: PieceIx, due: Due) {
        let Some(Piece { go, last: Some(last), .. }) = self.pieces.get_mut(ix.0 as usize) else { return };
        let (go, before) = (*go, std::mem::replace(&mut last.due, due));
        remove(&mut self.lasts, Key::new(go, before.0), ix);
        self.lasts.insert(Key::new(go, due.0), ix);
    }

    /// A piece turns out to begin earlier.
    pub(super) fn begin_with(&mut self, ix: PieceIx, first: First) {
        let Some(piece) = self.pieces.get_mut(ix.0 as usize) else { return };
        let (go, before) = (piece.go, std::mem::replace(&mut piece.first, first));
        remove(&mut self.firsts, Key::new(go, before.due.0), ix);
        self.firsts.insert(Key::new(go, first.due.0), ix);
    }

    pub(super) fn remove(&mut self, ix: PieceIx) {
        let Some(Piece { go, first, last }) = self.get(ix).copied() else { return };
        remove(&mut self.firsts, Key::new(go, first.due.0), ix);
        if let Some(last) = last {
            remove(&mut self.lasts, Key::new(go, last.due.0), ix);
            remove(&mut self.places, Key::new(go, last.place), ix);
        }
        self.free.push(ix);
    }
}

/// Removes an entry, if it is still that of the piece.
fn remove(map: &mut HashMap<Key, PieceIx>, key: Key, ix: PieceIx) {
    if map.get(&key) == Some(&ix) {
        map.remove(&key);
    }
}
