//! What a file lacks or has too much of: the length of its ticks, batches that are there twice, procs without number.

use std::ops::RangeInclusive;

use super::{
    Result,
    load::{Loader, Short},
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

/// What is wrong where a clock jumps back by so many ticks.
pub(super) fn jumps_back(ticks: u64, frequency: i64) -> ErrorKind {
    let nanoseconds = ticks as f64 * 1e9 / frequency.max(1) as f64;
    GenerationError::ClockJumpsBack(TraceTime(nanoseconds as i64)).into()
}

impl Loader {
    pub(super) fn note(&mut self, kind: ErrorKind, remedy: Remedy, salvage: &mut Salvage) {
        self.is_damaged = true;
        salvage.note(kind, remedy, None, TraceTime::default());
    }

    /// What events lack of their arguments is 0.
    pub(super) fn fill_short(&mut self, salvage: &mut Option<Salvage>) -> Result<()> {
        let Short { times, first } = std::mem::take(&mut self.short);
        let Some(first) = first else { return Ok(()) };
        let kind = GenerationError::Batch(first).into();
        match salvage {
            None => return Err(kind),
            Some(salvage) => self.note(kind, Remedy::Zeroed { times }, salvage),
        }
        Ok(())
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

    /// Makes up for what is missing, if anything is wrong at all: what is sound stays as it is. `order` says whether the
    /// batches of each proc can follow each other.
    pub(super) fn mend(&mut self, order: Result<()>, salvage: &mut Salvage) {
        self.is_damaged |= order.is_err();
        if self.frequency <= 0 || self.is_damaged && !FREQUENCIES.contains(&self.frequency) {
            // It stands behind the last event.
            if self.frequency == 0 {
                self.note(GenerationError::Incomplete.into(), Remedy::DoneWithout, salvage);
            }
            self.frequency = ASSUMED_FREQUENCY;
            let remedy = Remedy::Frequency(ASSUMED_FREQUENCY.cast_unsigned());
            self.note(GenerationError::NoFrequency.into(), remedy, salvage);
        }
        match order {
            // How many there are is noted when they are left out.
            Ok(()) | Err(ErrorKind::Generation(GenerationError::Doubled)) => {}
            Err(kind) => match self.undo_jump() {
                Some(ticks) => self.note(jumps_back(ticks, self.frequency), Remedy::Moved, salvage),
                None => self.note(kind, Remedy::DoneWithout, salvage),
            },
        }
        if self.is_damaged {
            self.mend_batches(salvage);
        }
    }

    /// Finds batches that are not what they say.
    fn mend_batches(&mut self, salvage: &mut Salvage) {
        let mut doubles = parts::leave_out_doubles(&mut self.streams, &self.bytes);
        parts::mend(&mut self.streams, Scale { second: self.frequency });
        // Which may show that there are more.
        doubles += parts::leave_out_doubles(&mut self.streams, &self.bytes);
        if doubles > 0 {
            let remedy = Remedy::Skipped { times: doubles as u64 };
            self.note(GenerationError::Doubled.into(), remedy, salvage);
        }
    }
}
