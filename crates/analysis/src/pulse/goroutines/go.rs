//! A goroutine, as it is followed, and its steps.

use goscope_trace::{GoId, GoSeq, GoState, Ticks};

use super::{Listener, gaps::PieceIx};
use crate::pulse::book::{REST, UNTOLD};

/// A goroutine takes a step, or its state is told.
#[derive(Clone, Copy, Debug)]
pub(in crate::pulse) struct Step {
    pub(in crate::pulse) at: Ticks,
    pub(in crate::pulse) from: GoState,
    pub(in crate::pulse) to: GoState,
    pub(in crate::pulse) seq: GoSeq,
    /// The thread that tells; in family v1 the proc, or [`NOWHERE`].
    pub(in crate::pulse) place: u32,
    /// Where it waits from now on, if it does.
    pub(in crate::pulse) spot: u32,
}

/// No thread or proc.
pub(in crate::pulse) const NOWHERE: u32 = u32::MAX;

/// Which of the numbered steps of a goroutine is due: the number of the last one, and one more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Due(pub(super) u32);

impl Due {
    /// The one that tells the status in a new generation.
    pub(super) const STATUS: Self = Self(0);
    /// Nobody knows: whichever fits.
    pub(super) const ANY: Self = Self(u32::MAX);
    /// None: nothing is known of the goroutine.
    pub(super) const NONE: Self = Self(u32::MAX - 1);
}

impl Step {
    /// Whether nothing of the goroutine can have been told before, in this generation.
    pub(super) fn is_first(&self) -> bool {
        self.is_status() || self.from == GoState::NotExist
    }

    /// Whether it is what the goroutine does as the trace or a generation begins.
    pub(super) fn is_status(&self) -> bool {
        self.is_told() || self.from == GoState::Undetermined
    }

    /// Whether it tells a state that has been.
    #[inline]
    pub(super) fn is_told(&self) -> bool {
        self.from == self.to
    }
}

/// Where what is known without a gap ends: the last step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) at: Ticks,
    pub(super) due: Due,
    pub(super) place: u32,
    pub(super) spot: u32,
    pub(super) state: GoState,
    /// Whether the state began before anybody told of it.
    pub(super) is_cut: bool,
}

impl Last {
    /// Nothing is known.
    pub(super) const NOTHING: Self = Self {
        at: Ticks(0),
        due: Due::NONE,
        place: NOWHERE,
        spot: REST,
        state: GoState::Undetermined,
        is_cut: true,
    };

    /// Where a step leads that nothing is known before.
    pub(super) fn of(step: &Step) -> Self {
        let Step { at, to: state, place, spot, .. } = *step;
        let due = step.seq.number().map_or(Due::ANY, |number| Due(number + 1));
        Self { at, due, place, spot, state, is_cut: step.is_status() }
    }

    /// Whether a step is the next one.
    #[inline]
    pub(super) fn precedes(&self, step: &Step) -> bool {
        self.state == step.from
            && match step.seq.number() {
                Some(number) => self.due == Due(number) || self.due == Due::ANY && self.at <= step.at,
                None if step.seq == GoSeq::FOLLOWS => self.place == step.place,
                None if step.seq == GoSeq::FOLLOWS_NUMBERED => {
                    self.place == step.place || self.is_base_of_v1()
                }
                None => self.at <= step.at,
            }
    }

    /// Whether all that is known is that the goroutine was there before a trace of family v1, which no proc has told.
    fn is_base_of_v1(&self) -> bool {
        self.place == NOWHERE && self.due == Due(1)
    }

    /// Takes the next step.
    #[inline]
    pub(super) fn go_on(&mut self, step: &Step) {
        let Step { at, to: state, seq, place, spot, .. } = *step;
        let due = match seq.number() {
            Some(number) => Due(number + 1),
            None if seq == GoSeq::FOLLOWS => self.due,
            None if seq == GoSeq::FOLLOWS_NUMBERED => Due(self.due.0.saturating_add(1)),
            None => Due::ANY,
        };
        *self = Self { at, due, place, spot, state, is_cut: step.is_status() };
    }

