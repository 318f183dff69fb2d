//! Where events of family v1 end, for readers that keep their bytes: [`BulkScanner`] passes over them.
//!
//! Family v1 does not say how long a batch is, and so every event has to be passed over once. That is done
//! without a look at its numbers: in eight bytes, the ends of numbers are the bytes without a top bit.

use super::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, decode, least_args};
use crate::{
    fast_path::{TOPS, Window},
    record::{Record, Shape},
    spec::{EventId, MAX_ARGS, Table},
    version::FormatVersion,
};

/// A part of a trace of family v1.
#[derive(Debug)]
pub enum BulkChunk<'a> {
    /// Events that follow each other, of the types that are wanted in bulk: their bytes.
    Events(&'a [u8]),
    /// Whatever else there is.
    Record(Record<'a>),
}

/// The types of events that [`Reader::next_run`](crate::Reader::next_run) gives in bulk: all that are nothing
/// but arguments, but for those that the caller wants to see.
#[derive(Clone, Debug)]
pub struct BulkScanner {
    table: &'static Table,
    least_args: u32,
    /// By the first byte of an event: what is known then.
    heads: [Head; 256],
    is_wary: bool,
}

/// Longer than nearly all records.
pub(crate) const LONG: usize = 128;

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

impl BulkScanner {
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

    pub(crate) fn is_wary(&self) -> bool {
        self.is_wary
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_numbers_are_found() {
        let bytes = [0x05, 0x81, 0x02, 0x03, 0x80, 0x80, 0x01, 0xff];
        let lens: Vec<_> = (1..=4).map(|count| numbers_len(bytes, count)).collect();
        assert_eq!(lens, [Some(1), Some(3), Some(4), Some(7)]);
        assert_eq!(numbers_len([0x80; 8], 1), None);
    }

    #[test]
    fn a_walk_ends_before_what_is_not_wanted() {
        let bulk = BulkScanner::new(FormatVersion::V1_21, &[EventId(14)]);
        let mut bytes = vec![0x06, 0x03, 0x45, 0x81, 0x01, 0x07, 0xc6, 0x01, 0x05]; // twice ProcStop, once long
        let wanted = bytes.len();
        bytes.extend([0x8e, 0x05, 0x07, 0x02]); // GoStart
        bytes.resize(wanted + 64, 0);
        assert_eq!(bulk.walk(&bytes), (3, wanted));
    }
}
