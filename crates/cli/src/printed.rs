//! What people gave the program, as it is printed: harmless to a terminal.

use std::{
    ffi::OsStr,
    io::{self, IsTerminal, Write},
    path::Path,
};

use goscope_live::{Target, without_secrets};
use goscope_wire::text::Escaped;

/// The name of a file. What can't be seen in it is escaped. If it is meant as a URL, it may have a password or a token,
/// which are not shown.
pub fn path(path: &Path) -> String {
    match path.to_str().filter(|text| Target::is_meant(text)) {
        Some(url) => without_secrets(url),
        None => name(path.as_os_str()),
    }
}

/// A name, or an argument. What can't be seen in it is escaped.
pub fn name(name: impl AsRef<OsStr>) -> String {
    Escaped(name.as_ref().as_encoded_bytes()).to_string()
}

/// A text that may have lines. All else that can't be seen in it is escaped.
pub fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| Escaped(line.as_bytes()).to_string()).collect();
    lines.join("\n")
}

/// Standard output for text that is to be what Go prints, byte for byte. A terminal sees it escaped, tabs and ends of lines apart.
/// Each write is to be a whole line, or more.
pub struct AsGo<W> {
    out: W,
    is_terminal: bool,
}

impl<W: Write> AsGo<W> {
    /// Text for standard output, which `out` writes.
    pub fn new(out: W) -> Self {
        Self { out, is_terminal: io::stdout().is_terminal() }
    }
}

impl<W: Write> Write for AsGo<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.out.write(text);
        }
        for part in text.split_inclusive(|byte| matches!(byte, b'\t' | b'\n')) {
            let end = usize::from(part.ends_with(b"\t") || part.ends_with(b"\n"));
            let (part, end) = part.split_at(part.len() - end);
            write!(self.out, "{}", Escaped(part))?;
            self.out.write_all(end)?;
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_what_go_prints_escaped() {
        let text = "\tmain.\x1b[2J\u{202e} @ 0x1\n\n\u{9b}".as_bytes();
        let written = |is_terminal| {
            let mut out = AsGo { out: Vec::new(), is_terminal };
            out.write_all(text).unwrap();
            String::from_utf8(out.out).unwrap()
        };
        assert_eq!(written(true), "\tmain.\\x1b[2J\\u202e @ 0x1\n\n\\u009b");
        assert_eq!(written(false).as_bytes(), text);
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("a\x1b\nb\r\n"), "a\\x1b\nb\\r\n");
    }
}
