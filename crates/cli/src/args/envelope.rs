//! What stands around a trace by accident: a program's own output in front of it, the headers of a server's answer, the
//! chunks of its body.
//!
//! It is taken away only where what follows is the header of a trace, or a compressed file; then nothing is guessed.

use std::{
    fmt,
    io::{self, Read},
};

use goscope_wire::Header;

use super::{chunks::MAX_LINE, unpack::Compression};

/// In so many bytes a trace has to begin.
const REACH: usize = 64 << 10;

/// The bytes that are asked for at once. A pipe gives what it has.
const STEP: usize = 4 << 10;

/// What stands in front of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Envelope {
    /// Text, so many bytes of it.
    Text(usize),
    /// The status and headers of a server's answer, so many bytes.
    Answer(usize),
    /// The body is in chunks.
    Chunks,
}

/// What is known of the first bytes.
enum Finding {
    Envelope(Envelope),
    /// The bytes that follow decide.
    More,
    Nothing,
}

impl Envelope {
    /// Looks for a trace behind something else. `start` is what was read; what is read to decide is added to it, in so
    /// many reads at most.
    pub fn find(start: &mut Vec<u8>, source: &mut impl Read, mut reads: usize) -> io::Result<Option<Self>> {
        loop {
            match Self::of(start) {
                Finding::Envelope(envelope) => return Ok(Some(envelope)),
                Finding::Nothing => return Ok(None),
                Finding::More if start.len() >= REACH || reads == 0 => return Ok(None),
                Finding::More => reads -= 1,
            }
            let there = start.len();
            start.resize(there + STEP, 0);
            let read = read_some(source, &mut start[there..]);
            start.truncate(there + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(None);
            }
        }
    }

    /// The bytes to be passed over.
    pub fn len(self) -> usize {
        match self {
            Self::Text(len) | Self::Answer(len) => len,
            Self::Chunks => 0,
        }
    }

    fn of(start: &[u8]) -> Finding {
        if start.is_empty() || Header::is_at(start) {
            return Finding::Nothing;
        }
        if start.starts_with(b"HTTP/") {
            return answer(start);
        }
        match chunk(start) {
            Finding::Nothing => text(start),
            finding => finding,
        }
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(len) => {
                write!(
                    f,
                    "{len} bytes of text stand before the trace, such as output of the program: passed over"
                )
            }
            Self::Answer(len) => {
                write!(
                    f,
                    "{len} bytes are the headers of an HTTP response, as curl -i stores them: passed over"
                )
            }
            Self::Chunks => f.write_str("the trace is in the chunks of an HTTP response: joined"),
        }
    }
}

/// A status line and headers, an empty line, and what may be a trace. Redirections stand before the answer.
fn answer(start: &[u8]) -> Finding {
    let Some(end) = end_of_headers(start) else { return until_binary(start) };
    let body = start.get(end..).unwrap_or_default();
    if body.len() < 16 {
        return Finding::More;
    }
    if is_trace(body) || body.starts_with(b"HTTP/") {
        return Finding::Envelope(Envelope::Answer(end));
    }
    match chunk(body) {
        Finding::Envelope(_) => Finding::Envelope(Envelope::Answer(end)),
        finding => finding,
    }
}

fn end_of_headers(start: &[u8]) -> Option<usize> {
    let find = |end: &[u8]| start.windows(end.len()).position(|bytes| bytes == end).map(|at| at + end.len());
    find(b"\r\n\r\n").or_else(|| find(b"\n\n"))
}

/// The size of a chunk in hexadecimal, on a line of its own, and what may be a trace.
fn chunk(start: &[u8]) -> Finding {
    let digits = start.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if !(1..=16).contains(&digits) {
        return Finding::Nothing;
    }
    let line = start.get(digits..).unwrap_or_default();
    let line = &line[..line.len().min(MAX_LINE)];
    match line.windows(2).position(|bytes| bytes == b"\r\n") {
        _ if !matches!(line.first(), None | Some(b'\r' | b';' | b' ')) => Finding::Nothing,
        None if line.len() < MAX_LINE => Finding::More,
        None => Finding::Nothing,
        Some(end) => match start.get(digits + end + 2..).unwrap_or_default() {
            body if is_trace(body) => Finding::Envelope(Envelope::Chunks),
            body if body.len() < 16 => Finding::More,
            _ => Finding::Nothing,
        },
    }
}

