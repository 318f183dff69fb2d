//! Time: ticks of a file, and nanoseconds of a trace.

use std::fmt;

/// A moment of a trace's own clock, in nanoseconds.
///
/// The clock is monotonic; where it starts is the system's business. No two events of a trace that is read
/// in order have the same time, up to the end of time: 292 years.
///
/// Source: Go 1.27.3 `internal/trace/event.go` (`Time`).
///
/// ```
/// use goscope_trace::{Reader, TraceTime};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = Reader::new(file)?;
/// let mut times = Vec::new();
/// while let Some(event) = reader.next_event()? {
///     times.push(event.time);
/// }
/// if let [TraceTime(first), .., TraceTime(last)] = times[..] {
///     println!("the trace is {} ns long", last - first);
/// }
/// # assert!(times.is_sorted_by(|a, b| a < b));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct TraceTime(pub i64);

impl TraceTime {
    /// How much later it is than another moment, in nanoseconds: less than nothing, if it is earlier. What does not fit is
    /// the most that does.
    ///
    /// ```
    /// use goscope_trace::TraceTime;
    ///
    /// assert_eq!(TraceTime(7).since(TraceTime(10)), -3);
    /// assert_eq!(TraceTime(i64::MAX).since(TraceTime(i64::MIN)), i64::MAX);
    /// ```
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The next moment.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The moment so many nanoseconds later; behind the end of time comes its beginning, as in Go's reader.
    #[must_use]
    pub(crate) const fn after(self, nanoseconds: i64) -> Self {
        Self(self.0.wrapping_add(nanoseconds))
    }
}

impl fmt::Display for TraceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A moment of a file's own clock, in ticks. Where the clock starts is the system's business, and how long a tick
/// is the trace tells: [`TickLength`].
///
/// ```
/// use goscope_trace::{StreamItem, StreamReader, Ticks};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let mut earliest = Ticks(u64::MAX);
/// while let Some(item) = reader.next_item()? {
///     if let StreamItem::Event(event) = item {
///         earliest = earliest.min(event.time.ticks);
///     }
/// }
/// println!("the trace begins at {earliest} ticks");
/// # assert!(earliest < Ticks(u64::MAX));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Ticks(pub u64);

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The length of a tick of the file's clock.
///
/// Source: Go 1.27.3 `internal/trace/base.go` (`frequency`), Go 1.21.13 `internal/trace/parser.go`.
///
/// ```
/// use goscope_trace::{StreamItem, StreamReader, Ticks};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.21.13.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let (mut first, mut last) = (Ticks(u64::MAX), Ticks(0));
/// while let Some(item) = reader.next_item()? {
///     match item {
///         StreamItem::Event(event) => {
///             (first, last) = (first.min(event.time.ticks), last.max(event.time.ticks));
///         }
///         StreamItem::TickLength(length) => {
///             println!("the trace is {} ns long", length.between(first, last));
///             # assert!(length.between(first, last) > 0);
///         }
///         _ => {}
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TickLength {
    nanoseconds: f64,
}

impl TickLength {
    /// The time from one moment of the file's clock to another one in nanoseconds, rounded towards zero. Negative
    /// if that one is earlier.
    #[must_use]
    pub fn between(self, from: Ticks, to: Ticks) -> i64 {
        (to.0.wrapping_sub(from.0).cast_signed() as f64 * self.nanoseconds) as i64
    }

    /// A length in nanoseconds, for who has measured it because the trace has not told it yet: `None` if it is not
    /// more than nothing, or infinite.
    ///
    /// ```
    /// use goscope_trace::{TickLength, Ticks};
    ///
    /// // A thousand ticks took 21 microseconds.
    /// let length = TickLength::of_nanoseconds(21_000.0 / 1000.0);
    /// assert_eq!(length.map(|length| length.between(Ticks(0), Ticks(500))), Some(10_500));
    /// assert_eq!(TickLength::of_nanoseconds(0.0), None);
    /// ```
    #[must_use]
    pub fn of_nanoseconds(nanoseconds: f64) -> Option<Self> {
        (nanoseconds > 0.0 && nanoseconds.is_finite()).then_some(Self { nanoseconds })
    }

    /// The length in nanoseconds. On Linux it is mostly 64: the clock counts so.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader};
    ///
    /// let mut reader = StreamReader::new(std::fs::File::open("../../corpus/channels_go1.27.3.trace")?)?;
    /// while let Some(item) = reader.next_item()? {
    ///     if let StreamItem::TickLength(length) = item {
    ///         println!("a tick is {} ns long", length.in_nanoseconds());
    ///         # assert_eq!(length.in_nanoseconds(), 64.0);
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_nanoseconds(self) -> f64 {
        self.nanoseconds
    }

    /// A moment of the file's clock as a moment of the trace's: in family v2, where both start at the same time.
    ///
    /// ```
    /// use goscope_trace::{StreamItem, StreamReader, Ticks};
    ///
    /// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
    /// let mut reader = StreamReader::new(file)?;
    /// let (mut latest, mut length) = (Ticks(0), None);
    /// while let Some(item) = reader.next_item()? {
    ///     match item {
    ///         StreamItem::Event(event) => latest = latest.max(event.time.ticks),
    ///         StreamItem::TickLength(known) => length = Some(known),
    ///         _ => {}
    ///     }
    /// }
    /// println!("the trace ends at {:?}", length.map(|length| length.at(latest)));
    /// # assert!(length.is_some_and(|length| length.at(latest) > length.at(Ticks(1))));
    /// # Ok::<(), goscope_trace::Error>(())
    /// ```
    #[must_use]
    pub fn at(self, ticks: Ticks) -> TraceTime {
        self.time(ticks.0)
    }

    /// The length of a tick of family v1, where a second has so many. The division is that of Go's reader of these.
    pub(crate) fn of_v1_frequency(ticks_per_second: i64) -> Self {
        Self { nanoseconds: 1e9 / ticks_per_second as f64 }
    }

    /// The length where a second has so many ticks. The division is that of Go's reader, to the last bit.
    pub(crate) fn of_frequency(ticks_per_second: u64) -> Self {
        Self { nanoseconds: 1.0 / (ticks_per_second as f64 / 1e9) }
    }

    /// So many ticks in nanoseconds, rounded towards zero.
    #[inline]
    pub(crate) fn nanoseconds(self, ticks: u64) -> i64 {
        (ticks as f64 * self.nanoseconds) as i64
    }

    /// A moment of the file's clock as a moment of the trace's.
    pub(crate) fn time(self, ticks: u64) -> TraceTime {
        TraceTime(self.nanoseconds(ticks))
    }
}

/// The length of a tick, and of the first numbers of them: most events come so soon after the one before.
#[derive(Debug)]
pub(crate) struct TickTable {
    tick: TickLength,
    few: Box<[i64; FEW]>,
}

const FEW: usize = 256;

impl TickTable {
    pub(crate) fn new(tick: TickLength) -> Self {
        Self { tick, few: Box::new(std::array::from_fn(|ticks| tick.nanoseconds(ticks as u64))) }
    }

    /// So many ticks in nanoseconds, rounded towards zero.
    #[inline(always)]
    pub(crate) fn nanoseconds(&self, ticks: u64) -> i64 {
        match self.few.get(ticks as usize) {
            Some(nanoseconds) => *nanoseconds,
            None => self.tick.nanoseconds(ticks),
        }
    }

    /// A moment of the file's clock as a moment of the trace's.
    pub(crate) fn time(&self, ticks: u64) -> TraceTime {
        self.tick.time(ticks)
    }
}
