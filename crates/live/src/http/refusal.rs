//! What a server says when it refuses: `net/http/pprof` says why, and so do proxies.

use std::io::Read;

use goscope_wire::{OtherFormat, text::Escaped};
use ureq::http::StatusCode;

use crate::{
    error::ErrorKind,
    limits::{REFUSAL, WORDS},
    secrets::Said,
};

/// An answer that is an error. It may show what the request has said.
pub(super) fn of(status: StatusCode, body: impl Read, said: &Said) -> ErrorKind {
    if status.is_success() {
        let words = "only 200 OK comes with a whole trace".into();
        return ErrorKind::Refused { status: status.to_string(), words: Some(words) };
    }
    let mut start = Vec::new();
    // What can be read of it in time is told; that there is no more tells nobody anything.
    let _ = body.take(REFUSAL).read_to_end(&mut start);
    ErrorKind::Refused { status: status.to_string(), words: words(&start).map(|words| said.hide(&words)) }
}

fn words(start: &[u8]) -> Option<String> {
    match OtherFormat::guess(start) {
        OtherFormat::Empty => None,
        OtherFormat::Text(_) => Some(format!("\"{}\"", first_line(start))),
        // Such as text in colours.
        OtherFormat::Binary if is_text(start) => Some(format!("\"{}\"", first_line(start))),
        OtherFormat::Html => Some(title(start).unwrap_or_else(|| "an HTML page".into())),
        other => Some(other.to_string()),
    }
}

/// Whether it is text, perhaps with characters that control a terminal. The last one may be cut.
fn is_text(start: &[u8]) -> bool {
    !start.contains(&0) && std::str::from_utf8(start).err().is_none_or(|error| error.error_len().is_none())
}

fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.trim_start().lines().next().unwrap_or_default();
    let start: String = line.trim_end().chars().take(WORDS).collect();
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
            (
                "a \u{1b}[2J\u{9b}31m \u{202e}b\u{ad} \"c\"".as_bytes(),
                Some("\"a \\x1b[2J\\u009b31m \\u202eb\\u00ad \"c\"\""),
            ),
            (b"{\"error\":1}", Some("this is JSON, not a Go execution trace")),
        ] {
            assert_eq!(words(body).as_deref(), told);
        }
    }
}
