//! Where a server redirects to, and what may go along: nothing that says who asks, but to the same server.

use ureq::http::{Uri, uri::Scheme};

use crate::{error::ErrorKind, limits::WORDS, secrets::printable};

/// Where an answer from `from` redirects to.
pub(super) fn target(from: &Uri, location: &[u8]) -> Result<Uri, ErrorKind> {
    let wrong = || ErrorKind::Redirect(format!("to {}, which is no URL", shown(location)));
    let text = std::str::from_utf8(location).map_err(|_| wrong())?.trim();
    let text = text.split_once('#').map_or(text, |(text, _)| text);
    if let Some(scheme) = scheme(text).filter(|scheme| !is_http(scheme)) {
        return Err(ErrorKind::Redirect(format!("to something that is not HTTP ({scheme}:)")));
    }
    let to: Uri = absolute(from, text).and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    if to.host().is_none_or(str::is_empty) { Err(wrong()) } else { Ok(to) }
}

/// Whether two URLs are of one server: the same scheme, host and port.
pub(super) fn is_same_server(a: &Uri, b: &Uri) -> bool {
    let server = |uri: &Uri| (uri.scheme().cloned(), uri.host().map(str::to_ascii_lowercase), port(uri));
    server(a) == server(b)
}

/// A server, without what says who asks, and what for.
pub(super) fn server(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    printable(&format!("{}://{host}{port}", uri.scheme_str().unwrap_or_default()), WORDS)
}

fn port(uri: &Uri) -> u16 {
    let usual = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    uri.port_u16().unwrap_or(usual)
}

/// The scheme of a URL, if it has one.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some(scheme)
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// The URL that one means which stands in an answer from another one.
///
/// Source: RFC 3986, 5.2.2.
fn absolute(from: &Uri, text: &str) -> Option<String> {
    if scheme(text).is_some() {
        return Some(text.into());
    }
    let (scheme, host) = (from.scheme_str()?, from.authority()?.as_str());
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if text.starts_with("//") {
        return Some(format!("{scheme}:{text}"));
    }
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let path = match path {
        "" if query.is_empty() => from.path_and_query()?.as_str().into(),
        "" => from.path().into(),
        _ if path.starts_with('/') => without_dots(path),
        _ => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            without_dots(&format!("{folder}/{path}"))
        }
    };
    Some(format!("{scheme}://{host}{path}{query}"))
}

/// A path without the parts "." and "..".
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_folder = path.ends_with("/.") || path.ends_with("/..");
    format!("/{}{}", parts.join("/"), if is_folder && !parts.is_empty() { "/" } else { "" })
}

fn shown(location: &[u8]) -> String {
    let text = String::from_utf8_lossy(location);
    // It may have a password or a token.
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, text)| text);
    format!("\"{}\"", printable(text, WORDS))
}

#[cfg(test)]
mod tests {
    // What a test needs may fail with a panic.
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn locations_are_relative_to_where_they_were_sent_from() {
        let from: Uri = "http://me:secret@host:6060/debug/pprof/trace?seconds=5".parse().unwrap();
        for (location, to) in [
            ("https://other/x#top", "https://other/x"),
            ("HTTP://other", "http://other/"),
            ("//other:1/x", "http://other:1/x"),
            ("/x/../y/./trace?a=b:c", "http://host:6060/y/trace?a=b:c"),
            ("heap", "http://host:6060/debug/pprof/heap"),
            ("../trace/", "http://host:6060/debug/trace/"),
            ("../../../..", "http://host:6060/"),
            ("?seconds=1", "http://host:6060/debug/pprof/trace?seconds=1"),
            ("", "http://host:6060/debug/pprof/trace?seconds=5"),
        ] {
            assert_eq!(target(&from, location.as_bytes()).unwrap().to_string(), to, "{location}");
        }
        for (location, why) in [
            ("file:///etc/passwd", "to something that is not HTTP (file:)"),
            ("javascript:alert(1)", "to something that is not HTTP (javascript:)"),
            ("http://", "to \"http://\", which is no URL"),
            ("http://me:secret@ho st/?token", "to \"ho st/\", which is no URL"),
            ("//a\u{1b}[2J\u{202e}", "to \"//a\\x1b[2J\\u202e\", which is no URL"),
        ] {
            match target(&from, location.as_bytes()) {
                Err(ErrorKind::Redirect(told)) => assert_eq!(told, why),
                other => assert!(other.is_err(), "{location}: {other:?}"),
            }
        }
    }

    #[test]
    fn servers_are_told_apart_by_scheme_host_and_port() {
        let same = |a: &str, b: &str| is_same_server(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(same("http://host/a", "http://HOST:80/b?c"));
        assert!(same("https://host:443/a", "https://host/b"));
        for other in ["https://host", "http://host:81", "http://host.other", "http://127.0.0.1"] {
            assert!(!same("http://host", other), "{other}");
        }
    }
}
