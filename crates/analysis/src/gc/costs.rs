//! What garbage collection cost: times that procs spent on it, and times that the program lost.

/// What was done to collect garbage while the program ran. All times are in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Costs {
    /// Marking in the background.
    pub workers: Workers,
    /// Goroutines that had to help with marking.
    pub assists: Assists,
    /// Sweeping by those who wanted memory.
    pub sweeps: Sweeps,
}

impl Costs {
    /// The time that procs marked.
    ///
    /// ```
    /// use goscope_analysis::gc::{Assists, Costs, Workers};
    ///
    /// let workers = Workers { dedicated: 50, fractional: 5, idle: 1 };
    /// let assists = Assists { count: 2, time: 100, running: 15, marking: 10 };
    /// assert_eq!(Costs { workers, assists, ..Costs::default() }.marking(), 66);
    /// ```
    #[must_use]
    pub const fn marking(&self) -> i64 {
        self.workers.total().saturating_add(self.assists.marking)
    }
}

/// How long workers marked in the background. What they do behind the end of a mark phase does not count.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Workers {
    /// Those that have a proc for themselves.
    pub dedicated: i64,
    /// Those that have a part of a proc.
    pub fractional: i64,
    /// Those that use procs that are idle.
    pub idle: i64,
}

impl Workers {
    /// How long all of them did.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.dedicated.saturating_add(self.fractional).saturating_add(self.idle)
    }
}

/// How goroutines that allocated had to help with marking.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Assists {
    /// How often.
    pub count: u64,
    /// How long that kept them: running, or waiting for work of others that they could take credit for.
    pub time: i64,
    /// How long they ran meanwhile.
    pub running: i64,
    /// How much of that was in mark phases: whoever finds that all is marked ends that in an assist.
    pub marking: i64,
}

impl Assists {
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.time = self.time.saturating_add(other.time);
        self.running = self.running.saturating_add(other.running);
        self.marking = self.marking.saturating_add(other.marking);
    }
}

/// How procs swept before they could allocate.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sweeps {
    /// How often.
    pub count: u64,
    /// How long.
    pub time: i64,
    /// Bytes looked at.
    pub swept: u64,
    /// Bytes free again.
    pub reclaimed: u64,
}

/// How the world was stopped for garbage collection.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pauses {
    /// How often.
    pub count: u64,
    /// How long, in nanoseconds.
    pub time: i64,
    /// The longest time.
    pub longest: i64,
}

impl Pauses {
    pub(super) fn add(&mut self, time: i64) {
        self.count += 1;
        self.time = self.time.saturating_add(time);
        self.longest = self.longest.max(time);
    }
}
