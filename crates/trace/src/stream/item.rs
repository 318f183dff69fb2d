//! What a stream gives: events, and what it learns later about those it gave before.

use super::go_seq::GoSeq;
use crate::{
    error::ErrorKind,
    event::{Event, WallTime},
    generation::ExperimentalBatch,
    tables::{StackId, StringId},
    time::{TickLength, Ticks, TraceTime},
};

/// An event whose time may be known in ticks only. Its strings and stacks are those of
/// [`StreamTables`](crate::StreamTables).
///
/// ```
/// use goscope_trace::{StreamEvent, StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let mut latest: Option<StreamEvent> = None;
/// while let Some(item) = reader.next_item()? {
///     if let StreamItem::Event(event) = item {
///         latest = Some(event);
///     }
/// }
/// println!("the last event in the file is of {}", latest.expect("there are events").time);
/// # Ok::<(), goscope_trace::Error>(())
/// ```
pub type StreamEvent = Event<StreamTime>;

/// When something happened, as far as that is known when it is told.
///
/// ```
/// use goscope_trace::{StreamTime, Ticks, TraceTime};
///
/// let time = StreamTime { ticks: Ticks(10), time: Some(TraceTime(640)), is_estimate: true, ..StreamTime::default() };
/// assert_eq!(time.to_string(), "~640");
/// assert_eq!(StreamTime { time: None, ..time }.to_string(), "10 ticks");
/// ```
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct StreamTime {
    /// By the file's own clock.
    pub ticks: Ticks,
    /// In nanoseconds, if the length of a tick is known.
    pub time: Option<TraceTime>,
    /// Whether the length of a tick is that of the generation before, because this one has not told it yet. It is
    /// nearly always the same: clocks that count at a fixed rate tell the same each time, measured ones differ by
    /// a few millionths.
    pub is_estimate: bool,
    /// Of a transition of a goroutine: which one it is, where the order in which events come does not tell.
    pub go_seq: GoSeq,
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
///
/// ```
/// use goscope_trace::{StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/generations_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// let mut events = Vec::new(); // by generation
/// while let Some(item) = reader.next_item()? {
///     match item {
///         StreamItem::GenerationBegin(_) => events.push(0),
///         StreamItem::Event(_) => *events.last_mut().expect("events lie in generations") += 1,
///         StreamItem::Damage(damage) => println!("{damage}"),
///         _ => {}
///     }
/// }
/// assert!(events.len() > 1 && events.iter().all(|count| *count > 0));
/// # Ok::<(), goscope_trace::Error>(())
/// ```
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
///
/// ```
/// use goscope_trace::{StreamItem, StreamReader};
///
/// # let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace")).unwrap();
/// let mut reader = StreamReader::new(file)?;
/// while let Some(item) = reader.next_item()? {
///     if let StreamItem::Clock(clock) = item {
///         println!("the trace's {} is {} seconds after 1970", clock.trace, clock.wall.seconds);
///         # assert!(clock.wall.seconds > 1_700_000_000);
///     }
/// }
/// # Ok::<(), goscope_trace::Error>(())
/// ```
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
///
/// ```
/// use goscope_trace::{StreamDecoder, StreamItem};
///
/// let mut decoder = StreamDecoder::default();
/// decoder.push(b"go 1.21 trace\0\0\0\x45\x0a\x07\x46"); // ProcStart, and the first byte of ProcStop
/// decoder.finish();
/// let items: Vec<_> = std::iter::from_fn(|| decoder.next_item()).collect();
/// assert!(matches!(items[1], StreamItem::Event(_)));
/// let StreamItem::Damage(damage) = &items[2] else { panic!("the stream is cut") };
/// assert_eq!((damage.offset, damage.skipped), (19, None));
/// ```
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
