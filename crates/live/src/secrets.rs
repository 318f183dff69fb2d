//! What of a URL may be shown: not who asks, and not what a query says, which may be a token.

use std::{borrow::Cow, cmp::Reverse};

use base64::{Engine, prelude::BASE64_STANDARD};
use goscope_wire::text::Escaped;
use percent_encoding::percent_decode_str;
use ureq::http::HeaderValue;

/// What stands for what is not shown.
const HIDDEN: &str = "***";

/// What queries of `net/http/pprof` say, which is no secret.
const KNOWN: [&str; 4] = ["seconds", "debug", "gc", "timeout"];

/// A text as it may be shown: if it is meant as a URL, without a name and a password, and without the values of its query
/// but those that `net/http/pprof` knows. It need not be a valid URL. What can't be seen is escaped.
///
/// ```
/// use goscope_live::without_secrets;
///
/// assert_eq!(without_secrets("http://gopher:pa ss@host/trace?seconds=5&token=a"), "http://***@host/trace?seconds=5&token=***");
/// assert_eq!(without_secrets("gopher:secret@host"), "***@host");
/// assert_eq!(without_secrets("trace.out"), "trace.out");
/// ```
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let is_url = text.contains("://") || text.starts_with("unix:");
    let shown = if is_url || has_user(text) { Cow::Owned(shown(text)) } else { Cow::Borrowed(text) };
    Escaped(shown.as_bytes()).to_string()
}

/// What a server sent, as it may stand in an error that is shown on a terminal: so many characters at most, and its words as
/// [`without_secrets`] shows them.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let start: String = text.chars().take(most).collect();
    let words: Vec<_> = start.split(' ').map(without_secrets).collect();
    words.join(" ")
}

/// Whether a text without a protocol says who asks: something like `user:password@host`.
pub(crate) fn has_user(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(user, host)| user.contains(':') && !host.is_empty())
}

/// Any text that is meant as a URL. A password may be anywhere before the last `@`, however wrong the text is.
fn shown(text: &str) -> String {
    let (scheme, rest) = text.find("://").map_or(("", text), |colon| text.split_at(colon + 3));
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let (rest, fragment) = rest.split_once('#').map_or((rest, ""), |(rest, _)| (rest, "#***"));
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (host, path) =
        if scheme.is_empty() { ("", place) } else { place.split_at(place.find('/').unwrap_or(place.len())) };
    let query = query.map(|query| format!("?{}", shown_query(query))).unwrap_or_default();
    let path = if path.contains('@') { path.into() } else { shown_path(path) };
    format!("{scheme}{user}{}{path}{query}{fragment}", shown_host(host))
}

/// A host. What is no number behind a colon is no port, but may be a password whose host was forgotten.
fn shown_host(host: &str) -> String {
    match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') && !port.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{name}:{HIDDEN}")
        }
        _ => host.into(),
    }
}

/// A path. What stands before an `@` may be the rest of a password, and a parameter behind a `;` a token.
pub(crate) fn shown_path(path: &str) -> Cow<'_, str> {
    let path = match path.split_once(';') {
        Some((path, _)) => Cow::Owned(format!("{path};{HIDDEN}")),
        None => path.into(),
    };
    match path.rsplit_once('@') {
        Some((_, rest)) => format!("/{HIDDEN}@{rest}").into(),
        None => path,
    }
}

/// A query, with the names of what it says.
pub(crate) fn shown_query(query: &str) -> String {
    let shown = |part: &str| match part.split_once('=') {
        _ if part.is_empty() => String::new(),
        Some((name, _)) if KNOWN.contains(&name) => part.into(),
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None => HIDDEN.into(),
    };
    query.split('&').map(shown).collect::<Vec<_>>().join("&")
}

/// The secrets that a request says, which a server may send back.
pub(crate) struct Said(Vec<String>);

impl Said {
    /// The values of headers and of a query. What they are made of counts by itself: `Bearer` and a token, or a name and a
    /// password.
    pub(crate) fn new<'a>(headers: impl Iterator<Item = &'a HeaderValue>, query: Option<&str>) -> Self {
        let headers = headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let query = query.into_iter().flat_map(|query| query.split('&')).filter_map(secret_of);
        let mut all: Vec<_> = headers.chain(query.map(str::to_owned)).flat_map(|said| parts(&said)).collect();
        // One may be a part of another.
        all.sort_unstable_by_key(|said| Reverse(said.len()));
        all.retain(|said| said.len() >= SHORTEST);
        Self(all)
    }

    /// A text of the server without them.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, said| text.replace(said, HIDDEN))
    }
}

/// What is shorter is found everywhere, and is no secret.
const SHORTEST: usize = 3;

/// The value of a part of a query that is not shown.
fn secret_of(part: &str) -> Option<&str> {
    match part.split_once('=') {
        Some((name, _)) if KNOWN.contains(&name) => None,
        Some((_, value)) => Some(value),
        None => Some(part),
    }
}

fn parts(said: &str) -> Vec<String> {
    let decoded = percent_decode_str(said).decode_utf8_lossy().into_owned();
    let token = said.split_once(' ').map(|(_, token)| token.to_owned());
    let plain = token.as_ref().and_then(|token| BASE64_STANDARD.decode(token).ok());
    let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
    let password =
        plain.as_ref().and_then(|plain| plain.split_once(':')).map(|(_, password)| password.to_owned());
    [Some(said.to_owned()), Some(decoded), token, plain, password].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_not_shown_when_it_comes_back() {
        let headers = ["Basic Z29waGVyOnNlY3JldA==", "Bearer abcdef", "12"].map(HeaderValue::from_static);
        let said = Said::new(headers.iter(), Some("seconds=5&token=a%20b"));
        let echo = "gopher:secret secret Z29waGVyOnNlY3JldA== abcdef 12 seconds=5 a b a%20b";
        assert_eq!(said.hide(echo), "*** *** *** *** 12 seconds=5 *** ***");
    }

    #[test]
    fn a_url_that_is_wrong_has_no_secret() {
        for (text, expected) in [
            ("http://user:pa ss@host", "http://***@host"),
            ("http://us:er:p@ss@host:6060/x", "http://***@host:6060/x"),
            ("http://user:s/e?c#r@host", "http://***@host"),
            ("http://:secret@", "http://***@"),
            ("http://user:secret", "http://user:***"),
            ("http://user:secret/trace", "http://user:***/trace"),
            ("http:/user:secret@host", "***@host"),
            ("user:secret@host:6060", "***@host:6060"),
            ("ftp://user:secret@host", "ftp://***@host"),
            ("http://host?token=secret&seconds=5&secret#secret", "http://host?token=***&seconds=5&***#***"),
            ("unix:/a.sock:/trace?key=secret", "unix:/a.sock:/trace?key=***"),
            ("http://host/trace;key=secret?seconds=5", "http://host/trace;***?seconds=5"),
            ("http://[::1]:6060/a", "http://[::1]:6060/a"),
            ("http://[::1]/a", "http://[::1]/a"),
            ("http://a\u{202e}b\x1b/", "http://a\\u202eb\\x1b/"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }

    #[test]
    fn what_is_no_url_stays() {
        for text in ["", "a.trace", "user@host", "C:\\a.trace", "a@b:c", "--from"] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
