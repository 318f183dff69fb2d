//! What a file that is no trace seems to be, so that its owner learns more than "bad header".
//!
//! People hand over the error page of a proxy, the profile beside the trace, or the empty file that a
//! failed download left. A table of beginnings tells these apart.

use std::fmt;

use crate::text::Escaped;

/// What the beginning of a file that is no trace looks like.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum OtherFormat {
    /// There is not a single byte.
    Empty,
    /// The file ends within the header of a trace.
    CutHeader,
    /// An HTML page.
    Html,
    /// The headers of an HTTP response before its body: the first line, shortened.
    HttpResponse(String),
    /// Text in UTF-16, as PowerShell's `>` writes it.
    Utf16,
    /// JSON, such as a trace of Chrome's.
    Json,
    /// The text form of a trace.
    TextTrace,
    /// A profile of pprof.
    Pprof,
    /// A compressed file: the name of the compression.
    Compressed(&'static str),
    /// An executable program.
    Executable,
    /// An archive.
    Archive,
    /// Some other text: its first line, shortened.
    Text(String),
    /// None of these.
    Binary,
}

/// The beginnings of formats that begin in one way only.
const MAGIC: &[(&[u8], OtherFormat)] = &[
    (&[0x1f, 0x8b], OtherFormat::Compressed("gzip")),
    (&[0x28, 0xb5, 0x2f, 0xfd], OtherFormat::Compressed("zstd")),
    (b"BZh", OtherFormat::Compressed("bzip2")),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], OtherFormat::Compressed("xz")),
    (b"\x7fELF", OtherFormat::Executable),
    (&[0xcf, 0xfa, 0xed, 0xfe], OtherFormat::Executable),
    (b"MZ", OtherFormat::Executable),
    (b"PK\x03\x04", OtherFormat::Archive),
    (&[0xff, 0xfe], OtherFormat::Utf16),
    (&[0xfe, 0xff], OtherFormat::Utf16),
    (b"g\0o\0 \x001\0.\0", OtherFormat::Utf16),
    (b"\0g\0o\0 \x001\0.", OtherFormat::Utf16),
    (b"heap profile: ", OtherFormat::Pprof),
    (b"goroutine profile: ", OtherFormat::Pprof),
    (b"threadcreate profile: ", OtherFormat::Pprof),
    (b"--- contention:\n", OtherFormat::Pprof),
    (b"--- mutex:\n", OtherFormat::Pprof),
    (b"Trace Go1.", OtherFormat::TextTrace),
];

/// The longest first line that is shown.
const EXCERPT: usize = 60;

impl OtherFormat {
    /// Guesses from the first bytes of a file; a few hundred are enough.
    ///
    /// ```
    /// use goscope_wire::OtherFormat;
    ///
    /// assert_eq!(OtherFormat::guess(b"<!DOCTYPE html><title>502"), OtherFormat::Html);
    /// assert_eq!(OtherFormat::guess(b"404 page not found\n"), OtherFormat::Text("404 page not found".into()));
    /// ```
    #[must_use]
    pub fn guess(start: &[u8]) -> Self {
        if start.is_empty() {
            return Self::Empty;
        }
        if b"go 1.".starts_with(&start[..start.len().min(5)]) && start.len() < crate::header::LEN {
            return Self::CutHeader;
        }
        if let Some((_, known)) = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)) {
            return known.clone();
        }
        if start.starts_with(b"HTTP/") {
            let line = start.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
            return Self::HttpResponse(excerpt(&String::from_utf8_lossy(line)));
        }
        if is_pprof(start) { Self::Pprof } else { Self::guess_text(start) }
    }

    fn guess_text(start: &[u8]) -> Self {
        let Some(text) = as_text(start) else { return Self::Binary };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let lower = text.get(..text.len().min(14)).unwrap_or_default().to_ascii_lowercase();
        if lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.starts_with("<head") {
            return Self::Html;
        }
        if text.starts_with(['{', '[']) {
            return Self::Json;
        }
        Self::Text(excerpt(text))
    }
}

/// The first line, shortened.
fn excerpt(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(EXCERPT)
        .collect()
}

/// A pprof profile is a protocol buffer whose first field is a sample type: a field with two numbers.
fn is_pprof(start: &[u8]) -> bool {
    matches!(start, [0x0a, len, 0x08, _, 0x10, ..] if *len >= 4)
}

