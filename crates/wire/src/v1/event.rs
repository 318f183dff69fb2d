//! Events of family v1 in bulk, for readers that keep their bytes and decode them when their turn comes:
//! [`Bulk`] finds where they end, [`BulkEvents`] decodes them.
//!
//! Family v1 does not say how long a batch is, and so every event has to be passed over once. That is done
//! without a look at its numbers: in eight bytes, the ends of numbers are the bytes without a top bit.

use super::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, decode, least_args};
use crate::{
    cursor::Stop,
    error::ErrorKind,
    limits::Limits,
    plain::Window,
    record::{Record, Shape},
    spec::{EventId, MAX_ARGS, Table},
    version::FormatVersion,
};

/// A part of a trace of family v1.
#[derive(Debug)]
pub enum Run<'a> {
    /// Events that follow each other, of the types that are wanted in bulk: their bytes.
    Events(&'a [u8]),
    /// Whatever else there is.
    Record(Record<'a>),
}

/// The types of events that [`Reader::next_run`](crate::Reader::next_run) gives in bulk: all that are nothing
/// but arguments, but for those that the caller wants to see.
#[derive(Clone, Debug)]
pub struct Bulk {
    table: &'static Table,
    least_args: u32,
    /// By the first byte of an event: what is known then.
    heads: [Head; 256],
    is_wary: bool,
}

/// Longer than nearly all records.
const LONG: usize = 128;

/// What the first byte of an event tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Head {
    /// It is followed by as many numbers as its type has, which its upper bits count.
    Counted,
    /// It is followed by a length and as many numbers as its type has.
    Long,
    /// It is not for the bulk, or not plain.
    Other,
}

impl Bulk {
    /// For traces of `version`, without the types that the caller wants as records.
    #[must_use]
    pub fn new(version: FormatVersion, except: &[EventId]) -> Self {
        let table = Table::of(version);
        let head = |head: usize| {
            let head = head as u8;
            let id = EventId(head & ID_MASK);
            let bits = head >> COUNT_SHIFT;
            match table.layout(id.0).plain_args() {
                Some(_) if except.contains(&id) => Head::Other,
                Some(_) if bits == HAS_LENGTH => Head::Long,
                Some(count) if count == usize::from(bits) + least_args(version) => Head::Counted,
                _ => Head::Other,
            }
        };
        Self {
            table,
            least_args: least_args(version) as u32,
            heads: std::array::from_fn(head),
            is_wary: false,
        }
    }

    /// The same, for files that may be damaged: a long record is an error if no records follow it, because wrong
    /// bytes look like long records too, and would hide what is right.
    #[must_use]
    pub fn wary(self) -> Self {
        Self { is_wary: true, ..self }
    }

    /// Whether a record is to be believed only if others follow it.
    pub(crate) fn doubts(&self, record: &Record<'_>) -> bool {
        self.is_wary && (record.bytes().len() > LONG || record.spec().is_none())
    }

    pub(crate) fn version(&self) -> FormatVersion {
        self.table.version()
    }

    /// How many events there are at the front of `window`, and how many bytes they are.
    pub(crate) fn walk(&self, window: &[u8]) -> (u64, usize) {
        let (mut count, mut at) = (0, 0);
        while let Some(len) = self.step(&window[at..]) {
            at += len;
            count += 1;
        }
        (count, at)
    }

    /// The length of the event at the front of `window`.
    #[inline(always)]
    fn step(&self, window: &[u8]) -> Option<usize> {
        let bytes: &[u8; 9] = window.first_chunk()?;
        let head = bytes[0];
        let [_, numbers @ ..] = bytes;
        if self.heads[usize::from(head)] == Head::Counted {
            let len = numbers_len(*numbers, u32::from(head >> COUNT_SHIFT) + self.least_args);
            if len.is_some() {
                return len.map(|len| 1 + len);
            }
        }
        self.step_plain(window)
    }

