//! What becomes of a trace that something on its way takes for text.

use std::fmt;

/// How the bytes of a file were changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mangling {
    /// Bytes that are no UTF-8 were replaced by U+FFFD, and are lost.
    Utf8,
    /// Every end of a line became that of Windows.
    LineEnds,
}

/// The bytes that are looked at, and the fewest that tell anything.
const SAMPLE: usize = 64 << 10;
const LEAST: usize = 64;
/// So often must it have happened.
const TIMES: usize = 8;

impl Mangling {
    /// Tells by the first bytes of a file that does not read as a trace; 64 KiB are enough.
    ///
    /// No sound trace is UTF-8 that far: sizes and times have bytes that begin no character. But line ends may be
    /// as they are by chance in a short one, so ask only where there is damage.
    ///
    /// ```
    /// use goscope_wire::Mangling;
    ///
    /// let mangled = format!("go 1.22 trace\0\0\0\u{1}{}", "\u{fffd}\u{1}".repeat(20));
    /// assert_eq!(Mangling::guess(mangled.as_bytes()), Some(Mangling::Utf8));
    /// ```
    #[must_use]
    pub fn guess(start: &[u8]) -> Option<Self> {
        let start = &start[..start.len().min(SAMPLE)];
        if start.len() < LEAST {
            return None;
        }
        if is_replaced(start) {
            return Some(Self::Utf8);
        }
        are_line_ends_changed(start).then_some(Self::LineEnds)
    }
}

fn is_replaced(start: &[u8]) -> bool {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars().filter(|letter| *letter == char::REPLACEMENT_CHARACTER).take(TIMES).count() == TIMES
}

fn are_line_ends_changed(start: &[u8]) -> bool {
    let ends = start.iter().filter(|byte| **byte == b'\n').count();
    let changed = start.windows(2).filter(|bytes| bytes == b"\r\n").count();
    ends >= TIMES && ends == changed
}

impl fmt::Display for Mangling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => {
                "the file was taken for text on its way: what is no UTF-8 has become EF BF BD, and is lost"
            }
            Self::LineEnds => {
                "the file was taken for text on its way: every byte 0A has become 0D 0A, as line ends of Windows are"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_or_other_bytes_tell_nothing() {
        assert_eq!(Mangling::guess("\u{fffd}".repeat(10).as_bytes()), None);
        assert_eq!(Mangling::guess("a".repeat(100).as_bytes()), None);
        assert_eq!(Mangling::guess(&[0x80; 100]), None);
        let lines = "\u{1}\r\n".repeat(50);
        assert_eq!(Mangling::guess(lines.as_bytes()), Some(Mangling::LineEnds));
        assert_eq!(Mangling::guess((lines + "\n").as_bytes()), None);
    }
}
