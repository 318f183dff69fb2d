//! The hot path of both decoders: events that are nothing but arguments.
//!
//! It works on a window of fixed size, so that no index needs a check, and gives up (`None`) on whatever
//! is not plain; the careful path then finds out why. Both give the same result wherever this one gives
//! any (`tests/it/properties.rs`).

use crate::{record::Shape, varint};

/// More bytes than the longest plain event has: its first byte, a length, and five numbers.
pub(crate) const WINDOW: usize = 64;

pub(crate) type Window = [u8; WINDOW];

/// Reads `count` arguments that start at `at` into `shape`, which is of no use if this fails.
#[inline(always)]
pub(crate) fn args(window: &Window, mut at: usize, count: usize, shape: &mut Shape) -> Option<()> {
    for arg in shape.args.iter_mut().take(count) {
        *arg = number(window, &mut at)?;
    }
    (shape.count, shape.len) = (count, at);
    Some(())
}

/// Reads a number, with a fast lane for the one and two bytes that nearly all have.
#[inline(always)]
pub(crate) fn number(window: &Window, at: &mut usize) -> Option<u64> {
    let first = window[*at % WINDOW];
    if first < 0x80 {
        *at += 1;
        return Some(u64::from(first));
    }
    let second = window[(*at + 1) % WINDOW];
    if second < 0x80 {
        *at += 2;
        return Some(u64::from(first) + (u64::from(second) << 7) - 0x80);
    }
    long_number(window, at)
}

/// The top bits of eight bytes: only the last byte of a number has none.
pub(crate) const TOPS: u64 = 0x8080_8080_8080_8080;

/// Reads a number of any length.
#[inline(always)]
pub(crate) fn long_number(window: &Window, at: &mut usize) -> Option<u64> {
    let (value, len) = long(window, *at)?;
    *at += len;
    Some(value)
}

/// The number at a place that has eight bytes, and how many it has: up to eight without a branch. Those that goroutine
/// ids have change from event to event, and no processor can tell how.
///
/// Both by value, because a place whose address is known to others can't be kept in a register.
#[inline(always)]
pub(crate) fn long(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let rest = bytes.get(at..)?;
    let word = u64::from_le_bytes(*rest.first_chunk()?);
    let ends = !word & TOPS;
    if ends == 0 {
        return longest(rest);
    }
    // All bits up to the top one of the last byte.
    Some((join(word & (ends ^ (ends - 1))), (ends.trailing_zeros() / 8) as usize + 1))
}

/// The number whose parts of seven bits are in the bytes of `word`: by twos, by fours, by eights.
#[inline(always)]
fn join(word: u64) -> u64 {
    let word = (word & 0x007f_007f_007f_007f) | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = (word & 0x0000_3fff_0000_3fff) | (word & 0x3fff_0000_3fff_0000) >> 2;
    (word & 0x0fff_ffff) | (word & 0x0fff_ffff_0000_0000) >> 4
}

#[cold]
#[inline(never)]
fn longest(rest: &[u8]) -> Option<(u64, usize)> {
    varint::read(rest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of every length.
    const SAMPLES: [u64; 10] =
        [0, 127, 128, 300, 1 << 14, (1 << 21) - 1, 1 << 28, 1 << 42, (1 << 56) - 1, u64::MAX];

    #[test]
    fn numbers_are_read_as_elsewhere() {
        for value in SAMPLES {
            let mut bytes = Vec::new();
            varint::append(&mut bytes, value);
            let len = bytes.len();
            bytes.resize(WINDOW, 0xff);
            for read in [number, long_number] {
                let mut at = 0;
                assert_eq!((read(bytes.first_chunk().unwrap(), &mut at), at), (Some(value), len));
            }
        }
    }
}
