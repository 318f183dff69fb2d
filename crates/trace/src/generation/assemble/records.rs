//! The batches that no thread wrote, record by record: strings, stacks, samples and clocks.
//!
//! In a damaged batch, the records that make sense count.

use goscope_wire::{RawBatch, Record};

use super::{Assembler, ClockTicks, RawStack};
use crate::{
    error::GenerationError::{self, Batch, Duplicate, Misplaced, TooLarge, Twice},
    event::WallTime,
    generation::CpuSample,
    id::{GoId, ProcId, ThreadId},
    recover::Remedy,
    time::TraceTime,
};

/// The longest string of the format, in bytes (`MaxEventTrailerDataSize`).
const MAX_STRING: usize = 1 << 10;
/// The deepest stack of the format (`MaxFramesPerStack`).
const MAX_FRAMES: u64 = 128;

impl Assembler<'_> {
    /// Gives each record of a batch to `add`, but for the one that tells what the batch is for.
    pub(super) fn each_record(
        &mut self,
        batch: &RawBatch<'_>,
        title: u8,
        mut add: impl FnMut(&mut Self, &Record<'_>) -> Result<(), GenerationError>,
    ) -> Result<(), GenerationError> {
        let mut records = batch.records(self.version);
        let mut is_first = true;
        let mut wrong = None;
        loop {
            let result = match records.next_record() {
                Ok(None) => break,
                Ok(Some(record)) if std::mem::take(&mut is_first) && record.id().0 == title => Ok(()),
                Ok(Some(record)) => add(self, &record),
                Err(kind) => {
                    self.tolerate(Batch(kind), Remedy::DoneWithout)?;
                    break;
                }
            };
            match result {
                Err(error) if self.salvage.is_some() => wrong = wrong.or(Some(error)),
                result => result?,
            }
        }
        // One is told for all of the batch.
        wrong.map_or(Ok(()), |error| self.tolerate(error, Remedy::DoneWithout))
    }

    pub(super) fn add_string(&mut self, record: &Record<'_>) -> Result<(), GenerationError> {
        let ("String", &[number], Some(text)) = (record.name(), record.args(), record.data()) else {
            return Err(Misplaced);
        };
        if text.len() > MAX_STRING {
            return Err(TooLarge(text.len() as u64));
        }
        if self.strings.insert(number, self.tables.intern_string(text)) {
            Ok(())
        } else {
            Err(Duplicate(number))
        }
    }

    pub(super) fn add_stack(&mut self, record: &Record<'_>) -> Result<(), GenerationError> {
        let ("Stack", &[number, depth]) = (record.name(), record.args()) else { return Err(Misplaced) };
        if depth > MAX_FRAMES {
            return Err(TooLarge(depth));
        }
        let start = self.frames.len();
        self.frames.extend(record.frames());
        self.stacks.push(RawStack { number, start, end: self.frames.len() });
        Ok(())
    }

    pub(super) fn add_sample(&mut self, record: &Record<'_>) -> Result<(), GenerationError> {
        let ("CPUSample", &[ticks, thread, proc, goroutine, stack]) = (record.name(), record.args()) else {
            return Err(Misplaced);
        };
        let goroutine = if goroutine == 0 { GoId::NONE } else { GoId(goroutine) };
        let (thread, proc, time) = (ThreadId(thread), ProcId(proc), TraceTime::default());
        self.samples.push((ticks, CpuSample { time, thread, proc, goroutine, stack }));
        Ok(())
    }

    pub(super) fn add_clock(&mut self, record: &Record<'_>, now: &mut u64) -> Result<(), GenerationError> {
        match (record.name(), record.args()) {
            ("Frequency", &[frequency]) if self.frequency.is_none() => self.frequency = Some(frequency),
            ("ClockSnapshot", &[delta, mono, seconds, nanoseconds]) if self.clock.is_none() => {
                *now = now.wrapping_add(delta);
                let wall =
                    WallTime { seconds: seconds.cast_signed(), nanoseconds: nanoseconds.cast_signed() };
                self.clock = Some(ClockTicks { ticks: *now, mono, wall });
            }
            ("Frequency" | "ClockSnapshot", _) => return Err(Twice),
            _ => return Err(Misplaced),
        }
        Ok(())
    }
}
