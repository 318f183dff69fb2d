//! What a server says when it refuses: `net/http/pprof` says why, and so do proxies.

use std::io::Read;

use goscope_wire::{Foreign, text::Escaped};
use ureq::http::StatusCode;

use crate::{
    error::ErrorKind,
    limits::{REFUSAL, WORDS},
};

/// An answer that is an error.
pub(super) fn of(status: StatusCode, body: impl Read) -> ErrorKind {
    let mut start = Vec::new();
    // What can be read of it is told; that there is no more tells nobody anything.
    let _ = body.take(REFUSAL).read_to_end(&mut start);
    ErrorKind::Refused { status: status.to_string(), words: words(&start) }
}

fn words(start: &[u8]) -> Option<String> {
    match Foreign::guess(start) {
        Foreign::Empty => None,
        Foreign::Text(_) => Some(format!("\"{}\"", first_line(start))),
        Foreign::Html => Some(title(start).unwrap_or_else(|| "an HTML page".into())),
        other => Some(other.to_string()),
    }
}

fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.trim_start().lines().next().unwrap_or_default();
    let start: String = line.chars().take(WORDS).collect();
    Escaped(start.as_bytes()).to_string()
}

/// The title of a page.
fn title(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(page);
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(format!("an HTML page, \"{}\"", first_line(title.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_told() {
        for (body, told) in [
            (&b"Unknown profile\n"[..], Some("\"Unknown profile\"")),
            (b"", None),
            (b"<!DOCTYPE html><html><title>502 Bad\nGateway</title>", Some("an HTML page, \"502 Bad\"")),
            (b"<html>", Some("an HTML page")),
            (b"{\"error\":1}", Some("this is JSON, not a Go execution trace")),
        ] {
            assert_eq!(words(body).as_deref(), told);
        }
    }
}
