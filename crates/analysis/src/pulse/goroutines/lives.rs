//! The lives of goroutines that live several times: threads of C that call Go have the same one again and again.
//!
//! Each life has numbers of its own. Which one a step belongs to, its time tells.
//!
//! Invariant: no more than [`ALL`] are remembered, and the two that one step may begin.

use foldhash::HashMap;
use goscope_trace::Ticks;

/// The lives that are remembered of a goroutine in a generation.
const MOST: usize = 1024;
/// And of all.
const ALL: usize = 1 << 16;

/// When lives began, and what they are called.
#[derive(Default, Debug)]
pub(super) struct Lives {
    by_go: HashMap<u32, Vec<(Ticks, u16)>>,
    /// How many there are.
    len: usize,
}

impl Lives {
    pub(super) fn clear(&mut self) {
        self.by_go.clear();
        self.len = 0;
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= ALL
    }

    /// A life of a goroutine begins.
    pub(super) fn begin(&mut self, go: u32, born: Ticks, life: u16) {
        let lives = self.by_go.entry(go).or_default();
        if lives.len() == MOST {
            self.len -= lives.drain(..MOST / 2).len();
        }
        self.len += 1;
        let place = lives.partition_point(|(other, _)| *other <= born);
        lives.insert(place, (born, life));
    }

    /// What the next life is to be called.
    pub(super) fn next(&self, go: u32) -> u16 {
        let names = self.by_go.get(&go).into_iter().flatten().map(|(_, life)| *life);
        names.max().map_or(0, |life| life.wrapping_add(1))
    }

    /// Whether a life that begins at a moment would be the latest.
    pub(super) fn is_latest(&self, go: u32, born: Ticks) -> bool {
        self.by_go.get(&go).and_then(|lives| lives.last()).is_none_or(|(latest, _)| *latest <= born)
    }

    /// The life at a moment; `None` before the first one.
    pub(super) fn at(&self, go: u32, moment: Ticks) -> Option<u16> {
        let lives = self.by_go.get(&go)?;
        let place = lives.partition_point(|(born, _)| *born <= moment).checked_sub(1)?;
        lives.get(place).map(|(_, life)| *life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_tells_the_life() {
        let mut lives = Lives::default();
        [(20, 1), (50, 2), (10, 3)].into_iter().for_each(|(born, life)| lives.begin(7, Ticks(born), life));
        assert_eq!(
            [9, 10, 49, 50].map(|moment| lives.at(7, Ticks(moment))),
            [None, Some(3), Some(1), Some(2)]
        );
        assert_eq!((lives.next(7), lives.next(8)), (4, 0));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut lives = Lives::default();
        (0..10_000).for_each(|life| lives.begin(1, Ticks(life), life as u16));
        assert!(lives.by_go[&1].len() <= MOST && lives.len == lives.by_go[&1].len());
        assert_eq!([9000, 20_000].map(|moment| lives.at(1, Ticks(moment))), [None, Some(9999)]);
    }
}
