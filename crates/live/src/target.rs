//! A server that is asked for a trace: what its URL says.
//!
//! ```text
//! http[s]://[user:password@]host[:port][/path][?query]
//! unix:/path/of/socket[:/path][?query]
//! ```

use std::{fmt, path::PathBuf, time::Duration};

use goscope_wire::text::Escaped;
use percent_encoding::percent_decode_str;
use ureq::http::Uri;

use crate::{
    error::{Error, ErrorKind},
    options::Credentials,
    secrets::{shown_path, shown_query, without_secrets},
};

/// Where `net/http/pprof` has traces.
const TRACE: &str = "/debug/pprof/trace";

/// Where `net/http/pprof` lists what there is: whoever names it means the trace below.
const INDEX: [&str; 2] = ["/debug/pprof", "/debug/pprof/"];

/// A server, and what it is asked for.
///
/// A URL without a path means `/debug/pprof/trace`. It is shown without the name and the password that it may have, and without
/// what its query says, but what `net/http/pprof` knows.
///
/// ```
/// use std::time::Duration;
/// use goscope_live::Target;
///
/// let target = Target::parse("http://gopher:secret@localhost:6060")?.lasting(Duration::from_millis(1500));
/// assert_eq!(target.to_string(), "http://localhost:6060/debug/pprof/trace?seconds=1.5");
/// let target = Target::parse("unix:/run/app.sock:/trace?seconds=7")?;
/// assert_eq!(target.duration(), Some(Duration::from_secs(7)));
/// assert_eq!(target.lasting(Duration::from_secs(1)).to_string(), "unix:/run/app.sock:/trace?seconds=7");
/// # Ok::<(), goscope_live::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    host: Host,
    path: String,
    query: Option<String>,
    credentials: Option<Credentials>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Host {
    /// The scheme, and the host with its port.
    Net(&'static str, String),
    Unix(PathBuf),
}

impl Target {
    /// Whether a text is meant as a server, and not as a file.
    ///
    /// ```
    /// use goscope_live::Target;
    ///
    /// assert!(Target::is_meant("http://localhost:6060") && !Target::is_meant("trace.out"));
    /// ```
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let is_scheme =
            |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
        text.starts_with("unix:") || scheme.is_some_and(is_scheme)
    }

    /// Parses a URL with `http`, `https` or `unix`.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let target = match text.split_once(':') {
            Some(("unix", rest)) => Self::unix(rest),
            Some((scheme, rest)) => match (scheme.to_ascii_lowercase().as_str(), rest.strip_prefix("//")) {
                ("http", Some(rest)) => Self::net("http", rest),
                ("https", Some(rest)) => Self::net("https", rest),
                _ => Err("a URL with http://, https:// or unix: is expected"),
            },
            None => Err("a URL is expected, such as http://localhost:6060"),
        };
        let target = target.and_then(|target| match target.uri() {
            Some(_) => Ok(target),
            None => Err("this is no valid URL"),
        });
        target.map_err(|why| Error::new(without_secrets(text), ErrorKind::Place(why.into())))
    }

    fn net(scheme: &'static str, rest: &str) -> Result<Self, &'static str> {
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if host.is_empty() {
            return Err("there is no host in it");
        }
        let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
        if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
            return Err("the port is not a number up to 65535");
        }
        let credentials = user.map(credentials);
        Ok(Self::with_path(Host::Net(scheme, host.into()), rest, credentials))
    }

    fn unix(rest: &str) -> Result<Self, &'static str> {
        let rest = if rest.starts_with("///") { &rest[2..] } else { rest };
        let (socket, rest) = rest.find(":/").map_or((rest, ""), |colon| (&rest[..colon], &rest[colon + 1..]));
        if socket.is_empty() {
            return Err("a socket is expected, such as unix:/run/app.sock");
        }
        let authority = socket.strip_prefix("//").and_then(|socket| socket.split('/').next());
        if authority.is_some_and(|authority| authority.contains('@')) {
            return Err("a socket takes no name and no password: --user says who asks");
        }
        Ok(Self::with_path(Host::Unix(socket.into()), rest, None))
    }

    fn with_path(host: Host, rest: &str, credentials: Option<Credentials>) -> Self {
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let is_base = path.trim_matches('/').is_empty();
        let path = if is_base || INDEX.contains(&path) { TRACE } else { path };
        Self { host, path: path.into(), query: query.map(str::to_owned), credentials }
    }

    /// The same, for a trace of this length, unless it says one itself. `net/http/pprof` takes fractions of a second.
    #[must_use]
    pub fn lasting(mut self, duration: Duration) -> Self {
        if self.duration().is_none() {
            let seconds = format!("seconds={}", duration.as_secs_f64());
            self.query = Some(match self.query.filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{seconds}"),
                None => seconds,
            });
        }
        self
    }

    /// How long a trace the URL itself asks for.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let query = self.query.as_deref()?;
        let seconds = query.split('&').find_map(|part| part.strip_prefix("seconds=")?.parse().ok());
        seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// What the URL says of who asks.
    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The socket, if it is one of the file system.
    pub(crate) fn socket(&self) -> Option<&PathBuf> {
        match &self.host {
            Host::Net(..) => None,
            Host::Unix(path) => Some(path),
        }
    }

    /// What is asked for in terms of HTTP.
    pub(crate) fn uri(&self) -> Option<Uri> {
        let (scheme, host) = match &self.host {
            Host::Net(scheme, host) => (*scheme, host.as_str()),
            Host::Unix(_) => ("http", "localhost"),
        };
        let uri: Uri = format!("{scheme}://{host}{}", self.path_and_query()).parse().ok()?;
        uri.host().is_some_and(|host| !host.is_empty()).then_some(uri)
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn path_and_query(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }
}

