//! Bytes as a quoted string of Go's, and back.
//!
//! Source: Go's `strconv.Quote` and `strconv.Unquote`, and the language's specification of string literals.

use std::fmt::{self, Write};

use super::printable::is_printable;

/// Escapes of one letter, and the characters that they stand for.
const LETTERS: &[(char, char)] = &[
    ('a', '\x07'),
    ('b', '\x08'),
    ('f', '\x0c'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('v', '\x0b'),
    ('\\', '\\'),
    ('"', '"'),
];

/// Writes `bytes` as Go's `strconv.Quote` does.
///
/// # Errors
///
/// When `out` fails.
///
/// ```
/// let mut out = String::new();
/// goscope_wire::text::quote(b"caf\xc3\xa9\n\xff", &mut out).unwrap();
/// assert_eq!(out, r#""café\n\xff""#);
/// ```
pub fn quote(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        quote_valid(chunk.valid(), out)?;
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}")?;
        }
    }
    out.write_char('"')
}

/// Runs of printable ASCII are copied at once: they are nearly everything.
fn quote_valid(mut text: &str, out: &mut impl Write) -> fmt::Result {
    while let Some(special) = text.find(|c: char| !matches!(c, ' '..='~') || matches!(c, '"' | '\\')) {
        out.write_str(&text[..special])?;
        let mut rest = text[special..].chars();
        rest.next().map_or(Ok(()), |c| quote_char(c, out))?;
        text = rest.as_str();
    }
    out.write_str(text)
}

/// Writes a character as Go does between quotes.
pub(super) fn quote_char(c: char, out: &mut impl Write) -> fmt::Result {
    if let Some((letter, _)) = LETTERS.iter().find(|(_, meaning)| *meaning == c) {
        return write!(out, "\\{letter}");
    }
    match u32::from(c) {
        _ if is_printable(c) => out.write_char(c),
        point @ (0..=0x1f | 0x7f) => write!(out, "\\x{point:02x}"),
        point @ ..=0xffff => write!(out, "\\u{point:04x}"),
        point => write!(out, "\\U{point:08x}"),
    }
}

/// Reads a string literal of Go's: between double quotes, back quotes, or a character between single quotes.
///
/// `None` means that `text` is no such literal.
///
/// ```
/// use goscope_wire::text::unquote;
///
/// assert_eq!(unquote(r#""caf\u00e9\n\xff""#), Some(b"caf\xc3\xa9\n\xff".to_vec()));
/// assert_eq!(unquote("`C:\\tmp`"), Some(b"C:\\tmp".to_vec()));
/// assert_eq!(unquote("plain"), None);
/// ```
#[must_use]
pub fn unquote(text: &str) -> Option<Vec<u8>> {
    let mark = text.chars().next()?;
    let body = text.strip_prefix(mark)?.strip_suffix(mark)?;
    match mark {
        '`' if !body.contains('`') => Some(body.replace('\r', "").into_bytes()),
        '"' | '\'' => {
            unescape(body, mark).filter(|(_, chars)| mark == '"' || *chars == 1).map(|(bytes, _)| bytes)
        }
        _ => None,
    }
}

/// The bytes that `body` stands for, and the number of characters or escapes.
fn unescape(body: &str, mark: char) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut chars = body.chars();
    let mut count = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, mark, &mut bytes)?,
            '\n' => return None,
            c if c == mark => return None,
            c => push_char(c, &mut bytes),
        }
        count += 1;
    }
    Some((bytes, count))
}

/// Reads what follows a backslash.
fn escape(chars: &mut std::str::Chars<'_>, mark: char, bytes: &mut Vec<u8>) -> Option<()> {
    let letter = chars.next()?;
    match letter {
        'x' => bytes.push(u8::try_from(digits(chars, 2, 16)?).ok()?),
        'u' => push_char(char::from_u32(digits(chars, 4, 16)?)?, bytes),
        'U' => push_char(char::from_u32(digits(chars, 8, 16)?)?, bytes),
        '0'..='7' => {
            let low = digits(chars, 2, 8)?;
            bytes.push(u8::try_from(letter.to_digit(8)? * 64 + low).ok()?);
        }
        '\'' | '"' if letter != mark => return None,
        '\'' => bytes.push(b'\''),
        letter => push_char(LETTERS.iter().find(|(name, _)| *name == letter)?.1, bytes),
    }
    Some(())
}

fn digits(chars: &mut std::str::Chars<'_>, count: u32, radix: u32) -> Option<u32> {
    (0..count)
        .try_fold(0u32, |value, _| value.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?))
}

fn push_char(c: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(bytes: &[u8]) -> String {
        let mut out = String::new();
        quote(bytes, &mut out).unwrap();
        out
    }

    /// Expectations are what Go 1.27's `strconv.Quote` prints.
    #[test]
    fn quotes_as_go_does() {
        let cases: &[(&[u8], &str)] = &[
            (b"", r#""""#),
            (b"main.main", r#""main.main""#),
            (b"\x07\x08\x0c\n\r\t\x0b\\\"'", r#""\a\b\f\n\r\t\v\\\"'""#),
            (b"\x00\x1f\x7f", r#""\x00\x1f\x7f""#),
            ("é\u{ad}\u{378}\u{2028}".as_bytes(), r#""é\u00ad\u0378\u2028""#),
            ("世\u{10ffff}\u{1f600}".as_bytes(), r#""世\U0010ffff😀""#),
            (b"\xff\xc3", r#""\xff\xc3""#),
            ("\u{fffd}\u{a0}".as_bytes(), "\"\u{fffd}\\u00a0\""),
        ];
        for (bytes, text) in cases {
            assert_eq!(quoted(bytes), *text);
            assert_eq!(unquote(text).as_deref(), Some(*bytes));
        }
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unquote(&quoted(&all)), Some(all));
    }

    #[test]
    fn unquotes_what_go_does() {
        assert_eq!(unquote(r"'\''"), Some(b"'".to_vec()));
        assert_eq!(unquote(r"'a'"), Some(b"a".to_vec()));
        assert_eq!(unquote(r#""\101\u00e9\U0001f600""#), Some("Aé😀".as_bytes().to_vec()));
        assert_eq!(unquote("`a\r\nb`"), Some(b"a\nb".to_vec()));
    }

    #[test]
    fn refuses_what_go_refuses() {
        let bad = [
            "",
            "\"",
            "'",
            "''",
            "'ab'",
            "abc",
            "\"a",
            "a\"",
            r#""\""#,
            r#""\x1""#,
            r#""\400""#,
            r#""\ud800""#,
            r#""\q""#,
            r#""\'""#,
            r#"'\"'"#,
            "\"a\nb\"",
            "\"a\"b\"",
            "`a`b`",
            r#""\U00110000""#,
            r#""\9""#,
        ];
        for text in bad {
            assert_eq!(unquote(text), None, "{text:?}");
        }
    }
}
