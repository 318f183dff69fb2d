//! What a request takes along: headers, credentials, certificates, limits.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use ureq::http::{HeaderName, HeaderValue};

use crate::{
    error::{Error, ErrorKind},
    limits::Limits,
    stop::Stop,
    target::Target,
};

/// How a source is opened and read.
///
/// ```
/// use goscope_live::{Credentials, Options, Stop};
///
/// let stop = Stop::default();
/// let options = Options {
///     headers: vec!["X-Team: runtime".parse()?],
///     credentials: Some(Credentials::basic("gopher", "secret")),
///     stop: stop.clone(),
///     ..Options::default()
/// };
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), goscope_live::Error>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// Headers of the request. They are sent to no other server: not where this one redirects to.
    pub headers: Vec<Header>,
    /// Who asks. It takes precedence over what the URL says, and is sent to no other server.
    pub credentials: Option<Credentials>,
    /// A file with the certificates that are trusted, as PEM. Without it, those that the system trusts, which `SSL_CERT_FILE`
    /// and `SSL_CERT_DIR` may name.
    pub certificates: Option<PathBuf>,
    /// How long to wait.
    pub limits: Limits,
    /// What ends the source early.
    pub stop: Stop,
}

impl Options {
    /// The same, for an answer with a trace as long as `target` says, or `otherwise`: it has to end `beyond` later.
    ///
    /// ```
    /// use std::time::Duration;
    /// use goscope_live::{Options, Target};
    ///
    /// let target = Target::parse("http://localhost:6060/debug/pprof/trace?seconds=5")?;
    /// let second = Duration::from_secs(1);
    /// let options = Options::default().for_trace_of(&target, second, 10 * second);
    /// assert_eq!(options.limits.total, Some(15 * second));
    /// # Ok::<(), goscope_live::Error>(())
    /// ```
    #[must_use]
    pub fn for_trace_of(&self, target: &Target, otherwise: Duration, beyond: Duration) -> Self {
        let total = target.duration().unwrap_or(otherwise).checked_add(beyond);
        Self { limits: Limits { total, ..self.limits }, ..self.clone() }
    }
}

/// A header of a request, parsed from `Name: value`.
///
/// ```
/// use goscope_live::Header;
///
/// assert!("X-Team: runtime".parse::<Header>().is_ok());
/// assert!("no colon".parse::<Header>().is_err());
/// assert!("X-Team: two\r\nlines".parse::<Header>().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

/// The headers that say where a request ends and what becomes of its connection. A request for a trace has no body: with
/// a length, it would never be complete.
const FRAMING: [&str; 7] =
    ["connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"];

impl FromStr for Header {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::new("a header", ErrorKind::Place(why.into()));
        let (name, value) = text.split_once(':').ok_or_else(|| wrong("\"Name: value\" is expected"))?;
        let name = HeaderName::from_str(name.trim())
            .map_err(|_| wrong("the name has characters that no name has"))?;
        if FRAMING.contains(&name.as_str()) {
            return Err(wrong(
                "it says where a request ends, or what becomes of the connection, which only the program knows",
            ));
        }
        let mut value = HeaderValue::from_str(value.trim())
            .map_err(|_| wrong("the value has characters that no header has"))?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

/// Who asks: a header that no message shows.
///
/// ```
/// use goscope_live::Credentials;
///
/// let credentials = Credentials::basic("gopher", "secret");
/// assert_eq!(format!("{credentials:?}"), "Credentials(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials(String);

impl Credentials {
    /// A name and a password.
    #[must_use]
    pub fn basic(user: &str, password: &str) -> Self {
        Self(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
    }

    /// A bearer's token.
    ///
    /// ```
    /// use goscope_live::Credentials;
    ///
    /// assert_ne!(Credentials::bearer("a"), Credentials::bearer("b"));
    /// ```
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self(format!("Bearer {}", token.trim()))
    }

    /// As the value of a header.
    pub(crate) fn value(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.0).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_frame_a_request_are_refused() {
        for name in FRAMING {
            let [plain, shouted] = [name.to_owned(), name.to_uppercase()].map(|name| format!("{name}: 5"));
            assert!(plain.parse::<Header>().is_err() && shouted.parse::<Header>().is_err(), "{name}");
        }
        assert!("Content-Language: en".parse::<Header>().is_ok());
    }
}
