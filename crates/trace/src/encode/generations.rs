//! A trace in generations of a length: family v1 has none, and so could not be taken apart.

use std::{
    io::{Read, Write},
    ops::ControlFlow,
};

use super::{Changes, Encoder};
use crate::{
    clock::Clock,
    error::{Error, ErrorKind, Place},
    event::{Event, EventKind},
    reader::{Part, Reader},
    time::TraceTime,
};

/// Where a part of a trace ends, and the next one begins.
///
/// ```
/// use goscope_trace::{TraceTime, encode::Cut};
///
/// assert!(Cut::Every(1_000).is_due(TraceTime(1_500), 0));
/// assert!(!Cut::Size(1 << 20).is_due(TraceTime(1_500), 7));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// After so many nanoseconds.
    Every(i64),
    /// After so many bytes.
    Size(u64),
    /// At each generation.
    Generation,
}

impl Cut {
    /// Whether a part is long enough, after a time and so many bytes.
    #[must_use]
    pub fn is_due(self, time: TraceTime, bytes: u64) -> bool {
        match self {
            Self::Every(nanoseconds) => time.0 >= nanoseconds,
            Self::Size(size) => bytes >= size,
            Self::Generation => true,
        }
    }
}

/// Writes a trace of family v1 in generations that are cut where that is due. (One of family v2 has its own, and tells in the first
/// one of what was there before.)
///
/// ```
/// use goscope_trace::{Reader, edit::Pieces, encode::{self, Cut}};
///
/// let old = std::fs::File::open("../../corpus/channels_go1.21.13.trace")?;
/// let (trace, _) = encode::write_generations(&mut Reader::new(old)?, Cut::Every(100_000), Vec::new())?;
/// let mut pieces = Pieces::new(goscope_wire::Reader::new(&trace[..])?)?;
/// let mut parts = 0;
/// while pieces.next_piece()?.is_some() {
///     parts += 1;
/// }
/// assert!(parts > 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the trace can't be read; of the kind [`ErrorKind::Io`] when the sink fails.
pub fn write_generations<R: Read, W: Write>(
    reader: &mut Reader<R>,
    cut: Cut,
    sink: W,
) -> Result<(W, Changes), Error> {
    let failed = |error| Error::new(ErrorKind::Io(error), Place::default());
    let (encoder, clock) = (Encoder::new(sink), Clock::default());
    let mut generations = Generations { encoder, clock, cut, begin: None, bytes: 0, told: None };
    while let Some(part) = reader.next_part()? {
        let written = part.chunk.try_for_each(|event| match generations.event(event, &part) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
        written.break_value().map_or(Ok(()), |error| Err(failed(error)))?;
    }
    generations.encoder.finish().map_err(failed)
}

struct Generations<W> {
    encoder: Encoder<W>,
    clock: Clock,
    cut: Cut,
    /// When the generation began, and how many bytes were written before.
    begin: Option<TraceTime>,
    bytes: u64,
    /// How many bytes of the generation tell of what was there before, once all is told, and how many bytes of tables had been
    /// repeated by then.
    told: Option<(u64, u64)>,
}

impl<W: Write> Generations<W> {
    fn event(&mut self, event: &Event, part: &Part<'_>) -> std::io::Result<()> {
        self.clock.observe(event);
        let begin = *self.begin.get_or_insert(event.time);
        let is_sync = matches!(event.kind, EventKind::Sync(_));
        if !is_sync && self.is_due(TraceTime(event.time.since(begin))) {
            let (start, bytes) = (TraceTime(event.time.0 - 1), self.encoder.bytes());
            if self.encoder.cut_generation(start, self.clock.snapshot(start), part.tables) {
                (self.begin, self.bytes, self.told) = (Some(event.time), bytes, None);
            }
        }
        self.encoder.event(event, part.tables)
    }

    /// Whether to cut, after this time. A generation of which most repeats what others have is not worth its bytes: states of
    /// what was there before, strings and stacks. There might be one for each event.
    fn is_due(&mut self, time: TraceTime) -> bool {
        let (bytes, tables) = (self.encoder.bytes() - self.bytes, self.encoder.repeated());
        if self.told.is_none() && self.encoder.has_told_all() {
            self.told = Some((bytes, tables));
        }
        let repeated = || self.told.map(|(told, before)| told + (tables - before));
        let is_worth_it = || match self.cut {
            Cut::Size(_) => repeated().is_some_and(|repeated| bytes >= 2 * repeated),
            _ => true,
        };
        self.cut.is_due(time, bytes) && is_worth_it()
    }
}
