//! What goes wrong with a source, and whose fault it is.

use std::{fmt, io, time::Duration};

/// Why a source has no more bytes: what happened, and where.
///
/// It is inside the [`io::Error`] of a read, too.
///
/// ```
/// use goscope_live::{Error, ErrorKind, Fault, Target};
///
/// let error = Target::parse("gopher://host").expect_err("no such protocol");
/// assert_eq!(error.fault(), Fault::Caller);
/// let io = std::io::Error::from(error);
/// assert!(matches!(Error::of(&io).map(Error::kind), Some(ErrorKind::Place(_))));
/// ```
#[derive(Debug)]
pub struct Error {
    place: String,
    kind: ErrorKind,
}

/// What happened.
///
/// ```
/// use std::{io::Read, time::Duration};
/// use goscope_live::{ErrorKind, Limits, LiveSource, Options};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace");
/// let limits = Limits { silence: Some(Duration::from_millis(10)), ..Limits::default() };
/// let mut source = LiveSource::follow(path.as_ref(), &Options { limits, ..Options::default() })?;
/// let error = source.read_to_end(&mut Vec::new()).expect_err("the file does not grow");
/// let error: goscope_live::Error = error.downcast()?;
/// assert!(matches!(error.kind(), ErrorKind::Silent(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was given is no place, or an option for it makes no sense: why.
    Place(String),
    /// There is no connection: why.
    Unreachable(String),
    /// There is no connection after so long.
    ConnectTimeout(Duration),
    /// The other side is not who it should be, or does not agree on encryption: why.
    Tls(String),
    /// The certificate of the other side does not show who it is: why, and what helps.
    Untrusted(String),
    /// The server redirects to where nothing can be asked: where to.
    Redirect(String),
    /// The server answers with an error.
    Refused {
        /// The status of HTTP, with its name.
        status: String,
        /// The first words of the answer, if it has any.
        words: Option<String>,
    },
    /// The server's answer is no HTTP: why.
    Protocol(String),
    /// Nothing has come for so long.
    Silent(Duration),
    /// The head of the answer has begun, but is not complete after so long.
    HeadTimeout(Duration),
    /// The answer has not ended after so long, whatever came of it.
    Deadline(Duration),
    /// The connection broke in the middle of the answer.
    Cut,
    /// The caller's [`Stop`](crate::Stop) has been set.
    Stopped,
    /// The system fails.
    Io(io::Error),
}

/// Who can do something about an error.
///
/// ```
/// use goscope_live::{Fault, LiveSource, Options, Target};
///
/// let target = Target::parse("unix:/no/such/socket")?;
/// let error = LiveSource::fetch(&target, &Options::default(), &mut |_| {}).expect_err("nobody listens");
/// assert_eq!(error.fault(), Fault::Network);
/// # Ok::<(), goscope_live::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Who named the place, or set the [`Stop`](crate::Stop).
    Caller,
    /// What is between here and there, or nobody listens there.
    Network,
    /// The program at the other end.
    Server,
    /// This system.
    System,
}

impl Error {
    pub(crate) fn new(place: impl fmt::Display, kind: ErrorKind) -> Self {
        Self { place: place.to_string(), kind }
    }

    /// The error inside one of reading, if it comes from a source.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self.kind {
            ErrorKind::Place(_) | ErrorKind::Stopped => Fault::Caller,
            ErrorKind::Unreachable(_) | ErrorKind::ConnectTimeout(_) | ErrorKind::Cut => Fault::Network,
            ErrorKind::Tls(_)
            | ErrorKind::Untrusted(_)
            | ErrorKind::Redirect(_)
            | ErrorKind::Refused { .. }
            | ErrorKind::Protocol(_)
            | ErrorKind::Silent(_)
            | ErrorKind::HeadTimeout(_)
            | ErrorKind::Deadline(_) => Fault::Server,
            ErrorKind::Io(_) => Fault::System,
        }
    }

    /// Whether the caller has stopped the source.
    ///
    /// ```
    /// use std::io::Read;
    /// use goscope_live::{Error, LiveSource, Options};
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/channels_go1.27.3.trace");
    /// let options = Options::default();
    /// let mut source = LiveSource::follow(path.as_ref(), &options)?;
    /// options.stop.set();
    /// let error = source.read(&mut [0]).expect_err("it is stopped");
    /// assert!(Error::of(&error).is_some_and(Error::is_stop));
    /// # Ok::<(), goscope_live::Error>(())
    /// ```
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(self.kind, ErrorKind::Stopped)
    }

    /// Whether a server refuses a trace of this length, because it allows less time to write an answer.
    ///
    /// Source: Go 1.21.13 `net/http/pprof/pprof.go` (`Trace`). Go 1.27 allows it longer.
    ///
    /// ```
    /// use goscope_live::Target;
    ///
    /// let error = Target::parse("gopher://host").expect_err("no such protocol");
    /// assert!(!error.is_too_long());
    /// ```
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        matches!(&self.kind, ErrorKind::Refused { words: Some(words), .. } if words.contains("WriteTimeout"))
    }

    /// Whether another attempt to connect may have more luck.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Unreachable(_) | ErrorKind::ConnectTimeout(_))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(why) => f.write_str(why),
            Self::Unreachable(why) => write!(f, "no connection: {why}"),
            Self::ConnectTimeout(limit) => write!(f, "no connection within {limit:?}"),
            Self::Tls(why) | Self::Untrusted(why) => write!(f, "no secure connection: {why}"),
            Self::Redirect(whither) => write!(f, "the server redirects {whither}"),
            Self::Refused { status, words: Some(words) } => write!(f, "the server says {status}: {words}"),
            Self::Refused { status, words: None } => write!(f, "the server says {status}, and nothing more"),
            Self::Protocol(why) => write!(f, "the server's answer makes no sense: {why}"),
            Self::Silent(limit) => write!(f, "nothing has come for {limit:?}"),
            Self::HeadTimeout(limit) => write!(f, "the head of the answer is not complete after {limit:?}"),
            Self::Deadline(limit) => write!(f, "the answer has not ended after {limit:?}"),
            Self::Cut => f.write_str("the connection broke in the middle"),
            Self::Stopped => f.write_str("stopped"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error.kind {
            ErrorKind::Place(_) => io::ErrorKind::InvalidInput,
            ErrorKind::Unreachable(_) => io::ErrorKind::NotConnected,
            ErrorKind::ConnectTimeout(_)
            | ErrorKind::Silent(_)
            | ErrorKind::HeadTimeout(_)
            | ErrorKind::Deadline(_) => io::ErrorKind::TimedOut,
            ErrorKind::Cut => io::ErrorKind::UnexpectedEof,
            ErrorKind::Io(error) => error.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
