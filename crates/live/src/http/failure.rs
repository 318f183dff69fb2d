//! What the errors of the HTTP client mean.

use std::io::{self, ErrorKind as Io};

use ureq::Timeout;

use super::patience::Impatience;
use crate::{
    error::ErrorKind,
    limits::{Limits, WORDS},
    secrets::without_secrets,
};

/// An error before the answer's body.
pub(super) fn of_asking(error: ureq::Error, limits: &Limits) -> ErrorKind {
    match error {
        ureq::Error::Io(error) => of_io(error, true),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            ErrorKind::ConnectTimeout(limits.connect)
        }
        ureq::Error::HostNotFound => ErrorKind::Unreachable("there is no host of this name".into()),
        ureq::Error::ConnectionFailed => ErrorKind::Unreachable("it failed".into()),
        ureq::Error::Rustls(error) => ErrorKind::Tls(error.to_string()),
        ureq::Error::Tls(why) => ErrorKind::Tls(why.into()),
        ureq::Error::BadUri(why) => ErrorKind::Place(printable(&why)),
        ureq::Error::TooManyRedirects => ErrorKind::Protocol("it redirects too often".into()),
        error => ErrorKind::Protocol(printable(&error.to_string())),
    }
}

/// An error within the answer's body.
pub(super) fn of_reading(error: io::Error) -> ErrorKind {
    of_io(error, false)
}

fn of_io(error: io::Error, is_first: bool) -> ErrorKind {
    let inner = error.get_ref();
    if let Some(impatience) = inner.and_then(|inner| inner.downcast_ref::<Impatience>()) {
        return match *impatience {
            Impatience::Stopped => ErrorKind::Stopped,
            Impatience::Silent(silence) => ErrorKind::Silent(silence),
        };
    }
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return ErrorKind::Tls(tls.to_string());
    }
    if inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()).is_some() {
        return ErrorKind::Protocol(printable(&error.to_string()));
    }
    match error.kind() {
        Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => ErrorKind::Cut,
        _ if is_first => ErrorKind::Unreachable(error.to_string()),
        _ => ErrorKind::Io(error),
    }
}

/// What a server sent may stand in an error, and is shown on a terminal.
fn printable(text: &str) -> String {
    let start: String = text.chars().take(WORDS).collect();
    let words: Vec<_> = start.split(' ').map(without_secrets).collect();
    words.join(" ")
}
