//! A file that comes in pieces.

use std::io::{self, Read};

/// Bytes that come in pieces of given sizes, over and over, to read or to iterate over.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    rest: &'a [u8],
    sizes: &'a [usize],
    next: usize,
}

impl<'a> Pieces<'a> {
    /// The pieces of `bytes`. A size of 0 counts as 1.
    #[must_use]
    pub fn new(bytes: &'a [u8], sizes: &'a [usize]) -> Self {
        Self { rest: bytes, sizes, next: 0 }
    }

    fn take(&mut self, most: usize) -> &'a [u8] {
        let size = self.sizes.get(self.next % self.sizes.len().max(1)).map_or(1, |size| (*size).max(1));
        self.next += 1;
        let (piece, rest) = self.rest.split_at(size.min(most).min(self.rest.len()));
        self.rest = rest;
        piece
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        Some(self.take(usize::MAX)).filter(|piece| !piece.is_empty())
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.take(buffer.len());
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_whole() {
        let bytes: Vec<u8> = (0..100).collect();
        for sizes in [&[][..], &[0], &[1, 7, 30], &[1000]] {
            let pieces: Vec<_> = Pieces::new(&bytes, sizes).collect();
            assert_eq!(pieces.concat(), bytes);
            let mut read = Vec::new();
            Pieces::new(&bytes, sizes).read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        }
        assert_eq!(Pieces::new(&bytes, &[40, 50]).map(<[u8]>::len).collect::<Vec<_>>(), [40, 50, 10]);
    }
}
