//! How long to wait before somebody is asked again.

use std::time::Duration;

/// The pauses between attempts: a quarter of a second, then twice as long each time, up to eight seconds.
///
/// ```
/// use goscope_live::Backoff;
///
/// let mut backoff = Backoff::default();
/// assert_eq!([(); 7].map(|()| backoff.next_pause().as_millis()), [250, 500, 1000, 2000, 4000, 8000, 8000]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(Self::FIRST)
    }
}

impl Backoff {
    /// The first pause.
    ///
    /// ```
    /// assert_eq!(goscope_live::Backoff::FIRST, goscope_live::Backoff::default().next_pause());
    /// ```
    pub const FIRST: Duration = Duration::from_millis(250);
    const LAST: Duration = Duration::from_secs(8);

    /// The pause behind an attempt that failed.
    ///
    /// ```
    /// use goscope_live::{Backoff, Stop};
    ///
    /// let (mut backoff, stop) = (Backoff::default(), Stop::default());
    /// stop.set();
    /// stop.sleep(backoff.next_pause()); // returns at once
    /// ```
    pub fn next_pause(&mut self) -> Duration {
        let next = (self.0 * 2).min(Self::LAST);
        std::mem::replace(&mut self.0, next)
    }
}
