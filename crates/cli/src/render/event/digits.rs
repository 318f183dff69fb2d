//! Numbers as text without format strings, which take several times as long: numbers are most of what a line says, and
//! a program that is followed may make millions of lines a second.

use itoa::{Buffer, Integer};

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// Blanks to fill columns with.
const BLANKS: &str = "                                ";

/// Writes a number.
#[inline]
pub fn push(number: impl Integer, out: &mut String) {
    out.push_str(Buffer::new().format(number));
}

/// Writes a number behind some words.
#[inline]
pub fn push_behind(before: &str, number: impl Integer, out: &mut String) {
    out.push_str(before);
    push(number, out);
}

/// Writes a time in seconds, with nine digits behind the point.
#[inline]
pub fn push_seconds(nanoseconds: u64, out: &mut String) {
    push(nanoseconds / NANOSECONDS_PER_SECOND, out);
    // The one in front keeps the zeros, and makes place for the point.
    let mut digits = Buffer::new();
    let digits = digits.format(NANOSECONDS_PER_SECOND + nanoseconds % NANOSECONDS_PER_SECOND);
    out.push('.');
    out.push_str(&digits[1..]);
}

/// Fills a column that began at `start`.
#[inline]
pub fn pad(start: usize, width: usize, out: &mut String) {
    let missing = (start + width).saturating_sub(out.len());
    out.push_str(&BLANKS[..missing.min(BLANKS.len())]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::from("-");
        write(&mut out);
        out
    }

    #[test]
    fn seconds_have_nine_digits() {
        for (nanoseconds, seconds) in [
            (0, "-0.000000000"),
            (1, "-0.000000001"),
            (12_000_000_340, "-12.000000340"),
            (u64::MAX, "-18446744073.709551615"),
        ] {
            assert_eq!(written(|out| push_seconds(nanoseconds, out)), seconds);
        }
    }

    #[test]
    fn columns_are_filled_unless_they_are_full() {
        assert_eq!(written(|out| pad(0, 4, out)), "-   ");
        assert_eq!(written(|out| pad(0, 1, out)), "-");
        assert_eq!(written(|out| pad(0, 0, out)), "-");
    }
}
