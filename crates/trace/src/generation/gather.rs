//! Reading a generation from a damaged trace.
//!
//! This begins where a strict reader stops, at the start of that generation. Every batch that can be found is given to a
//! generation. Where a batch says another number than those around it, they are right: two parts of the file are looked
//! at before a generation is taken to have ended.

use std::{collections::VecDeque, io::Read};

use goscope_wire::{Mark, Part, Reader, Record};

use super::{Assembler, read::OwnedBatch};
use crate::{error::GenerationError, recover::Remedy};

/// Gathers what belongs to a generation.
#[derive(Default, Debug)]
pub(super) struct Gatherer {
    /// What was read too early, and where it began.
    waiting: VecDeque<(Mark, Piece)>,
    has_ended: bool,
    /// Whether the source can go back to where the part begins that was taken last, or that waits.
    is_held: bool,
    /// The number of the generation before.
    last: Option<u64>,
}

/// A part of a trace.
#[derive(Debug)]
enum Piece {
    Batch(OwnedBatch),
    Experiment(Experiment),
    /// The end of a generation.
    Mark,
}

/// A batch of an experiment.
#[derive(Debug)]
struct Experiment {
    args: [u64; 4],
    data: Vec<u8>,
}

impl Piece {
    fn of(part: &Part<'_>) -> Self {
        match part {
            Part::Batch(batch) => Self::Batch(OwnedBatch::of(batch)),
            Part::Record(record) => Self::of_record(record),
        }
    }

    fn of_record(record: &Record<'_>) -> Self {
        match (record.args(), record.data()) {
            (&[experiment, generation, thread, time], Some(data)) => Self::Experiment(Experiment {
                args: [experiment, generation, thread, time],
                data: data.to_vec(),
            }),
            _ => Self::Mark,
        }
    }

    /// The generation that it says it belongs to. The end of a generation does not say.
    fn number(&self) -> Option<u64> {
        match self {
            Self::Batch(batch) => Some(batch.header.generation),
            Self::Experiment(Experiment { args: [_, generation, ..], .. }) => Some(*generation),
            Self::Mark => None,
        }
    }
}

/// What a part is that says another number than the generation that is being gathered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Other {
    /// Its number is wrong: it belongs there.
    Inside,
    /// The number of what was gathered is wrong.
    Right,
    /// It belongs to the next generation.
    Behind,
}

impl Gatherer {
    /// Reads to the end of a generation. `false` at the end of the trace.
    pub(super) fn gather<R: Read>(&mut self, source: &mut Reader<R>, assembler: &mut Assembler<'_>) -> bool {
        let mut empty = 0;
        while let Some((start, piece)) = self.take(source, assembler) {
            let Some(told) = piece.number() else {
                if assembler.number() == 0 {
                    empty += 1;
                    continue;
                }
                return self.end(assembler);
            };
            note_empty(&mut empty, assembler);
            let Some(number) = self.number(told, source, assembler) else {
                self.waiting.push_front((start, piece));
                return self.end(assembler);
            };
            if told != number {
                assembler.note(GenerationError::OtherNumber(told), Remedy::TakenFor(number));
            }
            add(piece, number, assembler);
        }
        note_empty(&mut empty, assembler);
        assembler.note_end();
        self.end(assembler)
    }

    /// Notes that the generation with this number was read by somebody else.
    pub(super) fn pass(&mut self, number: u64) {
        self.last = Some(number);
    }

    /// Where somebody else can read on, who then does; or `None` if parts are waiting that can't be read again.
    pub(super) fn leave<R: Read>(&mut self, source: &Reader<R>) -> Option<Mark> {
        if self.has_ended || !self.is_held {
            return None;
        }
        let next = self.waiting.front().map_or_else(|| source.mark(), |(start, _)| *start);
        self.waiting.clear();
        Some(next)
    }

    /// The generation is over.
    fn end(&mut self, assembler: &Assembler<'_>) -> bool {
        let is_there = assembler.number() != 0;
        if is_there {
            self.last = Some(assembler.number());
        }
        is_there
    }

    /// The number of the generation to which a part belongs that says so; `None` if it is the next one.
    fn number<R: Read>(
        &mut self,
        told: u64,
        source: &mut Reader<R>,
        assembler: &mut Assembler<'_>,
    ) -> Option<u64> {
        let current = assembler.number();
        if current == told && told != 0 {
            return Some(told);
        }
        if current == 0 {
            return Some(self.first_number(told, source, assembler));
        }
        match self.judge(told, source, assembler) {
            Other::Inside => Some(current),
            Other::Behind => None,
            Other::Right => {
                assembler.renumber(told);
                assembler.note(GenerationError::OtherNumber(current), Remedy::TakenFor(told));
                Some(told)
            }
        }
    }

