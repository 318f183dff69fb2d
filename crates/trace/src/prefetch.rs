//! A source that another thread reads ahead, a few blocks: reading and decompressing go on while events are put in
//! order.
//!
//! Invariant: what is read, and the error behind it, are those of the source.

use std::{
    io::{self, Read},
    sync::{
        Mutex,
        mpsc::{self, Receiver, SyncSender},
    },
    thread::Builder,
};

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
    /// In a lock that nobody else has, so that a reader can be shared.
    arrivals: Mutex<Receiver<io::Result<Vec<u8>>>>,
    block: Vec<u8>,
    /// How many bytes of the block have been taken.
    taken: usize,
}

impl<R: Read + Send + 'static> Prefetch<R> {
    /// Has another thread read the source, if there can be one more.
    pub(crate) fn ahead(self) -> Self {
        let Self::Here(source) = self else { return self };
        let (hand_over, sources) = mpsc::channel();
        let (sender, arrivals) = mpsc::sync_channel(DEEP);
        let read = move || {
            if let Ok(source) = sources.recv() {
                read_all(source, &sender);
            }
        };
        if Builder::new().name("goscope-read".into()).spawn(read).is_err() {
            return Self::Here(source);
        }
        match hand_over.send(source) {
            Ok(()) => Self::Ahead(Blocks { arrivals: Mutex::new(arrivals), block: Vec::new(), taken: 0 }),
            Err(mpsc::SendError(source)) => Self::Here(source),
        }
    }
}

/// Reads up to the end or an error, or until nobody listens.
fn read_all(mut source: impl Read, blocks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = vec![0; BLOCK];
        let read = source.read(&mut block).map(|len| {
            block.truncate(len);
            block
        });
        let is_last = match &read {
            Ok(block) => block.is_empty(),
            Err(error) => error.kind() != io::ErrorKind::Interrupted,
        };
        if blocks.send(read).is_err() || is_last {
            return;
        }
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
            // Behind the last block the thread has ended, and there is nothing more.
            let next = self.arrivals.get_mut().map(|arrivals| arrivals.recv());
            let Ok(Ok(next)) = next else { return Ok(0) };
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
        assert_eq!(failing.read(&mut [0]).unwrap(), 0);
    }
}
