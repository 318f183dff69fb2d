//! Numbers as text without format strings, which take several times as long: numbers are most of what a line says, and
//! a program that is followed may make millions of lines a second.

use itoa::{Buffer, Integer};

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

/// Writes a number that has at most nine digits with all nine.
#[inline]
pub fn push_nine(number: u32, out: &mut String) {
    // The one in front keeps the zeros.
    out.push_str(&Buffer::new().format(1_000_000_000 + number)[1..]);
}

/// Fills a column that began at `start`, and is at most 32 wide.
#[inline]
pub fn pad(start: usize, width: usize, out: &mut String) {
    if out.len() < start + width {
        // A fixed number is copied in one go, and then cut: columns are narrower.
        out.push_str(BLANKS);
        out.truncate(start + width);
    }
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
    fn nine_digits_are_nine() {
        for (number, digits) in [(0, "-000000000"), (340, "-000000340"), (999_999_999, "-999999999")] {
            assert_eq!(written(|out| push_nine(number, out)), digits);
        }
    }

    #[test]
    fn columns_are_filled_unless_they_are_full() {
        assert_eq!(written(|out| pad(0, 4, out)), "-   ");
        assert_eq!(written(|out| pad(0, 1, out)), "-");
        assert_eq!(written(|out| pad(0, 0, out)), "-");
    }
}
