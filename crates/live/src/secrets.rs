//! What of a URL may be shown: not who asks, and not what a query says, which may be a token.

use std::borrow::Cow;

use goscope_wire::text::Escaped;

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

/// A path. What stands before an `@` may be the rest of a password.
pub(crate) fn shown_path(path: &str) -> Cow<'_, str> {
    match path.rsplit_once('@') {
        Some((_, rest)) => format!("/{HIDDEN}@{rest}").into(),
        None => path.into(),
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

#[cfg(test)]
mod tests {
    use super::*;

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
