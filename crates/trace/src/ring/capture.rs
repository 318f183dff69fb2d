//! A capture: one trace of a program, of which the last generations are kept.

use std::{collections::VecDeque, ops::Range};

use goscope_wire::{Family, FormatVersion};

use super::tape::Tape;
use crate::{
    event::EventKind,
    stream::StreamEvent,
    time::{TickLength, Ticks},
};

/// The bytes of a header, behind which the first generation begins.
const HEADER: u64 = 16;

/// What is kept of a capture.
#[derive(Clone, Default, Debug)]
pub(super) struct Capture {
    pub(super) version: Option<FormatVersion>,
    pub(super) tape: Tape,
    /// The generations that have ended.
    pub(super) whole: VecDeque<Generation>,
    /// The one that is coming.
    pub(super) next: Generation,
    /// How long a tick is.
    pub(super) tick: Option<TickLength>,
    /// The number of the generation that ended last without damage, be it kept or not: another one's may be wrong.
    last_number: u64,
    is_broken: bool,
}

/// A generation of a capture; of family v1, all of it.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    number: u64,
    pub(super) bytes: Range<u64>,
    /// Of its events.
    pub(super) ticks: Range<Ticks>,
    /// Whether something is wrong with it.
    pub(super) is_damaged: bool,
}

impl Default for Generation {
    fn default() -> Self {
        Self::starting_at(HEADER)
    }
}

impl Generation {
    fn starting_at(offset: u64) -> Self {
        Self { number: 0, bytes: offset..offset, ticks: Ticks(u64::MAX)..Ticks(0), is_damaged: false }
    }

    /// Takes note of an event. A sample has a clock of its own.
    #[inline]
    pub(super) fn observe(&mut self, event: &StreamEvent) {
        if !matches!(event.kind, EventKind::StackSample) {
            let Range { start, end } = &mut self.ticks;
            (*start, *end) = ((*start).min(event.time.ticks), (*end).max(event.time.ticks));
        }
    }

    /// Whether its times make sense.
    pub(super) fn is_sound(&self) -> bool {
        !self.is_damaged && self.ticks.start <= self.ticks.end
    }
}

impl Capture {
    /// Takes bytes, unless the generation that is coming has more of them than the limit says: then it is forgotten, with all before it.
    pub(super) fn append(&mut self, bytes: &[u8], limit: u64) {
        if self.tape.end().saturating_sub(self.next.bytes.start) > limit {
            self.whole.clear();
            self.tape.forget_all();
        }
        self.tape.append(bytes);
    }

    pub(super) fn begin_generation(&mut self, number: u64, version: Option<FormatVersion>) {
        (self.version, self.next.number) = (version, number);
    }

    /// A generation has ended before an offset.
    pub(super) fn end_generation(&mut self, end: u64) {
        let mut ended = std::mem::replace(&mut self.next, Generation::starting_at(end));
        self.is_broken = ended.is_damaged;
        if !ended.is_damaged {
            self.last_number = ended.number;
        }
        ended.bytes.end = end;
        if self.tape.start() <= ended.bytes.start {
            self.whole.push_back(ended);
        } else {
            self.tape.forget_before(end);
        }
    }

    /// Whether no generation has ended yet: what is wrong with the number of a later one says nothing of the capture.
    pub(super) fn is_at_start(&self) -> bool {
        self.next.bytes.start == HEADER
    }

    /// Forgets the first generation. `false` if there is none.
    pub(super) fn forget_first(&mut self) -> bool {
        let is_there = self.whole.pop_front().is_some();
        let start = self.whole.front().map_or(self.next.bytes.start, |first| first.bytes.start);
        self.tape.forget_before(start);
        is_there
    }

    /// Whether it can be of the same run of a program as another one. Generations are numbered through; of family v1, which has no
    /// such numbers, it is believed unless the connection broke.
    pub(super) fn follows(&self, before: &Self) -> bool {
        let goes_on = match self.family() {
            Family::V2 => self.next.number > before.last_number,
            Family::V1 => !before.is_broken,
        };
        self.version == before.version && goes_on
    }

    pub(super) fn family(&self) -> Family {
        self.version.map_or(Family::V2, FormatVersion::family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One whose generations have these numbers, of which some are damaged.
    fn capture(generations: &[(u64, bool)]) -> Capture {
        let mut capture = Capture::default();
        for ((number, is_damaged), end) in generations.iter().zip(1..) {
            capture.begin_generation(*number, Some(FormatVersion::V1_26));
            capture.next.is_damaged = *is_damaged;
            capture.end_generation(HEADER + end);
        }
        capture
    }

    #[test]
    fn a_damaged_number_says_nothing_of_what_follows() {
        let mut next = Capture::default();
        next.begin_generation(7, Some(FormatVersion::V1_26));
        assert!(next.is_at_start() && next.follows(&capture(&[(5, false), (6, false)])));
        assert!(next.follows(&capture(&[(5, false), (1 << 40, true)])));
        assert!(!next.follows(&capture(&[(5, false), (7, false), (1, true)])));
    }
}
