//! How many goroutines were runnable at once, looked at once in a while: at the end of each beat.
//!
//! What changes in a beat is added up, in whichever order that comes; what was before is told from what is now, backwards.

use goscope_trace::{GoState, Ticks};

use super::window::{Place, RING, Window};

/// The beats of a slice of the window.
const BEATS: usize = 1 << Window::BEAT_BITS;

#[derive(Debug)]
pub(super) struct Queue {
    changes: Box<[i32]>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { changes: vec![0; RING * BEATS].into() }
    }
}

impl Queue {
    /// A goroutine takes a step.
    #[inline]
    pub(super) fn step(&mut self, from: GoState, to: GoState, at: Ticks, window: &Window) {
        let change = i32::from(to == GoState::Runnable) - i32::from(from == GoState::Runnable);
        if change != 0
            && let Some(beat) = window.beat(at)
        {
            let beat = &mut self.changes[beat % (RING * BEATS)];
            *beat = beat.wrapping_add(change);
        }
    }

    pub(super) fn clear(&mut self, place: Place) {
        self.changes[place * BEATS..][..BEATS].fill(0);
    }

    /// The most at the end of any beat in the window up to a moment. Now it is so many.
    pub(super) fn most(&self, now: u64, until: Ticks, window: &Window) -> u64 {
        let (mut waiting, mut most) = (i64::try_from(now).unwrap_or(i64::MAX), 0);
        for (start, beat) in window.beats_back() {
            if start <= until {
                most = most.max(waiting);
            }
            waiting = waiting.saturating_sub(self.changes[beat % (RING * BEATS)].into());
        }
        u64::try_from(most).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_found_whatever_comes_first() {
        use GoState::{Runnable, Running, Waiting};
        let steps = [
            (Waiting, Runnable, 2000),
            (Waiting, Runnable, 2100),
            (Runnable, Running, 2900),
            (Runnable, Running, 3500),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let mut window = Window::new(8 << 10);
            _ = window.turn(Ticks(4000));
            let mut queue = Queue::default();
            for step in order {
                let (from, to, at) = steps[step];
                queue.step(from, to, Ticks(at), &window);
            }
            assert_eq!(queue.most(0, Ticks(4000), &window), 2);
            assert_eq!((queue.most(0, Ticks(2050), &window), queue.most(3, Ticks(4000), &window)), (1, 5));
            queue.clear(2);
            assert_eq!(queue.most(0, Ticks(4000), &window), 1);
        }
    }
}
