//! How long a source waits, and how much it takes from a server that refuses.

use std::time::Duration;

/// The bytes of a refusal that are read to tell what it says.
pub(crate) const REFUSAL: u64 = 4 << 10;

/// How long a refusal may take to come.
pub(crate) const REFUSAL_TIME: Duration = Duration::from_secs(5);

/// The characters of a refusal that are told.
pub(crate) const WORDS: usize = 200;

/// The redirections that are followed.
pub(crate) const REDIRECTS: u32 = 5;

/// The largest file of certificates.
pub(crate) const CERTIFICATES: u64 = 8 << 20;

/// How long a source waits.
///
/// ```
/// use std::time::Duration;
/// use goscope_live::Limits;
///
/// let limits = Limits { silence: Some(Duration::from_secs(90)), ..Limits::default() };
/// assert_eq!((limits.connect, limits.retries), (Duration::from_secs(10), 0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For a connection, with looking up the name and agreeing on encryption. Ten seconds by default.
    pub connect: Duration,
    /// For the next byte, and for the whole head of an answer. A minute by default; without it, for ever. A server that traces
    /// for N seconds before Go 1.22 may be silent for all of them.
    pub silence: Option<Duration>,
    /// For the whole answer of a server, from the request on, whatever comes: the connection has its own limit. What has
    /// come by then can be read. For ever by default.
    pub total: Option<Duration>,
    /// How often a connection is tried again that did not come about, after a quarter of a second, then after twice as long each
    /// time, up to eight seconds. Never by default.
    pub retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Some(Duration::from_mins(1)),
            total: None,
            retries: 0,
        }
    }
}
