//! What an encoder could not write as the events said it.

use std::fmt;

/// What was done about an event that the format can't say as it was.
///
/// ```
/// use goscope_trace::encode::Change;
///
/// assert_eq!(Change::LeftOut.to_string(), "events left out, which the format can't say where they happened");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Change {
    /// An event was left out: what it says contradicts what is known, or it needs a goroutine or proc that is not there.
    LeftOut,
    /// A step was added without which an event could not have happened.
    Added,
    /// A thread was made up for a proc or goroutine of which the trace does not tell where it was.
    ThreadMadeUp,
    /// A string or stack was longer than Go's reader takes.
    Shortened,
}

impl Change {
    /// All of them.
    ///
    /// ```
    /// use goscope_trace::encode::{Change, Changes};
    ///
    /// assert!(Change::ALL.iter().all(|change| Changes::default().times(*change) == 0));
    /// ```
    pub const ALL: [Self; 4] = [Self::LeftOut, Self::Added, Self::ThreadMadeUp, Self::Shortened];
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeftOut => "events left out, which the format can't say where they happened",
            Self::Added => "steps added that others need",
            Self::ThreadMadeUp => "threads made up that the trace does not name",
            Self::Shortened => "strings or stacks shortened to what Go reads",
        })
    }
}

/// How often an encoder had to do what.
///
/// ```
/// use goscope_trace::encode::{Change, Changes};
///
/// let changes = Changes::default();
/// assert!(changes.is_empty() && changes.iter().next().is_none());
/// assert_eq!(changes.times(Change::Added), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    times: [u64; Change::ALL.len()],
}

impl Changes {
    /// How often.
    #[must_use]
    pub fn times(&self, change: Change) -> u64 {
        self.times[change as usize]
    }

    /// How many events were left out.
    ///
    /// ```
    /// assert_eq!(goscope_trace::encode::Changes::default().left_out(), 0);
    /// ```
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.times(Change::LeftOut)
    }

    /// Whether all was written as the events said it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times == [0; Change::ALL.len()]
    }

    /// What was done, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (Change, u64)> + '_ {
        Change::ALL.into_iter().map(|change| (change, self.times(change))).filter(|(_, times)| *times > 0)
    }

    pub(super) fn add_times(&mut self, change: Change, times: u64) {
        self.times[change as usize] += times;
    }
}
