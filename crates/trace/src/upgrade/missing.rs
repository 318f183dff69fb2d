//! What a file lacks or has too much of: the length of its ticks, batches that are there twice, procs without number.

use std::ops::RangeInclusive;

use super::{
    Result,
    load::Loader,
    parts::{self, Scale},
};
use crate::{
    error::{ErrorKind, GenerationError},
    recover::{Remedy, Salvage},
    time::TraceTime,
};

/// The ticks per second of a trace that does not tell: those of a clock of nanoseconds. Others ticked once in 64
/// cycles of whatever processor it was.
const ASSUMED_FREQUENCY: i64 = 1_000_000_000;
/// No clock is slower, or faster.
const FREQUENCIES: RangeInclusive<i64> = 1_000..=100_000_000_000;

/// The procs that a trace may have: more than any machine.
const MAX_PROCS: usize = 1 << 11;

impl Loader {
    pub(super) fn note(&mut self, kind: ErrorKind, remedy: Remedy, salvage: &mut Salvage) {
        self.is_damaged = true;
        salvage.note(kind, remedy, None, TraceTime::default());
    }

    /// Each proc that waits is looked at again and again, and so there may not be any number of them.
    pub(super) fn bound_procs(&mut self, salvage: &mut Option<Salvage>) -> Result<()> {
        let mut others =
            self.streams.iter_mut().filter(|stream| !stream.is_empty()).skip(MAX_PROCS).peekable();
        if others.peek().is_none() {
            return Ok(());
        }
        others.for_each(Vec::clear);
        let kind = GenerationError::TooManyThreads.into();
        match salvage {
            None => Err(kind),
            Some(salvage) => {
                self.note(kind, Remedy::DoneWithout, salvage);
                Ok(())
            }
        }
    }

    /// Makes up for what is missing, and finds batches that are not what they say.
    pub(super) fn mend(&mut self, salvage: &mut Salvage) {
        if !FREQUENCIES.contains(&self.frequency) {
            // It stands behind the last event.
            if self.frequency == 0 {
                self.note(GenerationError::Incomplete.into(), Remedy::DoneWithout, salvage);
            }
            self.frequency = ASSUMED_FREQUENCY;
            let remedy = Remedy::Frequency(ASSUMED_FREQUENCY.cast_unsigned());
            self.note(GenerationError::NoFrequency.into(), remedy, salvage);
        }
        let scale = Scale { second: self.frequency };
        self.scale = Some(scale);
        let mut doubles = parts::bound(&mut self.streams, &self.bytes, scale);
        if self.is_damaged || doubles > 0 {
            parts::mend(&mut self.streams, scale);
            // Which may show that there are more.
            doubles += parts::bound(&mut self.streams, &self.bytes, scale);
        }
        if doubles > 0 {
            let remedy = Remedy::Skipped { times: doubles as u64 };
            self.note(GenerationError::Doubled.into(), remedy, salvage);
        }
    }
}
