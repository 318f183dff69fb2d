//! Traces that stand one behind the other in a file, apart again, byte for byte.

use std::io::Read;

use crate::{
    decoder_core::Options,
    error::{Error, ErrorKind, Position, Result},
    header::Header,
    push::{Decoder, Step},
    read::read_some,
};

/// The bytes that are asked for at once.
const CHUNK: usize = 256 << 10;

/// What [`Traces`] gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TracePart<'a> {
    /// A trace begins. Its header is among the bytes that follow.
    Begin(Header),
    /// The next bytes of it.
    Bytes(&'a [u8]),
}

/// Takes traces apart that stand one behind the other, as `>>` leaves them.
///
/// ```
/// use goscope_wire::{TracePart, Traces};
///
/// let file = b"go 1.21 trace\0\0\0\x45\x0a\x07\x06\x03go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05";
/// let mut traces = Traces::new(&file[..], Default::default());
/// let mut parts: Vec<Vec<u8>> = Vec::new();
/// while let Some(part) = traces.next_part()? {
///     match part {
///         TracePart::Begin(_) => parts.push(Vec::new()),
///         TracePart::Bytes(bytes) => parts.last_mut().unwrap().extend(bytes),
///     }
/// }
/// assert_eq!(parts, [&file[..21], &file[21..]]);
/// # Ok::<(), goscope_wire::Error>(())
/// ```
///
/// Where a trace is damaged, a later one may not be found: its bytes then stay with those before it. [`Self::damage`]
/// says so.
#[derive(Debug)]
pub struct Traces<R> {
    source: R,
    options: Options,
    decoder: Decoder,
    /// The bytes that came and were not given out before the last part: of the trace, from the byte `base` on.
    kept: Vec<u8>,
    base: u64,
    /// How many of them the last part was.
    given: usize,
    /// Where the trace starts in the file.
    start: u64,
    state: State,
    damage: Option<Error>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Reading,
    /// Another trace begins behind the bytes that were given last.
    Before,
    /// No further trace can be found: all bytes that come belong to this one.
    Lost,
    Done,
}

impl<R: Read> Traces<R> {
    /// Traces from a source, none of which has been read yet.
    #[must_use]
    pub fn new(source: R, options: Options) -> Self {
        let options = Options { resync: true, ..options };
        let (decoder, kept) = (Decoder::new(options), Vec::new());
        let (base, given, start, state, damage) = (0, 0, 0, State::Reading, None);
        Self { source, options, decoder, kept, base, given, start, state, damage }
    }

    /// What is wrong first, if anything is: its place is that within its trace, which starts at [`Self::start`].
    #[must_use]
    pub fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// Where the trace that was given last starts, in bytes from the start of the file.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The beginning of a trace, or more bytes of it; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the source fails, or no trace begins where one should.
    pub fn next_part(&mut self) -> Result<Option<TracePart<'_>>> {
        self.forget_given();
        loop {
            match self.state {
                State::Reading => {}
                State::Before => self.begin_next(),
                State::Lost => return self.rest(),
                State::Done => return Ok(None),
            }
            let is_begun = self.decoder.header().is_some();
            match self.decoder.next_step() {
                Ok(Step::Record(_)) => {}
                Ok(Step::Header(header)) => return Ok(Some(TracePart::Begin(header))),
                Ok(Step::NeedMore(_)) => {
                    let passed = self.passed();
                    if passed > 0 {
                        return Ok(self.give(passed));
                    }
                    self.fill()?;
                }
                Ok(Step::End) => self.state = State::Lost,
                Err(error) => match error.kind() {
                    ErrorKind::AnotherTrace { .. } => {
                        self.state = State::Before;
                        let passed = self.passed();
                        return Ok(self.give(passed));
                    }
                    _ if !is_begun => return Err(error),
                    _ => self.note(error),
                },
            }
        }
    }

    fn note(&mut self, error: Error) {
        if self.decoder.recover().is_none() {
            self.state = State::Lost;
        }
        self.damage.get_or_insert(error);
    }

    /// How many of the bytes that are kept have been read.
    fn passed(&self) -> usize {
        let passed = self.decoder.position().offset.saturating_sub(self.base);
        usize::try_from(passed).map_or(self.kept.len(), |passed| passed.min(self.kept.len()))
    }

    fn give(&mut self, len: usize) -> Option<TracePart<'_>> {
        self.given = len;
        self.kept.get(..len).map(TracePart::Bytes)
    }

    fn forget_given(&mut self) {
        self.kept.drain(..self.given);
        self.base += self.given as u64;
        self.given = 0;
    }

    fn begin_next(&mut self) {
        self.start += self.base;
        self.base = 0;
        self.decoder = Decoder::new(self.options);
        self.decoder.push(&self.kept);
        self.state = State::Reading;
    }

    /// What is left, as it comes.
    fn rest(&mut self) -> Result<Option<TracePart<'_>>> {
        if self.kept.is_empty() {
            self.fill()?;
        }
        if self.kept.is_empty() {
            self.state = State::Done;
            return Ok(None);
        }
        Ok(self.give(self.kept.len()))
    }

    fn fill(&mut self) -> Result<()> {
        let there = self.kept.len();
        self.kept.resize(there + CHUNK, 0);
        let read = read_some(&mut self.source, &mut self.kept[there..]);
        self.kept.truncate(there + *read.as_ref().unwrap_or(&0));
        match read {
            _ if self.state == State::Lost && read.is_ok() => {}
            Ok(0) => self.decoder.finish(),
            Ok(_) => self.decoder.push(&self.kept[there..]),
            Err(error) => {
                let position = Position { offset: self.start + self.base, ..Position::default() };
                return Err(Error::new(ErrorKind::Io(error), position));
            }
        }
        Ok(())
    }
}
