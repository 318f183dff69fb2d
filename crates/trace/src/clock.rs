//! Times of a trace as times of other clocks: since its start, of the system's monotonic clock, of the wall clock.
//!
//! Since Go 1.25 every generation begins with what the clocks of the system showed; [`Clock`] counts from the
//! last of these snapshots. Time can be adjusted in between: then the wall clock jumps, as it did.

use std::time::Duration;

use crate::{
    event::{ClockSnapshot, Event, EventKind, WallTime},
    filter::Moment,
    time::TraceTime,
};

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// Tells the time on other clocks. It has to be shown every event, in order.
///
/// ```
/// use goscope_trace::{Clock, Reader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut clock = Clock::default();
/// while let Some(event) = reader.next_event()? {
///     clock.observe(&event);
///     let wall = clock.wall(event.time).expect("Go 1.27 writes snapshots");
///     println!("{:?} after the start, at {}.{:09}", clock.elapsed(event.time), wall.seconds, wall.nanoseconds);
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Clock {
    start: Option<TraceTime>,
    snapshot: Option<ClockSnapshot>,
}

impl Clock {
    /// Takes note of the start of the trace, and of snapshots.
    #[inline]
    pub fn observe(&mut self, event: &Event) {
        if let EventKind::Sync(sync) = event.kind {
            self.snapshot = sync.clock.filter(ClockSnapshot::is_known).or(self.snapshot);
        }
        self.start.get_or_insert(event.time);
    }

    /// The time since the first event: zero before it, and before any event was shown.
    #[must_use]
    pub fn elapsed(&self, time: TraceTime) -> Duration {
        let start = self.start.unwrap_or(time);
        Duration::from_nanos(u64::try_from(i128::from(time.0) - i128::from(start.0)).unwrap_or(0))
    }

    /// The monotonic clock of the system, in nanoseconds; `None` if the trace does not tell.
    ///
    /// ```
    /// use goscope_trace::{Clock, Reader};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let (mut reader, mut clock) = (Reader::new(file)?, Clock::default());
    /// while let Some(event) = reader.next_event()? {
    ///     clock.observe(&event);
    ///     println!("{:?}, {:?} ns of CLOCK_MONOTONIC", clock.elapsed(event.time), clock.mono(event.time));
    ///     # assert!(clock.mono(event.time).is_some());
    /// }
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn mono(&self, time: TraceTime) -> Option<u64> {
        self.snapshot.map(|snapshot| snapshot.mono.saturating_add_signed(time.since(snapshot.trace)))
    }

    /// What the clocks showed at a time, if the trace tells.
    ///
    /// ```
    /// assert_eq!(goscope_trace::Clock::default().snapshot(goscope_trace::TraceTime(5)), None);
    /// ```
    #[must_use]
    pub fn snapshot(&self, trace: TraceTime) -> Option<ClockSnapshot> {
        let (mono, wall) = (self.mono(trace)?, self.wall(trace)?);
        Some(ClockSnapshot { trace, mono, wall })
    }

    /// The wall clock; `None` if the trace does not tell: before Go 1.25 (also if it was converted), and before any event was shown.
    ///
    /// ```
    /// use goscope_trace::{Clock, TraceTime};
    ///
    /// assert_eq!(Clock::default().wall(TraceTime(5)), None);
    /// ```
    #[must_use]
    pub fn wall(&self, time: TraceTime) -> Option<WallTime> {
        self.snapshot.map(|snapshot| after(snapshot.wall, time.since(snapshot.trace)))
    }

    /// The time of the trace at a moment. `None` if that is a wall time, and the trace has not told one so far.
    ///
    /// ```
    /// use goscope_trace::{Clock, Moment};
    /// use std::time::Duration;
    ///
    /// assert_eq!(Clock::default().time_of(Moment::SinceStart(Duration::from_secs(1))), None); // since what?
    /// ```
    #[must_use]
    pub fn time_of(&self, moment: Moment) -> Option<TraceTime> {
        let (origin, nanoseconds) = match moment {
            Moment::SinceStart(duration) => {
                (self.start?, i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX))
            }
            Moment::Wall(wall) => {
                let snapshot = self.snapshot?;
                (snapshot.trace, whole(wall).saturating_sub(whole(snapshot.wall)))
            }
        };
        let time = i128::from(origin.0).saturating_add(nanoseconds);
        Some(TraceTime(time.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64))
    }
}

