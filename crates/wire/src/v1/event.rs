//! Events of family v1 whose bytes were kept: [`BulkEvents`] decodes them when their turn comes.

use super::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, decode, least_args};
use crate::{
    cursor::Interrupt,
    error::ErrorKind,
    fast_path::{self, Window},
    limits::Limits,
    record::Shape,
    spec::{EventId, MAX_ARGS, Table},
    version::FormatVersion,
};

/// Decodes events of family v1, one after the other, from wherever their bytes are kept.
///
/// It holds no bytes, only the last event: the caller shows the rest each time.
///
/// ```
/// use goscope_wire::{BulkEvents, FormatVersion};
///
/// let bytes = [0x8e, 0x05, 0x07, 0x02, 0x06, 0x03]; // GoStart dt=5 g=7 seq=2, ProcStop dt=3
/// let mut events = BulkEvents::new(FormatVersion::V1_21);
/// let len = events.decode(&bytes)?;
/// assert_eq!((len, events.id().0, events.args()), (4, 14, &[5, 7, 2, 0, 0]));
/// assert_eq!(events.decode(&bytes[len..])?, 2);
/// # Ok::<(), goscope_wire::ErrorKind>(())
/// ```
#[derive(Clone, Debug)]
pub struct BulkEvents {
    table: &'static Table,
    least_args: usize,
    id: EventId,
    shape: Shape,
}

impl BulkEvents {
    /// For events of `version`.
    #[must_use]
    pub fn new(version: FormatVersion) -> Self {
        let shape = Shape { len: 0, args: [0; MAX_ARGS], count: 0, tail: 0 };
        Self { table: Table::of(version), least_args: least_args(version), id: EventId(0), shape }
    }

    /// The first byte of an event that has this number of arguments and no length, if there can be so many: of
    /// headers since 1.7.
    #[must_use]
    pub const fn head(id: EventId, count: usize) -> u8 {
        id.0 & ID_MASK | (count.wrapping_sub(1) as u8 & HAS_LENGTH) << COUNT_SHIFT
    }

    /// The numbers behind the first byte of an event, and the length of the event, if that is near enough.
    #[inline(always)]
    #[must_use]
    pub fn numbers<const N: usize>(window: &[u8; 64]) -> Option<([u64; N], usize)> {
        let (mut args, mut at) = ([0; N], 1);
        numbers(window, &mut at, &mut args)?;
        Some((args, at))
    }

    /// Decodes the event at the front of `rest`, which is not empty. Returns its length.
    ///
    /// # Errors
    ///
    /// When there is no whole event.
    #[inline(always)]
    pub fn decode(&mut self, rest: &[u8]) -> Result<usize, ErrorKind> {
        self.shape.args = [0; MAX_ARGS];
        if let Some(window) = rest.first_chunk::<64>() {
            self.id = EventId(window[0] & ID_MASK);
            let count = usize::from(window[0] >> COUNT_SHIFT) + self.least_args;
            if self.table.layout(self.id.0).plain_args() == Some(count)
                && window[0] >> COUNT_SHIFT != HAS_LENGTH
            {
                let mut at = 1;
                if numbers(window, &mut at, &mut self.shape.args[..count.min(MAX_ARGS)]).is_some() {
                    self.shape.len = at;
                    return Ok(at);
                }
            }
        }
        self.decode_other(rest)
    }

    /// Decodes what has a length, or numbers that are longer than most.
    #[inline(never)]
    fn decode_other(&mut self, rest: &[u8]) -> Result<usize, ErrorKind> {
        self.shape.args = [0; MAX_ARGS];
        if let Some(window) = rest.first_chunk()
            && decode::decode_plain(self.table, window, &mut self.shape).is_some()
        {
            return Ok(self.shape.len);
        }
        self.decode_carefully(rest)
    }

    fn decode_carefully(&mut self, rest: &[u8]) -> Result<usize, ErrorKind> {
        self.id = EventId(rest.first().copied().unwrap_or_default() & ID_MASK);
        match decode::decode(self.table, rest, &Limits::default()) {
            Ok(shape) => self.shape = shape,
            Err(Interrupt::More(missing)) => return Err(ErrorKind::Truncated { missing }),
            Err(Interrupt::Bad { kind, .. }) => return Err(kind),
        }
        Ok(self.shape.len)
    }

    /// The number of the last event's type.
    #[inline(always)]
    #[must_use]
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The arguments of the last event. Those that it does not have are 0.
    #[inline(always)]
    #[must_use]
    pub fn args(&self) -> &[u64; MAX_ARGS] {
        &self.shape.args
    }

    /// The place in the last event where the message of a log starts.
    #[must_use]
    pub fn data_start(&self) -> usize {
        self.shape.tail
    }
}

/// Reads as many numbers as `args` has places.
#[inline(always)]
fn numbers(window: &Window, at: &mut usize, args: &mut [u64]) -> Option<()> {
    for arg in args {
        *arg = number(window, at)?;
    }
    Some(())
}

/// Reads a number, with a fast lane for one byte only: most that have two or more are those of goroutines.
#[inline(always)]
fn number(window: &Window, at: &mut usize) -> Option<u64> {
    let first = window[*at % window.len()];
    if first < 0x80 {
        *at += 1;
        return Some(u64::from(first));
    }
    fast_path::long_number(window, at)
}
