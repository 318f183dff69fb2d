//! Who is at work when something happens, and who has to be.

use super::{rule::Rule, state::Thread};

/// Whether something has to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    Must,
    May,
    MustNot,
}

/// Who has to be there. The thread always has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    pub(super) proc: Need,
    pub(super) goroutine: Need,
}

impl Needs {
    /// What a goroutine does itself.
    pub(super) const RUNNING: Self = Self { proc: Need::Must, goroutine: Need::Must };
    /// What happens on a proc, whether or not a goroutine runs there.
    pub(super) const PROC: Self = Self { proc: Need::Must, goroutine: Need::May };
    /// What happens on a thread.
    pub(super) const THREAD: Self = Self { proc: Need::May, goroutine: Need::May };
    /// A thread gets a proc. It may have a goroutine, which then comes from a system call.
    pub(super) const FREE_OF_PROC: Self = Self { proc: Need::MustNot, goroutine: Need::May };
    /// A proc gets a goroutine.
    pub(super) const FREE_OF_GOROUTINE: Self = Self { proc: Need::Must, goroutine: Need::MustNot };
    /// What happens around system calls and calls from C: the proc may be gone.
    pub(super) const GOROUTINE: Self = Self { proc: Need::May, goroutine: Need::Must };
    /// A thread of C gets a goroutine.
    pub(super) const CALL_FROM_C: Self = Self { proc: Need::May, goroutine: Need::MustNot };
}

impl Thread {
    #[inline]
    pub(super) fn check(&self, needs: Needs) -> Result<(), Rule> {
        if !self.id.is_some() {
            return Err(Rule::NeedsThread);
        }
        check(needs.proc, self.proc.id.is_some(), Rule::NeedsProc, Rule::NeedsNoProc)?;
        check(needs.goroutine, self.goroutine.id.is_some(), Rule::NeedsGoroutine, Rule::NeedsNoGoroutine)
    }
}

#[inline]
fn check(need: Need, is_there: bool, missing: Rule, excess: Rule) -> Result<(), Rule> {
    match (need, is_there) {
        (Need::Must, false) => Err(missing),
        (Need::MustNot, true) => Err(excess),
        _ => Ok(()),
    }
}