    /// The number of a generation whose first part says so.
    fn first_number<R: Read>(
        &mut self,
        told: u64,
        source: &mut Reader<R>,
        assembler: &mut Assembler<'_>,
    ) -> u64 {
        let due = self.last.map_or(told.max(1), |last| last.saturating_add(1));
        match told {
            _ if told == due => due,
            0 => due,
            _ if self.peek(source, assembler) == Some(Some(due)) => due,
            _ => told,
        }
    }

    /// What a part is that says another number, by what follows it.
    fn judge<R: Read>(&mut self, told: u64, source: &mut Reader<R>, assembler: &mut Assembler<'_>) -> Other {
        let current = assembler.number();
        let is_due = told == current.wrapping_add(1);
        let was_due = self.last.is_none_or(|last| current == last.wrapping_add(1));
        match self.peek(source, assembler) {
            _ if told == 0 => Other::Inside,
            Some(Some(next)) if next == current => Other::Inside,
            Some(Some(next)) if next == told && is_due && was_due => Other::Behind,
            Some(Some(next)) if next == told && assembler.is_small() => Other::Right,
            Some(Some(next)) if next == told => Other::Behind,
            // The generation has an end, and it comes later.
            Some(None) => Other::Inside,
            _ if is_due => Other::Behind,
            _ => Other::Inside,
        }
    }

    /// The number that the next part says, if there is one, and if it says any.
    fn peek<R: Read>(
        &mut self,
        source: &mut Reader<R>,
        assembler: &mut Assembler<'_>,
    ) -> Option<Option<u64>> {
        if self.waiting.is_empty() {
            let piece = self.read(source, assembler)?;
            self.waiting.push_back(piece);
        }
        self.waiting.front().map(|(_, piece)| piece.number())
    }

    fn take<R: Read>(
        &mut self,
        source: &mut Reader<R>,
        assembler: &mut Assembler<'_>,
    ) -> Option<(Mark, Piece)> {
        if let Some(piece) = self.waiting.pop_front() {
            return Some(piece);
        }
        // Behind the end there is nothing to go back for.
        if !self.has_ended {
            source.hold();
            self.is_held = true;
        }
        self.read(source, assembler)
    }

    /// Reads the next part that makes sense. Of a batch that the file ends in, what there is counts.
    fn read<R: Read>(
        &mut self,
        source: &mut Reader<R>,
        assembler: &mut Assembler<'_>,
    ) -> Option<(Mark, Piece)> {
        while !self.has_ended {
            let start = source.mark();
            let error = match source.next_part() {
                Ok(Some(part)) => return Some((start, Piece::of(&part))),
                Ok(None) => {
                    self.has_ended = true;
                    return None;
                }
                Err(error) => error,
            };
            // What is passed over is not kept, and not told of twice.
            source.release();
            self.is_held = false;
            if let Some(bytes) = source.recover() {
                assembler.note(error, Remedy::PassedOver { bytes });
            } else {
                self.has_ended = true;
                assembler.note(error, Remedy::Ended);
                return source.cut_batch().map(|batch| (start, Piece::Batch(OwnedBatch::of(&batch))));
            }
        }
        None
    }
}

/// Notes that ends of generations were left out, a byte each, which had nothing in front of them.
fn note_empty(count: &mut u64, assembler: &mut Assembler<'_>) {
    if *count > 0 {
        assembler.note(GenerationError::NoFrequency, Remedy::PassedOver { bytes: *count });
        *count = 0;
    }
}

/// Adds a part to the generation to which it belongs.
fn add(piece: Piece, number: u64, assembler: &mut Assembler<'_>) {
    match piece {
        Piece::Batch(mut batch) => {
            if batch.is_mended {
                assembler.note(GenerationError::DamagedHeader, Remedy::Mended);
            }
            batch.header.generation = number;
            assembler.add_or_leave_out(&batch.as_raw());
        }
        Piece::Experiment(mut experiment) => {
            experiment.args[1] = number;
            assembler.add_experiment(experiment.args, &experiment.data);
        }
        Piece::Mark => {}
    }
}
