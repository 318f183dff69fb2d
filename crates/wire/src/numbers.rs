//! Numbers straight from memory, for the loops that decode whole batches.
//!
//! Invariant: nothing behind the bytes is read: each call first looks that what it may read is there. A number has
//! ten bytes at most, and whoever wants the last ones of a batch has padding behind it.

#![expect(unsafe_code, reason = "a check for each byte costs as much as reading it")]

use crate::{
    plain::{TOPS, join},
    spec::EventId,
    varint::{self, MAX_LEN},
};

/// Reads numbers one after the other, from bytes that have [padding](Self::PADDING) behind the last one.
///
/// ```
/// use goscope_wire::{EventId, Numbers};
///
/// let mut bytes = vec![0x10, 0x05, 0xac, 0x02, 0x01]; // GoStart dt=5 g=300 g_seq=1
/// bytes.resize(5 + Numbers::PADDING, 0);
/// let mut numbers = Numbers::new(&bytes, 0);
/// assert_eq!(numbers.head(), Some((EventId(16), 5)));
/// assert_eq!((numbers.args(), numbers.at()), (Some([300, 1]), 5));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    bytes: &'a [u8],
    /// At most the number of bytes.
    at: usize,
}

impl<'a> Numbers<'a> {
    /// So many bytes have to follow the last number, whatever they are.
    pub const PADDING: usize = 64;

    /// The numbers from the byte `at` on; none if there is no such byte.
    #[inline(always)]
    #[must_use]
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Where the next number begins.
    #[inline(always)]
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The front of a timed event of family v2: which event it is, and the ticks since the one before it. `None` if
    /// that is no number, or if there is too little behind it.
    #[inline(always)]
    pub fn head(&mut self) -> Option<(EventId, u64)> {
        if self.bytes.len() - self.at < 1 + MAX_LEN {
            return None;
        }
        let mut at = self.at + 1;
        // SAFETY: there are the byte at `at` and ten more.
        let (id, delta) = unsafe { (*self.bytes.get_unchecked(self.at), number(self.bytes, &mut at)?) };
        self.at = at;
        Some((EventId(id), delta))
    }

    /// The next `N` numbers. `None` if they are none, or if there is too little behind them.
    #[inline(always)]
    pub fn args<const N: usize>(&mut self) -> Option<[u64; N]> {
        if self.bytes.len() - self.at < N * MAX_LEN {
            return None;
        }
        let (mut args, mut at) = ([0; N], self.at);
        for arg in &mut args {
            // SAFETY: for each of the numbers there are ten bytes, and none is longer.
            *arg = unsafe { number(self.bytes, &mut at)? };
        }
        self.at = at;
        Some(args)
    }

    /// Passes over `count` numbers, or fewer if there are not so many.
    #[inline(always)]
    pub fn pass(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            let [_] = self.args()?;
        }
        Some(())
    }
}

/// Reads a number and moves `at` behind it, with lanes for the one and two bytes that nearly all have.
///
/// # Safety
///
/// There are ten bytes from `at` on.
#[inline(always)]
unsafe fn number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    // SAFETY: the caller's.
    let first = u64::from(unsafe { *bytes.get_unchecked(*at) });
    if first < 0x80 {
        *at += 1;
        return Some(first);
    }
    // SAFETY: the caller's.
    let second = u64::from(unsafe { *bytes.get_unchecked(*at + 1) });
    if second < 0x80 {
        *at += 2;
        return Some(first + (second << 7) - 0x80);
    }
    // SAFETY: the caller's; a word has fewer bytes than ten.
    let word = u64::from_le_bytes(unsafe { bytes.as_ptr().add(*at).cast::<[u8; 8]>().read() });
    let ends = !word & TOPS;
    if ends == 0 {
        let (number, len) = longest(bytes, *at)?;
        *at += len;
        return Some(number);
    }
    *at += (ends.trailing_zeros() / 8) as usize + 1;
    // All bits up to the top one of the last byte.
    Some(join(word & (ends ^ (ends - 1))))
}

/// By value, because a place whose address is known to others can't be kept in a register.
#[cold]
#[inline(never)]
fn longest(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    varint::read(bytes.get(at..)?).ok()
}