fn is_trace(bytes: &[u8]) -> bool {
    Header::is_at(bytes) || Compression::of(bytes).is_some()
}

/// Text up to the zeros of a header, which is in front of the first byte that is no text.
fn text(start: &[u8]) -> Finding {
    let len = text_len(start);
    if len == start.len() {
        return Finding::More;
    }
    let from = len.saturating_sub("go 1.00 trace".len());
    match (from..len).find(|at| start.get(*at..).is_some_and(Header::is_at)) {
        Some(at) => Finding::Envelope(Envelope::Text(at)),
        // The zeros may not all have come.
        None if start.len() - len < 4 && start[len..].iter().all(|byte| *byte == 0) => Finding::More,
        None => Finding::Nothing,
    }
}

fn until_binary(start: &[u8]) -> Finding {
    if text_len(start) == start.len() { Finding::More } else { Finding::Nothing }
}

/// How many of the first bytes are text, with the colours of a terminal. Its last character may be cut.
fn text_len(bytes: &[u8]) -> usize {
    let is_control =
        |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | 0x1b | 0x08);
    let bytes = &bytes[..bytes.iter().position(is_control).unwrap_or(bytes.len())];
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_some() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

fn read_some(source: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::layers::Unwrapped;

    const TRACE: &[u8] = b"go 1.22 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05";

    /// What is left of a file, and what was around it.
    fn unpacked(file: &[u8]) -> (Vec<u8>, Vec<Envelope>) {
        let mut unwrapped = Unwrapped::new(file).unwrap();
        let mut bytes = Vec::new();
        unwrapped.read_to_end(&mut bytes).unwrap();
        (bytes, unwrapped.envelopes().to_vec())
    }

    #[test]
    fn what_stands_before_a_header_is_passed_over() {
        for text in [
            "listening on :6060\n",
            "\u{feff}",
            "\u{1b}[31mgo 1.22 trace\u{1b}[0m ",
            "HTTP is up\r\n",
            "go go 1.",
        ] {
            let (bytes, envelopes) = unpacked(&[text.as_bytes(), TRACE].concat());
            assert_eq!((bytes, envelopes), (TRACE.to_vec(), vec![Envelope::Text(text.len())]), "{text}");
        }
    }

    #[test]
    fn what_is_no_text_or_too_long_stays() {
        let long = "0 ".repeat(REACH / 2 + 1);
        for before in [&b"\0"[..], b"\xff\xfe", b"text\x01", long.as_bytes()] {
            let file = [before, TRACE].concat();
            assert_eq!(unpacked(&file), (file, vec![]));
        }
        for file in [
            &b"go 1.22 tracing is on\n"[..],
            b"text only",
            b"",
            b"5\r\nhello\r\n0\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\n\r\n404 page not found\n",
        ] {
            assert_eq!(unpacked(file), (file.to_vec(), vec![]));
        }
    }

    #[test]
    fn an_answer_loses_its_headers_and_chunks() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n";
        let moved = b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n";
        let (one, two) = TRACE.split_at(18);
        let chunks = [b"12;x=y\r\n", one, b"\r\n5\r\n", two, b"\r\n0\r\n\r\n"].concat();
        assert_eq!(unpacked(&[head, TRACE].concat()), (TRACE.to_vec(), vec![Envelope::Answer(head.len())]));
        assert_eq!(unpacked(&chunks), (TRACE.to_vec(), vec![Envelope::Chunks]));
        let all = [moved, &head[..], &chunks].concat();
        let around = vec![Envelope::Answer(moved.len()), Envelope::Answer(head.len()), Envelope::Chunks];
        assert_eq!(unpacked(&all), (TRACE.to_vec(), around));
    }
}
