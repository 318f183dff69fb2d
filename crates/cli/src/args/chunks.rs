//! The body of an HTTP response that is stored in chunks, joined again. ([`envelope`](super::envelope) finds it.)

use std::io::{self, BufRead, BufReader, Read};

/// The longest line with the size of a chunk.
pub const MAX_LINE: usize = 256;

/// The chunks of a body, joined.
pub struct Chunks<R> {
    source: BufReader<R>,
    /// What is left of the chunk.
    left: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Next,
    Over,
}

impl<R: Read> Chunks<R> {
    /// A body that begins with the size of its first chunk.
    pub fn new(source: R) -> Self {
        Self { source: BufReader::with_capacity(256 << 10, source), left: 0, state: State::First }
    }

    /// Reads the size of the next chunk. It is 0 at the end.
    fn begin_chunk(&mut self) -> io::Result<()> {
        if self.state == State::Next && !self.line()?.is_empty() {
            return Err(broken());
        }
        let line = self.line()?;
        let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(size).ok().filter(|size| !size.starts_with('+'));
        self.left = size.and_then(|size| u64::from_str_radix(size, 16).ok()).ok_or_else(broken)?;
        self.state = if self.left == 0 { State::Over } else { State::Next };
        Ok(())
    }

    /// A line, without its end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.source.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\r\n") {
            Some(text) => Ok(text.to_vec()),
            None if line.len() < MAX_LINE && !line.ends_with(b"\n") => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the HTTP response ends before its last chunk",
            )),
            None => Err(broken()),
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the chunks of the HTTP response are damaged")
}

impl<R: Read> Read for Chunks<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.state != State::Over && !space.is_empty() {
            self.begin_chunk()?;
        }
        if self.state == State::Over {
            return Ok(0);
        }
        let len = self.source.by_ref().take(self.left).read(space)?;
        if len == 0 && !space.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the HTTP response ends within a chunk",
            ));
        }
        self.left -= len as u64;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[u8] = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05";

    #[test]
    fn chunks_that_are_cut_or_damaged_are_errors_behind_what_is_there() {
        let cut = [&b"17\r\n"[..], &TRACE[..22]].concat();
        let damaged = [&b"12\r\n"[..], TRACE, b"\n\n"].concat();
        for (file, kind) in [(cut, io::ErrorKind::UnexpectedEof), (damaged, io::ErrorKind::InvalidData)] {
            let mut bytes = Vec::new();
            let error = Chunks::new(&file[..]).read_to_end(&mut bytes).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(TRACE.starts_with(&bytes) && bytes.len() >= 18);
        }
    }
}
