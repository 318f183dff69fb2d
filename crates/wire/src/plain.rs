//! The hot path of both decoders: events that are nothing but arguments.
//!
//! It works on a window of fixed size, so that no index needs a check, and gives up (`None`) on whatever
//! is not plain; the careful path then finds out why. Both give the same result wherever this one gives
//! any (`tests/properties.rs`).

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
        return Some(u64::from(first & 0x7f) | u64::from(second) << 7);
    }
    long_number(window, at)
}

/// Three bytes and more. Inline too: a call for every large goroutine id made reading a quarter slower.
#[inline(always)]
fn long_number(window: &Window, at: &mut usize) -> Option<u64> {
    let (value, len) = varint::read(window.get(*at..)?).ok()?;
    *at += len;
    Some(value)
}