/// The start of the file as text, if it is text. The last character may be cut.
fn as_text(start: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || c.is_whitespace();
    text.chars().all(is_text).then_some(text)
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Empty => return f.write_str("the file is empty: no trace was written to it"),
            Self::CutHeader => return f.write_str("the file ends within the 16 bytes of a trace's header"),
            Self::TextTrace => {
                return f.write_str("this is a trace in its text form, not in its binary form");
            }
            Self::Html => "an HTML page, such as a server's error page",
            Self::HttpResponse(line) => {
                let line = Escaped(line.as_bytes());
                return write!(f, "this is an HTTP response (\"{line}\"), not a Go execution trace");
            }
            Self::Utf16 => "text in UTF-16, as PowerShell's > writes it",
            Self::Json => "JSON",
            Self::Pprof => "a pprof profile",
            Self::Compressed(name) => {
                return write!(f, "this is {name}-compressed data, not a Go execution trace");
            }
            Self::Executable => "an executable program",
            Self::Archive => "a zip archive",
            Self::Text(line) => {
                let line = Escaped(line.as_bytes());
                return write!(f, "this is text (\"{line}\"), not a Go execution trace");
            }
            Self::Binary => {
                return f.write_str("this is not a Go execution trace: it lacks the header \"go 1.N trace\"");
            }
        };
        write!(f, "this is {what}, not a Go execution trace")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mix_ups_are_named() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "the file is empty: no trace was written to it"),
            (b"go 1.2", "the file ends within the 16 bytes of a trace's header"),
            (b"go", "the file ends within the 16 bytes of a trace's header"),
            (
                b"<html><body>",
                "this is an HTML page, such as a server's error page, not a Go execution trace",
            ),
            (
                b"HTTP/1.1 404 Not Found\r\n\r\n\0",
                "this is an HTTP response (\"HTTP/1.1 404 Not Found\"), not a Go execution trace",
            ),
            (
                b"\xff\xfeg\0o\0",
                "this is text in UTF-16, as PowerShell's > writes it, not a Go execution trace",
            ),
            (
                b"g\0o\0 \x001\0.\x002\0",
                "this is text in UTF-16, as PowerShell's > writes it, not a Go execution trace",
            ),
            (
                b"heap profile: 1: 2 [3: 4] @ heap/1048576",
                "this is a pprof profile, not a Go execution trace",
            ),
            (b"{\"traceEvents\":[]}", "this is JSON, not a Go execution trace"),
            (b"Trace Go1.22\n", "this is a trace in its text form, not in its binary form"),
            (b"\x0a\x04\x08\x01\x10\x02", "this is a pprof profile, not a Go execution trace"),
            (b"\x1f\x8b\x08", "this is gzip-compressed data, not a Go execution trace"),
            (b"\x7fELF", "this is an executable program, not a Go execution trace"),
            (b"PK\x03\x04", "this is a zip archive, not a Go execution trace"),
            (b"\xef\xbb\xbfHello", "this is text (\"Hello\"), not a Go execution trace"),
            (b"caf\xc3", "this is text (\"caf\"), not a Go execution trace"),
            (b"\xff\x00\xff", "this is not a Go execution trace: it lacks the header \"go 1.N trace\""),
            (b"\x00\x00", "this is not a Go execution trace: it lacks the header \"go 1.N trace\""),
        ];
        for (bytes, sentence) in cases {
            assert_eq!(OtherFormat::guess(bytes).to_string(), *sentence);
        }
    }

    #[test]
    fn what_can_not_be_seen_is_escaped() {
        let text = OtherFormat::guess("no \u{202e}\u{ad}trace".as_bytes()).to_string();
        assert!(text.starts_with(r#"this is text ("no \u202e\u00adtrace")"#), "{text}");
        let answer = OtherFormat::guess("HTTP/1.1 404 \u{202e}\r\n".as_bytes()).to_string();
        assert!(answer.starts_with(r#"this is an HTTP response ("HTTP/1.1 404 \u202e")"#), "{answer}");
    }

    #[test]
    fn long_lines_are_shortened() {
        let OtherFormat::Text(line) = OtherFormat::guess("é".repeat(500).as_bytes()) else {
            panic!("not text")
        };
        assert_eq!(line, "é".repeat(60));
    }
}