    /// [`Self::step`] for what has a length, or more bytes.
    #[inline(never)]
    fn step_plain(&self, window: &[u8]) -> Option<usize> {
        let window: &Window = window.first_chunk()?;
        if self.heads[usize::from(window[0])] == Head::Other {
            return None;
        }
        let mut shape = Shape { len: 0, args: [0; MAX_ARGS], count: 0, tail: 0 };
        decode::decode_plain(self.table, window, &mut shape)?;
        Some(shape.len)
    }
}

/// The top bits of eight bytes.
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The bytes of the first one to four numbers, if those end within eight bytes.
#[inline(always)]
fn numbers_len(bytes: [u8; 8], count: u32) -> Option<usize> {
    let first = !u64::from_le_bytes(bytes) & TOPS;
    let second = without_lowest(first);
    let third = without_lowest(second);
    let mut ends = if count > 1 { second } else { first };
    ends = if count > 2 { third } else { ends };
    ends = if count > 3 { without_lowest(third) } else { ends };
    (ends != 0).then_some(ends.trailing_zeros() as usize / 8 + 1)
}

#[inline(always)]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}

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
            Err(Stop::More(missing)) => return Err(ErrorKind::Truncated { missing }),
            Err(Stop::Bad { kind, .. }) => return Err(kind),
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

/// Reads a number, with a fast lane for one byte, and one for up to eight, in which it makes no difference how
/// many they are: that of goroutines changes from event to event, and no processor can tell how.
#[inline(always)]
fn number(window: &Window, at: &mut usize) -> Option<u64> {
    let first = window[*at % window.len()];
    if first < 0x80 {
        *at += 1;
        return Some(u64::from(first));
    }
    let word = u64::from_le_bytes(*window.get(*at..)?.first_chunk()?);
    let ends = !word & TOPS;
    if ends == 0 {
        return None;
    }
    *at += ends.trailing_zeros() as usize / 8 + 1;
    // All bits up to the top one of the last byte.
    Some(join(word & (ends ^ ends.wrapping_sub(1))))
}

/// The number whose parts of seven bits are in the bytes of `word`: by twos, by fours, by eights.
#[inline(always)]
fn join(word: u64) -> u64 {
    let word = (word & 0x007f_007f_007f_007f) | (word & 0x7f00_7f00_7f00_7f00) >> 1;
    let word = (word & 0x0000_3fff_0000_3fff) | (word & 0x3fff_0000_3fff_0000) >> 2;
    (word & 0x0fff_ffff) | (word & 0x0fff_ffff_0000_0000) >> 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::varint;

    /// Numbers of every length, and more than fits.
    const SAMPLES: [u64; 10] =
        [0, 127, 128, 300, 1 << 14, (1 << 21) - 1, 1 << 28, 1 << 42, (1 << 56) - 1, u64::MAX];

    #[test]
    fn numbers_are_read_as_elsewhere() {
        for value in SAMPLES {
            let mut bytes = Vec::new();
            varint::append(&mut bytes, value);
            let len = bytes.len();
            bytes.resize(64, 0xff);
            let mut at = 0;
            let read = number(bytes.first_chunk().unwrap(), &mut at);
            assert_eq!(read, (len <= 8).then_some(value), "{value}");
            assert!(read.is_none() || at == len);
        }
    }

    #[test]
    fn ends_of_numbers_are_found() {
        let bytes = [0x05, 0x81, 0x02, 0x03, 0x80, 0x80, 0x01, 0xff];
        let lens: Vec<_> = (1..=4).map(|count| numbers_len(bytes, count)).collect();
        assert_eq!(lens, [Some(1), Some(3), Some(4), Some(7)]);
        assert_eq!(numbers_len([0x80; 8], 1), None);
    }

    #[test]
    fn a_walk_ends_before_what_is_not_wanted() {
        let bulk = Bulk::new(FormatVersion::V1_21, &[EventId(14)]);
        let mut bytes = vec![0x06, 0x03, 0x45, 0x81, 0x01, 0x07, 0xc6, 0x01, 0x05]; // twice ProcStop, once long
        let wanted = bytes.len();
        bytes.extend([0x8e, 0x05, 0x07, 0x02]); // GoStart
        bytes.resize(wanted + 64, 0);
        assert_eq!(bulk.walk(&bytes), (3, wanted));
    }
}
