//! What the errors of the HTTP client mean.

use std::io::{self, ErrorKind as Io};

use ureq::Timeout;

use super::{patience::Impatience, trust};
use crate::{
    error::ErrorKind,
    limits::{Limits, WORDS},
    secrets::printable,
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
        ureq::Error::Rustls(error) => trust::failure(&error),
        ureq::Error::Tls(why) => ErrorKind::Tls(why.into()),
        ureq::Error::BadUri(why) => ErrorKind::Place(printable(&why, WORDS)),
        error => ErrorKind::Protocol(printable(&error.to_string(), WORDS)),
    }
}

/// An error within the answer's body.
pub(super) fn of_reading(error: io::Error) -> ErrorKind {
    of_io(error, false)
}

/// Waiting that ended.
pub(super) fn of_impatience(impatience: Impatience) -> ErrorKind {
    match impatience {
        Impatience::Stopped => ErrorKind::Stopped,
        Impatience::Silent(silence) => ErrorKind::Silent(silence),
        Impatience::SlowHead(limit) => ErrorKind::HeadTimeout(limit),
        Impatience::Overdue(total) => ErrorKind::Deadline(total),
    }
}

fn of_io(error: io::Error, is_first: bool) -> ErrorKind {
    let inner = error.get_ref();
    if let Some(impatience) = inner.and_then(|inner| inner.downcast_ref::<Impatience>()) {
        return of_impatience(*impatience);
    }
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return trust::failure(tls);
    }
    if inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()).is_some() {
        return ErrorKind::Protocol(printable(&error.to_string(), WORDS));
    }
    match error.kind() {
        Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => ErrorKind::Cut,
        _ if is_first => ErrorKind::Unreachable(error.to_string()),
        _ => ErrorKind::Io(error),
    }
}
