//! What can go wrong while a trace is read in order, where, and whose fault it is.

use std::{error, fmt};

use crate::{id::GoId, order::rule::Rule, time::TraceTime};

/// An error with its place.
///
/// ```
/// use goscope_trace::{Error, ErrorKind, GenerationError, Place, Reader, Result};
///
/// /// Reads a trace to its end, or to the first thing that is wrong.
/// fn read(trace: &[u8]) -> Result<()> {
///     let mut reader = Reader::new(trace)?;
///     while reader.next_event()?.is_some() {}
///     Ok(())
/// }
///
/// let crashed = std::fs::read("../../corpus/damaged/crash_go1.27.3.trace")?;
/// let error: Error = read(&crashed).unwrap_err();
/// assert!(error.to_string().starts_with("the trace ends within a generation"));
/// let Place { event, time, .. } = error.place();
/// println!("{event} events are fine, up to {} ns", time.0);
/// # assert!(event > 100 && time.0 > 0);
/// assert!(matches!(error.kind(), ErrorKind::Generation(GenerationError::Incomplete)));
/// assert!(matches!(error.into_kind(), ErrorKind::Generation(GenerationError::Incomplete)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    place: Place,
}

/// A result with [`Error`], which has an example.
pub type Result<T> = std::result::Result<T, Error>;

/// Where in a trace. [`Error`] has an example.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Place {
    /// The number of events before it.
    pub event: u64,
    /// The time of the last event before it, in nanoseconds.
    pub time: TraceTime,
    /// The generation, in family v2; `None` in family v1, which has none.
    pub generation: Option<u64>,
}

/// What is wrong. As text it is a sentence without the place.
///
/// ```
/// use goscope_trace::{ErrorKind, Rule};
///
/// let kind = ErrorKind::Violation(Rule::GoNotRunning);
/// assert!(kind.to_string().ends_with(&format!("({})", Rule::GoNotRunning.id())));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source of a stream failed.
    Io(std::io::Error),
    /// The bytes are wrong, or can't be read.
    Wire(goscope_wire::Error),
    /// A part of a generation is wrong.
    Generation(GenerationError),
    /// Something happens that the scheduler would not do.
    Violation(Rule),
    /// A region ends twice, or under another name than it began: [`Rule::RegionMismatch`], with what is known of it.
    Region(Box<RegionFault>),
    /// Each thread waits for what another one has to do first.
    NoOrder,
    /// The times of a trace of family v1 contradict the order of its events: clocks of processors differ.
    Unordered,
    /// There are no events in the trace.
    Empty,
    /// The version of the format has no events of the kind that is asked for.
    Unsupported(goscope_wire::FormatVersion),
}

impl ErrorKind {
    /// Returns the rule of the scheduler that is broken, if one is.
    ///
    /// ```
    /// use goscope_trace::{ErrorKind, Rule};
    ///
    /// assert_eq!(ErrorKind::Violation(Rule::GoNotRunning).rule(), Some(Rule::GoNotRunning));
    /// assert_eq!(ErrorKind::NoOrder.rule(), None);
    /// ```
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Violation(rule) => Some(*rule),
            Self::Region(_) => Some(Rule::RegionMismatch),
            _ => None,
        }
    }
}

/// A region that ends where another one is the innermost of its goroutine: it ends twice, or under another name than it
/// began, or one within it does not end.
///
/// ```
/// use goscope_trace::{ErrorKind, GoId, RegionFault, Rule};
///
/// let (goroutine, place) = (GoId(7), Some("main.handle (main.go:12)".to_owned()));
/// let fault = RegionFault { goroutine, ended: "\"read\"".into(), innermost: "\"write\"".into(), place };
/// let kind = ErrorKind::Region(Box::new(fault));
/// assert!(kind.to_string().starts_with("goroutine 7 ends the region \"read\" in main.handle (main.go:12)"));
/// assert_eq!(kind.rule(), Some(Rule::RegionMismatch));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionFault {
    /// The goroutine whose regions they are.
    pub goroutine: GoId,
    /// The region that ends: its name in quotes, and its task if it has one.
    pub ended: String,
    /// The innermost region that the goroutine is in.
    pub innermost: String,
    /// Where it ends: function, file and line; `None` if the trace does not say.
    pub place: Option<String>,
}

impl fmt::Display for RegionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { goroutine, ended, innermost, place } = self;
        write!(f, "goroutine {goroutine} ends the region {ended}")?;
        place.as_ref().map_or(Ok(()), |place| write!(f, " in {place}"))?;
        write!(
            f,
            ", but the innermost region that it is in is {innermost}: a region ends twice or under another name"
        )
    }
}

