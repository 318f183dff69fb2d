//! Where a trace can be taken apart, and what the clocks showed there.

use crate::time::TraceTime;

/// A point at which a trace can be taken apart.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut clocks = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     if let EventKind::Sync(sync) = event.kind {
///         clocks.push(sync.clock);
///     }
/// }
/// // One at the start of each generation, which has a snapshot; one at the end, which has none.
/// assert!(clocks.iter().rev().skip(1).all(|clock| clock.is_some()));
/// # assert!(clocks.len() > 2 && clocks.last() == Some(&None));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sync {
    /// Which of the trace's, from 1.
    pub n: u32,
    /// The clocks of the system at the start of the generation; `None` at the end of the trace, and before Go 1.25.
    pub clock: Option<ClockSnapshot>,
}

/// What several clocks showed at nearly the same moment.
///
/// Source: Go 1.27.3 `internal/trace/event.go`.
///
/// ```
/// use goscope_trace::{EventKind, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// while let Some(event) = reader.next_event()? {
///     let EventKind::Sync(sync) = event.kind else { continue };
///     if let Some(clock) = sync.clock {
///         println!("{} ns of the trace, {} ns of the system, {:?}", clock.trace, clock.mono, clock.wall);
///         # assert!(clock.mono > 0 && clock.wall.seconds > 1_700_000_000);
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSnapshot {
    /// The clock of the trace, in nanoseconds.
    pub trace: TraceTime,
    /// The monotonic clock of the system, in nanoseconds.
    pub mono: u64,
    /// The wall clock.
    pub wall: WallTime,
}

impl ClockSnapshot {
    /// Whether it tells anything. A trace of an older version that was converted has to have a snapshot, and has zeros there.
    ///
    /// ```
    /// use goscope_trace::{ClockSnapshot, TraceTime, WallTime};
    ///
    /// let wall = WallTime { seconds: 0, nanoseconds: 0 };
    /// assert!(!ClockSnapshot { trace: TraceTime(5), mono: 0, wall }.is_known());
    /// ```
    #[must_use]
    pub const fn is_known(&self) -> bool {
        are_known(self.mono, self.wall)
    }
}

/// Whether these are what clocks showed, and not the zeros that stand where nobody knows.
pub(crate) const fn are_known(mono: u64, wall: WallTime) -> bool {
    mono != 0 || wall.seconds != 0
}

/// A moment of the wall clock, since the epoch of Unix.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use goscope_trace::WallTime;
///
/// let wall = WallTime { seconds: 1_700_000_000, nanoseconds: 5 };
/// let system = UNIX_EPOCH + Duration::new(wall.seconds as u64, wall.nanoseconds as u32);
/// assert_eq!(system.duration_since(UNIX_EPOCH)?.as_nanos(), 1_700_000_000_000_000_005);
/// assert!(wall < WallTime { seconds: 1_700_000_001, nanoseconds: 0 });
/// # Ok::<(), std::time::SystemTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WallTime {
    /// Whole seconds.
    pub seconds: i64,
    /// And so many nanoseconds: in sane traces, and from a [`Clock`](crate::Clock), less than a second.
    pub nanoseconds: i64,
}
