//! The last bytes of a stream, by their offsets in it: appended behind, forgotten in front, in blocks that are never copied.
//!
//! Invariant: what is in memory is at most a block more than what is asked for, in front and behind.

use std::{
    collections::VecDeque,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

/// The bytes of a block.
pub(super) const BLOCK: usize = 64 << 10;

/// The bytes from an offset on. A copy shares the blocks that are full.
#[derive(Clone, Default, Debug)]
pub(super) struct Tape {
    full: VecDeque<Arc<[u8]>>,
    /// The block that fills up.
    last: Vec<u8>,
    /// The offset of the first block.
    start: u64,
}

impl Tape {
    /// The bytes in memory.
    pub(super) fn bytes(&self) -> u64 {
        (self.full.len() * BLOCK + self.last.len()) as u64
    }

    /// The offset of the first byte.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The offset behind the last byte.
    pub(super) fn end(&self) -> u64 {
        self.start + self.bytes()
    }

    pub(super) fn append(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.last.reserve_exact(BLOCK - self.last.len());
            let (head, rest) = bytes.split_at(bytes.len().min(BLOCK - self.last.len()));
            self.last.extend_from_slice(head);
            bytes = rest;
            if self.last.len() == BLOCK {
                self.full.push_back(Arc::from(&*self.last));
                self.last.clear();
            }
        }
    }

    /// Forgets the blocks that end before an offset.
    pub(super) fn forget_before(&mut self, offset: u64) {
        while self.start + BLOCK as u64 <= offset && self.full.pop_front().is_some() {
            self.start += BLOCK as u64;
        }
    }

    /// Forgets everything. What comes next has the same offset as if nothing had been forgotten.
    pub(super) fn forget_all(&mut self) {
        self.start = self.end();
        (self.full, self.last) = Default::default();
    }

    /// The bytes of a range, piece by piece, as far as they are there.
    pub(super) fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = &[u8]> {
        let blocks = self.full.iter().map(|block| &**block).chain([&*self.last]);
        blocks.zip((self.start..).step_by(BLOCK)).map(move |(block, start)| {
            let place = |offset: u64| offset.saturating_sub(start).min(block.len() as u64) as usize;
            &block[place(range.start)..place(range.end).max(place(range.start))]
        })
    }
}

/// Pieces one behind the other, to be read.
#[derive(Debug)]
pub(super) struct Chain<I: Iterator> {
    rest: I,
    piece: I::Item,
}

impl<'a, I: Iterator<Item = &'a [u8]>> Chain<I> {
    pub(super) fn new(rest: I) -> Self {
        Self { rest, piece: &[] }
    }
}

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Chain<I> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.rest.next() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        self.piece.read(space)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tape: &Tape, range: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Reading from memory can't fail.
        let _ = Chain::new(tape.pieces(range)).read_to_end(&mut bytes);
        bytes
    }

    #[test]
    fn bytes_keep_their_offsets() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 100).map(|number| (number % 251) as u8).collect();
        for piece in [1000, BLOCK, 5 * BLOCK] {
            let mut tape = Tape::default();
            bytes.chunks(piece).for_each(|piece| tape.append(piece));
            for range in [0..10, BLOCK - 1..BLOCK + 1, 100..3 * BLOCK + 100, 70..70] {
                assert_eq!(read(&tape, range.start as u64..range.end as u64), bytes[range]);
            }
            tape.forget_before(2 * BLOCK as u64 + 1);
            assert_eq!((tape.bytes(), tape.end()), (BLOCK as u64 + 100, bytes.len() as u64));
            assert_eq!(read(&tape, 2 * BLOCK as u64..2 * BLOCK as u64 + 7), bytes[2 * BLOCK..2 * BLOCK + 7]);
            tape.forget_all();
            tape.append(b"more");
            assert_eq!(read(&tape, bytes.len() as u64..u64::MAX), b"more");
        }
    }

    #[test]
    fn a_copy_stays_as_it_is() {
        let mut tape = Tape::default();
        tape.append(&[1; BLOCK + 1]);
        let copy = tape.clone();
        tape.append(&[2; BLOCK]);
        tape.forget_all();
        assert_eq!(read(&copy, 0..u64::MAX), [1; BLOCK + 1]);
    }
}