/// What is wrong with a part of a generation. [`Error`] has an example.
#[derive(Debug)]
#[non_exhaustive]
pub enum GenerationError {
    /// The number of the generation is 0.
    Zero,
    /// The generation begins before the one before it has ended.
    Interleaved,
    /// The trace ends within it.
    Incomplete,
    /// It has no strings and no stacks, and events that name some.
    NoTables,
    /// A batch says that it belongs to this generation, and those around it say another.
    OtherNumber(u64),
    /// The header of a batch is damaged.
    DamagedHeader,
    /// A batch is there twice.
    Doubled,
    /// A time does not fit between those around it.
    WrongTime,
    /// The clock of the processors jumps back, by so much.
    ClockJumpsBack(TraceTime),
    /// It does not say how long a tick is.
    NoFrequency,
    /// The number of ticks a second is less than nothing: the clocks of the processors differ.
    NegativeFrequency(i64),
    /// A goroutine leaves a system call that it has not entered, as before Go 1.21 where C calls Go.
    CallFromC,
    /// It has no snapshot of the clocks.
    NoClock,
    /// It says twice how long a tick is, or what the clocks show.
    Twice,
    /// A string, stack or sample stands where another kind of event should.
    Misplaced,
    /// A string or stack has a number that another one has.
    Duplicate(u64),
    /// A frame names a string that is not there.
    UnknownString(u64),
    /// The bytes of a batch make no sense.
    Batch(goscope_wire::ErrorKind),
    /// More threads wrote it than any program has.
    TooManyThreads,
    /// A string is longer, or a stack is deeper, than the format allows.
    TooLarge(u64),
    /// It has more strings or stacks than a stream keeps.
    NoRoom,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, place: Place) -> Self {
        Self(Box::new(Inner { kind, place }))
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What is wrong, without its place.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.place
    }
}

impl From<goscope_wire::Error> for ErrorKind {
    fn from(error: goscope_wire::Error) -> Self {
        Self::Wire(error)
    }
}

impl From<GenerationError> for ErrorKind {
    fn from(error: GenerationError) -> Self {
        Self::Generation(error)
    }
}

impl From<Rule> for ErrorKind {
    fn from(rule: Rule) -> Self {
        Self::Violation(rule)
    }
}

impl fmt::Display for GenerationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("a generation has the number 0"),
            Self::Interleaved => f.write_str("a generation begins before the one before it has ended"),
            Self::Incomplete => f.write_str(
                "the trace ends within a generation: the program ended without calling trace.Stop, or the rest \
                 of the file is missing",
            ),
            Self::NoTables => f.write_str("a generation lacks its strings and stacks, which stand at its end"),
            Self::OtherNumber(number) => {
                write!(f, "a batch says that it is of generation {number}, among those of another one")
            }
            Self::DamagedHeader => f.write_str("the header of a batch is damaged"),
            Self::WrongTime => f.write_str("a time does not fit between those around it"),
            Self::Doubled => f.write_str("a batch is there twice"),
            Self::ClockJumpsBack(by) => write!(f, "the clock of the processors jumps back, by {} ns", by.0),
            Self::NoFrequency => f.write_str("a generation does not say how long a tick is"),
            Self::NegativeFrequency(frequency) => write!(
                f,
                "the trace says that there are {frequency} ticks a second: the clocks of the processors differ"
            ),
            Self::CallFromC => f.write_str(
                "a goroutine leaves a system call that it has not entered: before Go 1.21, traces show a call from C \
                 into Go (cgo) like that",
            ),
            Self::NoClock => f.write_str("the generation has no snapshot of the clocks"),
            Self::Twice => {
                f.write_str("the generation says twice how long a tick is, or what the clocks show")
            }
            Self::Misplaced => f.write_str("an event stands in a batch of another kind"),
            Self::Duplicate(id) => write!(f, "two strings or two stacks have the number {id}"),
            Self::UnknownString(id) => write!(f, "a frame names the string {id}, which is not there"),
            Self::Batch(kind) => write!(f, "{kind}"),
            Self::NoRoom => f.write_str("the generation has more strings or stacks than are kept"),
            Self::TooManyThreads => f.write_str("more threads wrote the generation than any program has"),
            Self::TooLarge(size) => {
                write!(f, "a string or stack has the size {size}, more than the format allows")
            }
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Wire(error) => write!(f, "{error}"),
            Self::Unsupported(version) => write!(f, "traces of format {version} have no such events"),
            Self::Unordered => f.write_str(
                "the times contradict the order of the events: the clocks of the processors differ",
            ),
            Self::Empty => f.write_str("there are no events"),
            Self::Generation(error) => write!(f, "{error}"),
            Self::Violation(rule) => write!(f, "{} ({})", rule.text(), rule.id()),
            Self::Region(fault) => write!(f, "{fault} ({})", Rule::RegionMismatch.id()),
            Self::NoOrder => {
                f.write_str("no thread can go on: each waits for what another one has to do first")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        // Errors of the bytes say where they are themselves.
        if matches!(self.0.kind, ErrorKind::Io(_) | ErrorKind::Wire(_) | ErrorKind::Unsupported(_)) {
            return Ok(());
        }
        let Place { event, time, generation } = self.0.place;
        write!(f, ", after event {event}, at time {time}")?;
        generation.map_or(Ok(()), |generation| write!(f, ", in generation {generation}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("place", &self.0.place).finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Io(error) => Some(error),
            ErrorKind::Wire(error) => Some(error),
            _ => None,
        }
    }
}
