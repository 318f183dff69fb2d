//! Text of unknown origin, for people: characters that can't be seen, or that control what shows them, are escaped.
//!
//! This is the one place that decides which characters those are: for terminals, pictures, JSON and comma-separated values.

use std::fmt::{self, Display, Write};

use super::{printable::is_printable, quote::quote_char};

/// Letters, marks and symbols that Go prints as they are, although nothing is to be seen of them: Unicode's default ignorable
/// characters, and the empty Braille pattern. The first and last character of each range, in order.
const BLANK: &[(char, char)] = &[
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// Whether a character is seen as what it is. False for control characters (C0, DEL, C1), for those that turn the direction
/// of writing, for those without a width, for white space but the plain space, and for what is no character at all.
///
/// ```
/// use goscope_wire::text::is_visible;
///
/// assert!("main.(*T[…]).f·1 日本".chars().all(is_visible));
/// assert!(!"\x1b\u{9b}\u{ad}\u{200b}\u{202e}\u{feff}\u{fe0f}\u{e0041}\n".chars().any(is_visible));
/// ```
#[must_use]
pub fn is_visible(c: char) -> bool {
    let is_plain = matches!(c, ' '..='~');
    is_plain || is_printable(c) && !BLANK.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Bytes as visible text: each character that is not [visible](is_visible), and each byte that is no UTF-8, is escaped as in a
/// string literal of Go. All other characters stay as they are, quotes and backslashes too.
///
/// ```
/// use goscope_wire::text::Escaped;
///
/// assert_eq!(Escaped(b"a \"b\"\x1b[2J\xff").to_string(), r#"a "b"\x1b[2J\xff"#);
/// assert_eq!(Escaped("\u{202e}\u{e0041}".as_bytes()).to_string(), r"\u202e\U000e0041");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            escape_valid(chunk.valid(), f)?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

fn escape_valid(mut text: &str, out: &mut impl Write) -> fmt::Result {
    while let Some(hidden) = text.find(|c| !is_visible(c)) {
        out.write_str(&text[..hidden])?;
        let mut rest = text[hidden..].chars();
        rest.next().map_or(Ok(()), |c| escape_char(c, out))?;
        text = rest.as_str();
    }
    out.write_str(text)
}

fn escape_char(c: char, out: &mut impl Write) -> fmt::Result {
    match u32::from(c) {
        // Go would print it.
        point @ ..=0xffff if is_printable(c) => write!(out, "\\u{point:04x}"),
        point if is_printable(c) => write!(out, "\\U{point:08x}"),
        _ => quote_char(c, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_hidden_stays() {
        let all = (0..=u32::from(char::MAX)).filter_map(char::from_u32);
        for c in all.filter(|c| !is_visible(*c)) {
            let escaped = Escaped(c.encode_utf8(&mut [0; 4]).as_bytes()).to_string();
            assert!(
                escaped.starts_with('\\') && escaped.bytes().all(|byte| byte.is_ascii_graphic()),
                "{escaped}"
            );
        }
    }

    #[test]
    fn the_usual_ways_to_deceive_are_hidden() {
        let hidden =
            ['\0', '\t', '\n', '\r', '\x1b', '\x7f', '\u{80}', '\u{9b}', '\u{a0}', '\u{ad}', '\u{61c}'];
        assert!(hidden.into_iter().all(|c| !is_visible(c)));
        let ranges = [
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{fff9}'..='\u{fffb}',
        ];
        assert!(ranges.into_iter().flatten().all(|c| !is_visible(c)));
        let more = [
            '\u{feff}',
            '\u{fffe}',
            '\u{fe0f}',
            '\u{3164}',
            '\u{2800}',
            '\u{e0001}',
            '\u{e007f}',
            '\u{e0100}',
        ];
        assert!(more.into_iter().all(|c| !is_visible(c)));
    }
}
