//! How many goroutines are in each state.

use goscope_trace::GoState;

use crate::pulse::States;

/// Goroutines by state.
#[derive(Clone, Copy, Default, Debug)]
pub(in crate::pulse) struct Counts([u64; 6]);

impl Counts {
    /// One of them is in another state now.
    #[inline]
    pub(in crate::pulse) fn step(&mut self, from: GoState, to: GoState) {
        let counter = &mut self.0[from as usize];
        *counter = counter.wrapping_sub(1);
        self.add(to);
    }

    /// One more is in a state.
    #[inline]
    pub(in crate::pulse) fn add(&mut self, state: GoState) {
        let counter = &mut self.0[state as usize];
        *counter = counter.wrapping_add(1);
    }

    /// Those that are there.
    pub(in crate::pulse) fn get(&self) -> States {
        let of = |state: GoState| self.0[state as usize];
        States {
            running: of(GoState::Running),
            runnable: of(GoState::Runnable),
            waiting: of(GoState::Waiting),
            syscall: of(GoState::Syscall),
        }
    }
}
