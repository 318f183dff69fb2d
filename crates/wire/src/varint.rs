//! Unsigned numbers of variable length: LEB128, as in Go's `encoding/binary`.
//!
//! Seven bits a byte, the lowest first; the top bit of a byte says that another follows.
//!
//! ```text
//! 300 = 0b10_0101100      1_0101100  0_0000010
//!                         = 0xAC     = 0x02
//! ```
//!
//! Go's runtime pads the size of a batch with empty bytes, because it writes the size after the batch:
//! such over-long forms, up to ten bytes, are read like any other. What does not fit 64 bits is refused.

/// The longest form of a 64-bit number, in bytes.
pub const MAX_LEN: usize = 10;

/// Why the front of some bytes is no number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarintError {
    /// The bytes end before the number does.
    Incomplete,
    /// The number needs more than 64 bits, or more than ten bytes.
    Overflow,
}

/// Reads the number at the front of `bytes`, and how many bytes it takes.
///
/// # Errors
///
/// [`VarintError`], when there is no whole number or when it does not fit.
///
/// ```
/// use goscope_wire::varint::{VarintError, read};
///
/// assert_eq!(read(&[0xAC, 0x02, 0xFF]), Ok((300, 2)));
/// assert_eq!(read(&[0x81, 0x80, 0x00]), Ok((1, 3))); // padded, as the sizes of batches are
/// assert_eq!(read(&[0xAC]), Err(VarintError::Incomplete));
/// assert_eq!(read(&[0xFF; 10]), Err(VarintError::Overflow));
/// ```
#[inline]
pub fn read(bytes: &[u8]) -> Result<(u64, usize), VarintError> {
    let mut value = 0;
    for (position, &byte) in bytes.iter().take(MAX_LEN).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte < 0x80 {
            // Of the tenth byte only one bit has a place.
            let fits = position < MAX_LEN - 1 || byte < 2;
            return if fits { Ok((value, position + 1)) } else { Err(VarintError::Overflow) };
        }
    }
    Err(if bytes.len() < MAX_LEN { VarintError::Incomplete } else { VarintError::Overflow })
}

/// Appends the shortest form of `value`.
///
/// ```
/// let mut bytes = Vec::new();
/// goscope_wire::varint::append(&mut bytes, 300);
/// assert_eq!(bytes, [0xAC, 0x02]);
/// ```
pub fn append(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value` in at least `width` bytes, as Go's runtime writes what it only knows later.
///
/// ```
/// let mut bytes = Vec::new();
/// goscope_wire::varint::append_padded(&mut bytes, 1, 3);
/// assert_eq!(bytes, [0x81, 0x80, 0x00]);
/// ```
pub fn append_padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let width = width.min(MAX_LEN);
    let start = out.len();
    append(out, value);
    while out.len() - start < width {
        if let Some(last) = out.last_mut() {
            *last |= 0x80;
        }
        out.push(0);
    }
}

/// Appends `value` as another number stood in the file: padded to the same width if that one was padded.
///
/// ```
/// let mut bytes = Vec::new();
/// goscope_wire::varint::append_like(&mut bytes, 300, &[0x05]);
/// goscope_wire::varint::append_like(&mut bytes, 300, &[0x85, 0x80, 0x00]);
/// assert_eq!(bytes, [0xAC, 0x02, 0xAC, 0x82, 0x00]);
/// ```
pub fn append_like(out: &mut Vec<u8>, value: u64, was: &[u8]) {
    let is_padded = was.len() > 1 && was.last() == Some(&0);
    append_padded(out, value, if is_padded { was.len() } else { 0 });
}

/// The number of bytes of the shortest form of `value`.
///
/// ```
/// assert_eq!(goscope_wire::varint::len(300), 2);
/// ```
#[must_use]
pub const fn len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_round_trip() {
        for value in (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX]) {
            let mut bytes = Vec::new();
            append(&mut bytes, value);
            assert_eq!(bytes.len(), len(value));
            assert_eq!(read(&bytes), Ok((value, bytes.len())));
            for width in 0..=12 {
                let mut padded = Vec::new();
                append_padded(&mut padded, value, width);
                assert_eq!(padded.len(), width.min(MAX_LEN).max(bytes.len()));
                assert_eq!(read(&padded), Ok((value, padded.len())));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let ten = |last| [&[0x80; 9][..], &[last]].concat();
        assert_eq!(read(&ten(0)), Ok((0, 10)));
        assert_eq!(read(&ten(1)), Ok((1 << 63, 10)));
        assert_eq!(read(&ten(2)), Err(VarintError::Overflow));
        assert_eq!(read(&[0x80; 11]), Err(VarintError::Overflow));
        assert_eq!(read(&[0x80; 9]), Err(VarintError::Incomplete));
        assert_eq!(read(&[]), Err(VarintError::Incomplete));
    }
}