    /// The state is told anew, where a count begins.
    pub(super) fn number(&mut self, step: &Step) {
        self.due = Due(1);
        // Who tells that a goroutine waits has nothing to do with it.
        if matches!(step.to, GoState::Running | GoState::Syscall) {
            self.place = step.place;
        }
    }
}

/// Where what is known without a gap begins: the first step, which is not the goroutine's first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) at: Ticks,
    /// The step's own number.
    pub(super) due: Due,
    pub(super) from: GoState,
    pub(super) to: GoState,
}

impl First {
    /// Nothing comes before it, and nobody looks for it.
    pub(super) const BASE: Self =
        Self { at: Ticks(0), due: Due::ANY, from: GoState::NotExist, to: GoState::NotExist };

    /// That of a step with a number.
    pub(super) fn of(step: &Step) -> Self {
        let Step { at, from, to, .. } = *step;
        Self { at, due: step.seq.number().map_or(Due::ANY, Due), from, to }
    }

    /// Whether nothing comes before it.
    pub(super) fn is_base(&self) -> bool {
        self.from == self.to || matches!(self.from, GoState::NotExist | GoState::Undetermined)
    }
}

/// A goroutine: its latest steps that are known without a gap.
#[derive(Clone, Copy, Debug)]
pub(in crate::pulse) struct Go {
    pub(super) id: GoId,
    pub(super) last: Last,
    /// How long it ran in this period of the window and in the one before, in ticks.
    pub(super) ran: [u64; 2],
    /// The entry of the function that it started with.
    pub(super) func: u32,
    /// The piece that ends with the latest steps, if something is lacking before it.
    pub(super) head: PieceIx,
    /// This period, as far as that can be told.
    pub(super) period: u16,
    /// Counts the goroutines that had this place in the table, so that nothing is taken to be of one that is of another.
    pub(super) life: u16,
    /// Whether it has lived before: see [`again`](super::again).
    pub(super) has_lives: bool,
    /// Whether its status was told in this generation, and in the one before.
    pub(super) is_told: bool,
    pub(super) was_told: bool,
}

impl Go {
    pub(super) const fn nobody() -> Self {
        Self::new(GoId::NONE)
    }

    pub(super) const fn new(id: GoId) -> Self {
        Self {
            id,
            last: Last::NOTHING,
            ran: [0; 2],
            func: UNTOLD,
            head: PieceIx::NONE,
            period: 0,
            life: 0,
            has_lives: false,
            is_told: false,
            was_told: false,
        }
    }

    pub(in crate::pulse) fn id(&self) -> GoId {
        self.id
    }

    pub(in crate::pulse) fn state(&self) -> GoState {
        self.last.state
    }

    pub(in crate::pulse) fn since(&self) -> Ticks {
        self.last.at
    }

    pub(in crate::pulse) fn func(&self) -> u32 {
        self.func
    }

    pub(in crate::pulse) fn spot(&self) -> u32 {
        self.last.spot
    }

    /// Perhaps it is known now what function it started with. What its creator tells is most credible: the stacks of
    /// goroutines that run lack functions that the compiler made.
    #[inline]
    pub(super) fn learn(&mut self, is_created: bool, listener: &mut impl Listener) {
        if (self.func == UNTOLD || is_created)
            && let Some(func) = listener.func()
        {
            let before = std::mem::replace(&mut self.func, func);
            listener.booked(before, func, self.ran[0].saturating_add(self.ran[1]));
        }
    }

    /// Whether all of its life is known, and over.
    pub(super) fn is_over(&self) -> bool {
        self.last.state == GoState::NotExist
            && self.head == PieceIx::NONE
            && self.last.due != Due::STATUS
            && !self.has_lives
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goroutine_fits_into_a_line_of_the_cache() {
        assert_eq!(size_of::<Go>(), 64);
    }
}
