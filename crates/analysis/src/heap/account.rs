//! Accounts of memory: what was there, what came, what went.

/// Some pieces of memory.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How large they are together.
    pub bytes: u64,
}

impl Tally {
    /// With one more.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.add_all(Self { count: 1, bytes });
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn without(self, other: Self) -> Self {
        let count = self.count.saturating_sub(other.count);
        Self { count, bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// What the trace tells of some kind of memory.
///
/// ```
/// use goscope_analysis::heap::{Account, Tally};
///
/// let before = Tally { count: 1, bytes: 16 };
/// let (allocated, freed) = (Tally { count: 5, bytes: 80 }, Tally { count: 2, bytes: 32 });
/// assert_eq!(Account { before, allocated, freed }.live(), Tally { count: 4, bytes: 64 });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Account {
    /// What was there as the trace began.
    pub before: Tally,
    /// What was allocated during the trace.
    pub allocated: Tally,
    /// What was freed during the trace: of both.
    pub freed: Tally,
}

impl Account {
    /// What is there as the trace ends.
    #[must_use]
    pub fn live(&self) -> Tally {
        let mut live = self.before;
        live.add_all(self.allocated);
        live.without(self.freed)
    }

    /// Whether it tells of nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is there now was there before, and all that comes later is counted anew.
    pub(crate) fn begin(&mut self) {
        *self = Self { before: self.live(), ..Self::default() };
    }

    /// Something comes, or is there already.
    pub(crate) fn come(&mut self, bytes: u64, is_new: bool) {
        if is_new { self.allocated.add(bytes) } else { self.before.add(bytes) }
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.before.add_all(other.before);
        self.allocated.add_all(other.allocated);
        self.freed.add_all(other.freed);
    }
}