/// What stands before the host: a name and a password, in which any character may be written as %XX.
fn credentials(user: &str) -> Credentials {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    Credentials::basic(&decoded(name), &decoded(password))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Net(scheme, host) => write!(f, "{scheme}://{host}")?,
            Host::Unix(path) => write!(f, "unix:{}:", Escaped(path.as_os_str().as_encoded_bytes()))?,
        }
        let query = self.query.as_deref().map(|query| format!("?{}", shown_query(query)));
        let shown = format!("{}{}", shown_path(&self.path), query.unwrap_or_default());
        Escaped(shown.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_asked_for_a_trace() {
        let shown = |text: &str| Target::parse(text).map(|target| target.to_string()).unwrap_or_default();
        for (text, expected) in [
            ("http://host:6060", "http://host:6060/debug/pprof/trace"),
            ("HTTPS://host/", "https://host/debug/pprof/trace"),
            ("http://host/debug/pprof/", "http://host/debug/pprof/trace"),
            ("http://host?debug=1", "http://host/debug/pprof/trace?debug=1"),
            ("http://[::1]:6060/x/trace#top", "http://[::1]:6060/x/trace"),
            ("http://a:b@c@host", "http://host/debug/pprof/trace"),
            ("unix:/a.sock", "unix:/a.sock:/debug/pprof/trace"),
            ("unix:///a.sock:/x", "unix:/a.sock:/x"),
        ] {
            assert_eq!(shown(text), expected);
        }
        for wrong in [
            "",
            "host:6060",
            "http://",
            "http:///path",
            "http://a b",
            "unix:",
            "ftp://host",
            "http://:6060",
            "http://host:x",
            "http://host:65536",
        ] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_url_may_say_who_asks() {
        let target = Target::parse("http://go%70her:s%3Aecret@host").unwrap();
        assert_eq!(target.credentials(), Some(&Credentials::basic("gopher", "s:ecret")));
        assert_eq!(
            Target::parse("http://me@host").unwrap().credentials(),
            Some(&Credentials::basic("me", ""))
        );
        assert_eq!(Target::parse("http://host").unwrap().credentials(), None);
    }

    #[test]
    fn no_message_has_a_password() {
        for wrong in [
            "http://gopher:secret@ho st",
            "http://gopher:secret",
            "http://:secret@",
            "http:/gopher:secret@host",
            "gopher:secret@host",
            "http://ho st?token=secret",
        ] {
            let error = Target::parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_target_is_shown_without_secrets() {
        for text in [
            "http://gopher:pa secret@host",
            "http://us:er:p@secret@host",
            "http://gopher:1/secret@host",
            "http://host/trace?token=secret&seconds=3",
            "http://host/trace?secret",
            "unix:/a.sock:/trace?key=secret",
        ] {
            let target = Target::parse(text).unwrap();
            assert!(!format!("{target} {target:?}").contains("secret"), "{target}");
        }
        let target = Target::parse("http://host/trace?token=secret&seconds=3").unwrap();
        assert_eq!(target.to_string(), "http://host/trace?token=***&seconds=3");
        assert!(target.uri().unwrap().to_string().contains("token=secret"));
    }
}
