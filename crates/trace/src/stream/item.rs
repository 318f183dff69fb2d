//! What a stream gives: events, and what it learns later about those it gave before.

use crate::{
    error::ErrorKind,
    event::{Event, WallTime},
    generation::ExperimentalBatch,
    tables::{StackId, StringId},
    time::{TickLength, Ticks, TraceTime},
};

/// An event whose time may be known in ticks only.
pub type StreamEvent = Event<StreamTime>;

/// When something happened, as far as that is known when it is told.
///
/// ```
/// use goscope_trace::{StreamTime, Ticks, TraceTime};
///
/// let time = StreamTime { ticks: Ticks(10), time: Some(TraceTime(640)), is_estimate: true };
/// assert_eq!(time.to_string(), "~640");
/// assert_eq!(StreamTime { time: None, ..time }.to_string(), "10 ticks");
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StreamTime {
    /// By the file's own clock.
    pub ticks: Ticks,
    /// In nanoseconds, if the length of a tick is known.
    pub time: Option<TraceTime>,
    /// Whether the length of a tick is that of the generation before, because this one has not told it yet. It is
    /// nearly always the same: clocks that count at a fixed rate tell the same each time, measured ones differ by
    /// a few millionths.
    pub is_estimate: bool,
}

impl std::fmt::Display for StreamTime {
    /// Nanoseconds, with "~" before an estimate, or else ticks.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.time {
            Some(time) if self.is_estimate => write!(f, "~{time}"),
            Some(time) => write!(f, "{time}"),
            None => write!(f, "{} ticks", self.ticks),
        }
    }
}

/// Something that a stream gives. The [module](crate::stream) says what comes when.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamItem {
    /// A generation begins: its number. A trace of family v1 is one generation, with the number 1.
    GenerationBegin(u64),
    /// Something happened.
    Event(StreamEvent),
    /// From here on this string is known.
    String(StringId),
    /// From here on the frames of this stack are known. The strings that they name may come later.
    Stack(StackId),
    /// How long a tick of this generation is.
    TickLength(TickLength),
    /// What the clocks of the system showed in this generation: since 1.25.
    Clock(StreamClock),
    /// A batch of an experiment of the runtime.
    ExperimentalBatch(ExperimentalBatch),
    /// Something is wrong. Reading goes on behind it, unless this is the last item but the generation's end.
    Damage(Box<Damage>),
    /// A generation has ended: its number. What is not known now of its strings and stacks never will be.
    GenerationEnd(u64),
}

/// What several clocks showed at nearly the same moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StreamClock {
    /// The clock of the trace.
    pub trace: StreamTime,
    /// The monotonic clock of the system, in nanoseconds.
    pub mono: u64,
    /// The wall clock.
    pub wall: WallTime,
}

/// Something that is wrong with a stream.
#[derive(Debug)]
pub struct Damage {
    /// What.
    pub kind: ErrorKind,
    /// Where, in bytes from the start of the file.
    pub offset: u64,
    /// The bytes that are passed over because of it: `None` if there is no place where reading can go on.
    pub skipped: Option<u64>,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            // Errors of the bytes say where they are themselves.
            ErrorKind::Wire(error) => write!(f, "{error}"),
            kind => write!(f, "{kind}, at byte {}", self.offset),
        }
    }
}
