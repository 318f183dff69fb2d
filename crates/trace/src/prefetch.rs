//! A source that another thread reads ahead, a few blocks: reading and decompressing go on while events are put in
//! order.
//!
//! Invariant: what is read, and the error behind it, are those of the source.

use std::{
    io::{self, Read},
    sync::mpsc::SyncSender,
};

use crate::worker::Worker;

/// The bytes that are read at once.
const BLOCK: usize = 256 << 10;
/// The blocks that wait.
const DEEP: usize = 4;

/// A source, read here or ahead.
#[derive(Debug)]
pub(crate) enum Prefetch<R> {
    Here(R),
    Ahead(Blocks),
}

/// What another thread has read.
#[derive(Debug)]
pub(crate) struct Blocks {
    worker: Worker<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    /// How many bytes of the block have been taken.
    taken: usize,
}

impl<R: Read + Send + 'static> Prefetch<R> {
    /// Has another thread read the source, if there can be one more.
    pub(crate) fn ahead(self) -> Self {
        let Self::Here(source) = self else { return self };
        match Worker::start(source, DEEP, read_all) {
            Ok(worker) => Self::Ahead(Blocks { worker, block: Vec::new(), taken: 0 }),
            Err(source) => Self::Here(source),
        }
    }
}

/// Reads up to the end, which is an empty block, or until nobody listens. After an error the source is asked again, as
/// often as it is asked here.
fn read_all(mut source: impl Read, blocks: &SyncSender<io::Result<Vec<u8>>>) {
    let mut is_over = false;
    while !is_over {
        let mut block = Vec::with_capacity(BLOCK);
        let read = source.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        is_over = read.is_ok() && block.is_empty();
        // What came before an error comes out before it.
        let mut is_heard = (block.is_empty() && !is_over) || blocks.send(Ok(block)).is_ok();
        if let Err(error) = read {
            is_heard &= blocks.send(Err(error)).is_ok();
        }
        is_over |= !is_heard;
    }
}

impl<R: Read> Read for Prefetch<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Here(source) => source.read(space),
            Self::Ahead(blocks) => blocks.read(space),
        }
    }
}

impl Read for Blocks {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.block.len() {
            let Some(next) = self.worker.next() else { return Ok(0) };
            (self.block, self.taken) = (next?, 0);
        }
        let len = (&self.block[self.taken..]).read(space)?;
        self.taken += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives some bytes in small pieces, and fails behind them.
    struct Failing(io::Cursor<Vec<u8>>);

    impl Read for Failing {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            let len = space.len().min(1000);
            match self.0.read(&mut space[..len])? {
                0 => Err(io::Error::other("the disk is gone")),
                len => Ok(len),
            }
        }
    }

    #[test]
    fn what_is_read_ahead_is_the_same() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
        let mut read = Vec::new();
        Prefetch::Here(io::Cursor::new(bytes.clone())).ahead().read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        let mut failing = Prefetch::Here(Failing(io::Cursor::new(bytes.clone()))).ahead();
        let mut read = Vec::new();
        assert_eq!(failing.read_to_end(&mut read).unwrap_err().to_string(), "the disk is gone");
        assert!(read == bytes);
        assert_eq!(failing.read(&mut [0]).unwrap_err().to_string(), "the disk is gone");
    }

    struct Panicking;

    impl Read for Panicking {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("a source with a bug")
        }
    }

    #[test]
    #[should_panic(expected = "a source with a bug")]
    fn a_source_that_panics_does_so_here() {
        let _ = Prefetch::Here(Panicking).ahead().read(&mut [0]);
    }
}
