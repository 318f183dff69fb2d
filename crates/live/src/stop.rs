//! The flag that ends a source early, from another thread or a signal's handler.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a source waits before it looks at the flag again.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// Ends a [`LiveSource`](crate::LiveSource) early: its next read, or the one that waits, fails with
/// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped) within a tenth of a second. Clones are the same flag.
///
/// ```
/// use goscope_live::Stop;
///
/// let stop = Stop::default();
/// let handler = stop.clone();
/// handler.set();
/// assert!(stop.is_set());
/// ```
#[derive(Clone, Default, Debug)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends what has this flag. That can't be taken back.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has been set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps for a while, or until the flag is set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let stop = goscope_live::Stop::default();
    /// stop.set();
    /// stop.sleep(Duration::from_secs(60)); // returns at once
    /// ```
    pub fn sleep(&self, duration: Duration) {
        let end = Instant::now() + duration;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.is_set() {
                return;
            }
            thread::sleep(left.min(SLICE));
        }
    }
}
