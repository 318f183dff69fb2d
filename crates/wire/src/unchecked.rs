//! Numbers straight from memory, for the loops that decode whole batches.
//!
//! Invariant: nothing behind the bytes is read: each call first looks that what it may read is there. A number has
//! ten bytes at most, and whoever wants the last ones of a batch has padding behind it.

#![expect(unsafe_code, reason = "a check for each byte costs as much as reading it")]

use crate::{fast_path, spec::EventId, varint::MAX_LEN};

/// Reads numbers one after the other, from bytes that have [padding](Self::PADDING) behind the last one.
///
/// ```
/// use goscope_wire::Numbers;
///
/// let mut bytes = vec![0xac, 0x02, 0x01];
/// bytes.resize(3 + Numbers::PADDING, 0);
/// let mut numbers = Numbers::new(&bytes, 0);
/// assert_eq!((numbers.args(), numbers.at()), (Some([300, 1]), 3));
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
}

/// The timed events of a batch of family v2 one after the other, from bytes that have [padding](Numbers::PADDING) behind
/// the batch. What is asked of an event is decoded, once.
///
/// ```
/// use goscope_wire::{EventId, EventHeaders, Numbers};
///
/// let mut bytes = vec![0x10, 0x05, 0xac, 0x02, 0x01]; // GoStart dt=5 g=300 g_seq=1
/// bytes.resize(5 + Numbers::PADDING, 0);
/// let fronts = EventHeaders::new(&bytes, 5);
/// let front = fronts.at(0).unwrap();
/// assert_eq!((front.id, front.delta, front.args_at()), (EventId(16), 5, 2));
/// assert_eq!(front.args(), Some(([300, 1], 5)));
/// assert!(fronts.at(5).is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EventHeaders<'a> {
    bytes: &'a [u8],
    /// Behind this there is the padding.
    end: usize,
}

/// The front of a timed event: which event it is, and when.
#[derive(Clone, Copy, Debug)]
pub struct EventHeader<'a> {
    /// Has [`Numbers::PADDING`] bytes from the first one of the event on.
    bytes: &'a [u8],
    /// Which event.
    pub id: EventId,
    /// The ticks since the event before it.
    pub delta: u64,
    /// Where its other arguments begin. Nobody else may change it: what is read from there is not checked again.
    args_at: usize,
}

impl<'a> EventHeaders<'a> {
    /// Of a batch that ends before the byte `end`. Without padding behind it, its last events are not found.
    #[inline(always)]
    #[must_use]
    pub fn new(bytes: &'a [u8], end: usize) -> Self {
        Self { bytes, end: end.min(bytes.len().saturating_sub(Numbers::PADDING)) }
    }

    /// The event that begins at the byte `at`, if the batch has such a byte, and the time is a number.
    #[inline(always)]
    #[must_use]
    pub fn at(&self, at: usize) -> Option<EventHeader<'a>> {
        if at >= self.end {
            return None;
        }
        let mut args_at = at + 1;
        // SAFETY: `end` is so far from the end of the bytes that there are more than ten behind `at`.
        let (id, delta) = unsafe { (*self.bytes.get_unchecked(at), number(self.bytes, &mut args_at)?) };
        Some(EventHeader { bytes: self.bytes, id: EventId(id), delta, args_at })
    }
}

impl EventHeader<'_> {
    /// Where its other arguments begin.
    #[inline(always)]
    #[must_use]
    pub fn args_at(&self) -> usize {
        self.args_at
    }

    /// The first `N` arguments behind the time, and where the next one begins. `None` if they are no numbers.
    #[inline(always)]
    #[must_use]
    pub fn args<const N: usize>(self) -> Option<([u64; N], usize)> {
        const { assert!((1 + MAX_LEN) + N * MAX_LEN <= Numbers::PADDING) };
        let (mut args, mut at) = ([0; N], self.args_at);
        for arg in &mut args {
            // SAFETY: there is the padding from the event on, which is longer than the event, as was asserted.
            *arg = unsafe { number(self.bytes, &mut at)? };
        }
        Some((args, at))
    }

    /// Where the event ends that has `count` arguments behind the time. `None` if they are no numbers.
    #[inline(always)]
    #[must_use]
    pub fn end(self, count: usize) -> Option<usize> {
        let mut numbers = Numbers::new(self.bytes, self.args_at);
        for _ in 0..count {
            let [_] = numbers.args()?;
        }
        Some(numbers.at())
    }
}

/// Reads a number and moves `at` behind it, with lanes for the one to three bytes that nearly all have.
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
    // SAFETY: the caller's.
    let third = u64::from(unsafe { *bytes.get_unchecked(*at + 2) });
    if third < 0x80 {
        *at += 3;
        return Some(first + (second << 7) + (third << 14) - 0x4080);
    }
    let (number, len) = long(bytes, *at)?;
    *at += len;
    Some(number)
}

/// A number of four bytes and more, and how many. Not inline: the loops need the registers for what is frequent.
#[inline(never)]
fn long(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    fast_path::long(bytes, at)
}
