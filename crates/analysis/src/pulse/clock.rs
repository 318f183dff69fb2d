//! The clock of a pulse. Moments are ticks, which go on from one trace to the next one; how long a tick is may be
//! known much later, and so nothing but what is told to the outside is in nanoseconds.

use goscope_trace::{TickLength, Ticks, TraceTime};

/// How long a tick is since Go 1.22, but on Windows: the clock counts so.
const USUAL: f64 = 64.0;
/// How long a tick of family v1 is on a processor that counts three thousand millions of cycles a second: on most, as
/// many are 64 cycles.
const USUAL_V1: f64 = 64.0 / 3.0;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Length {
    /// Nobody has said anything.
    Unknown,
    /// The caller has.
    Assumed(TickLength),
    /// The trace has.
    Told(TickLength),
}

#[derive(Debug)]
pub(super) struct Clock {
    length: Length,
    /// So many ticks are the moments of this trace behind those of its file.
    ahead: u64,
    /// Whether another trace has begun, of which no event has come yet.
    is_new: bool,
    is_v1: bool,
    now: Ticks,
    first: Option<Ticks>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { length: Length::Unknown, ahead: 0, is_new: true, is_v1: false, now: Ticks(0), first: None }
    }
}

impl Clock {
    /// Whether the trace that begins is of family v1.
    pub(super) fn set_family(&mut self, is_v1: bool) {
        self.is_v1 = is_v1;
    }

    pub(super) fn is_v1(&self) -> bool {
        self.is_v1
    }

    pub(super) fn assume(&mut self, length: TickLength) {
        if !matches!(self.length, Length::Told(_)) {
            self.length = Length::Assumed(length);
        }
    }

    pub(super) fn tell(&mut self, length: TickLength) {
        self.length = Length::Told(length);
    }

    pub(super) fn is_told(&self) -> bool {
        matches!(self.length, Length::Told(_))
    }

    fn tick(&self) -> f64 {
        match self.length {
            Length::Unknown if self.is_v1 => USUAL_V1,
            Length::Unknown => USUAL,
            Length::Assumed(length) | Length::Told(length) => length.in_nanoseconds(),
        }
    }

    /// So many ticks in nanoseconds.
    pub(super) fn nanoseconds(&self, ticks: u64) -> i64 {
        (ticks as f64 * self.tick()) as i64
    }

    /// So many nanoseconds in ticks. What has no end has none in ticks.
    pub(super) fn ticks(&self, nanoseconds: i64) -> u64 {
        if nanoseconds == i64::MAX { u64::MAX } else { (nanoseconds.max(0) as f64 / self.tick()) as u64 }
    }

    pub(super) fn time(&self, moment: Ticks) -> TraceTime {
        TraceTime(self.nanoseconds(moment.0))
    }

    /// The latest moment.
    pub(super) fn now(&self) -> Ticks {
        self.now
    }

    /// The latest moment by the clock of the file.
    pub(super) fn latest_in_file(&self) -> Ticks {
        Ticks(self.now.0.wrapping_sub(self.ahead))
    }

    /// When all began.
    pub(super) fn first(&self) -> Ticks {
        self.first.unwrap_or(self.now)
    }

    /// Another trace begins, whose clock may begin anew.
    pub(super) fn restart(&mut self) {
        self.is_new = true;
    }

    /// The moment of an event.
    #[inline]
    pub(super) fn moment(&mut self, ticks: Ticks, slack: u64) -> Ticks {
        if self.is_new {
            self.begin(ticks, slack);
        }
        let moment = Ticks(ticks.0.wrapping_add(self.ahead));
        self.now = self.now.max(moment);
        moment
    }

    /// A clock that goes on is not much behind what it was; one that was set back goes on where the last one ended.
    #[cold]
    fn begin(&mut self, ticks: Ticks, slack: u64) {
        self.is_new = false;
        let goes_on = ticks.0.saturating_add(slack) >= self.now.0;
        self.ahead = if goes_on { 0 } else { self.now.0.wrapping_sub(ticks.0) };
        self.first.get_or_insert(ticks);
    }
}