/// Nanoseconds since 1970.
fn whole(wall: WallTime) -> i128 {
    i128::from(wall.seconds) * NANOSECONDS_PER_SECOND + i128::from(wall.nanoseconds)
}

/// The wall time so many nanoseconds later. Up to the end of time; the nanoseconds are less than a second.
fn after(wall: WallTime, nanoseconds: i64) -> WallTime {
    let whole = whole(wall) + i128::from(nanoseconds);
    let seconds = whole.div_euclid(NANOSECONDS_PER_SECOND);
    let end = if seconds < 0 { i64::MIN } else { i64::MAX };
    WallTime {
        seconds: i64::try_from(seconds).unwrap_or(end),
        nanoseconds: whole.rem_euclid(NANOSECONDS_PER_SECOND) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::Sync,
        id::{GoId, ProcId, ThreadId},
        tables::StackId,
    };

    fn event(time: i64, kind: EventKind) -> Event {
        let (thread, proc, goroutine) = (ThreadId::NONE, ProcId::NONE, GoId::NONE);
        Event { time: TraceTime(time), thread, proc, goroutine, stack: StackId::NONE, kind }
    }

    fn sync(n: u32, snapshot: Option<(i64, u64, i64, i64)>) -> EventKind {
        let clock = snapshot.map(|(trace, mono, seconds, nanoseconds)| ClockSnapshot {
            trace: TraceTime(trace),
            mono,
            wall: WallTime { seconds, nanoseconds },
        });
        EventKind::Sync(Sync { n, clock })
    }

    fn clock(events: &[Event]) -> Clock {
        let mut clock = Clock::default();
        events.iter().for_each(|event| clock.observe(event));
        clock
    }

    #[test]
    fn clocks_count_from_the_last_snapshot() {
        let first = event(100, sync(1, Some((110, 1000, 5, 999_999_999))));
        let middle = event(200, EventKind::StackSample);
        let known = clock(&[first, middle]);
        assert_eq!(known.elapsed(TraceTime(150)), Duration::from_nanos(50));
        assert_eq!(known.mono(TraceTime(100)), Some(990));
        assert_eq!(known.wall(TraceTime(111)), Some(WallTime { seconds: 6, nanoseconds: 0 }));
        assert_eq!(known.wall(TraceTime(109)), Some(WallTime { seconds: 5, nanoseconds: 999_999_998 }));
        let later =
            clock(&[first, middle, event(300, sync(2, Some((300, 7, 9, 0)))), event(400, sync(3, None))]);
        assert_eq!(later.mono(TraceTime(301)), Some(8));
        assert_eq!(later.elapsed(TraceTime(301)), Duration::from_nanos(201));
    }

    #[test]
    fn moments_have_times_that_the_clock_shows_as_these_moments() {
        let known = clock(&[event(100, sync(1, Some((110, 1000, 5, 999_999_999))))]);
        for time in [100, 109, 110, 111, 5_000_000_000].map(TraceTime) {
            let moments = [known.wall(time).map(Moment::Wall), Some(Moment::SinceStart(known.elapsed(time)))];
            assert_eq!(moments.map(|moment| known.time_of(moment.unwrap())), [Some(time); 2]);
        }
        let unknown = clock(&[event(100, sync(1, None))]);
        assert_eq!(unknown.time_of(Moment::Wall(WallTime { seconds: 0, nanoseconds: 0 })), None);
        assert_eq!(known.time_of(Moment::SinceStart(Duration::MAX)), Some(TraceTime(i64::MAX)));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let clock = clock(&[event(100, sync(1, None))]);
        assert_eq!((clock.mono(TraceTime(100)), clock.wall(TraceTime(100))), (None, None));
        assert_eq!(Clock::default().elapsed(TraceTime(5)), Duration::ZERO);
    }

    #[test]
    fn snapshots_out_of_range_stay_at_the_end_of_time() {
        let snapshot = Some((i64::MIN, u64::MAX, i64::MAX, i64::MAX));
        let clock = clock(&[event(i64::MIN, sync(1, snapshot))]);
        assert_eq!(clock.mono(TraceTime(i64::MAX)), Some(u64::MAX));
        assert_eq!(clock.wall(TraceTime(i64::MAX)).map(|wall| wall.seconds), Some(i64::MAX));
        assert_eq!(clock.elapsed(TraceTime(i64::MAX)), Duration::from_nanos(u64::MAX));
    }
}
