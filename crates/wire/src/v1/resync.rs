//! Where a damaged trace of family v1 makes sense again.
//!
//! Batches have no size there, but each record says what it is and how many arguments it has. Bytes at random are
//! hardly ever several records in a row, and so the place where such a row begins is taken for a record.

use super::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, decode};
use crate::{
    cursor::Interrupt,
    limits::Limits,
    spec::{EventId, Table},
    varint,
};

/// So many records in a row make sense.
const ROW: usize = 8;
/// So many do where the bytes end.
const SHORT_ROW: usize = 4;
/// So many bytes are looked at for a row: more than eight records mostly have.
pub(crate) const REACH: usize = 256;

/// The first place in `bytes` where a row of records begins. Rows that the bytes end in count if those are the
/// last of the file.
pub(crate) fn find(table: &Table, bytes: &[u8], ended: bool) -> Option<usize> {
    let last = if ended { bytes.len() } else { bytes.len().saturating_sub(REACH) };
    let is_start = |place: &usize| match row(table, &bytes[*place..bytes.len().min(place + REACH)]) {
        Row::Whole => true,
        Row::End(count) | Row::Cut(count) => count >= SHORT_ROW,
        Row::Broken => false,
    };
    (0..last).find(is_start)
}

/// So many times as long as a record is what follows it looked at.
const FAR: usize = 16;

/// How many bytes behind a record of this length [`follows`] looks at.
pub(crate) const fn reach(len: usize) -> usize {
    if len * FAR > REACH { len * FAR } else { REACH }
}

/// Whether a row follows a record, or the file ends behind it. `None` if the bytes end within the first record of
/// it, and more will tell: in a sound file, too, a string may be far longer than what stands before it.
pub(crate) fn follows(table: &Table, bytes: &[u8], ended: bool) -> Option<bool> {
    match row(table, bytes) {
        Row::Whole => Some(true),
        Row::End(count) => Some(count > 0 || ended),
        Row::Cut(0) if !ended => None,
        Row::Cut(count) => Some(count > 0),
        Row::Broken => Some(false),
    }
}

/// How many bytes the record at the front of `bytes` says that it has: so many may have been looked at before it
/// turned out to be none.
pub(crate) fn claimed(bytes: &[u8]) -> u64 {
    match bytes {
        [head, len @ ..] if head >> COUNT_SHIFT == HAS_LENGTH => {
            varint::read(len).map_or(0, |(len, _)| len.min(bytes.len() as u64))
        }
        _ => 0,
    }
}

/// How many bytes may be looked at in vain up to an offset: so many for each of the file, and some in advance.
pub(crate) const fn patience(offset: u64) -> u64 {
    offset.saturating_mul(64).saturating_add(64 << 20)
}

/// What some bytes are.
enum Row {
    /// They begin with a row of records.
    Whole,
    /// They are so many records.
    End(usize),
    /// They end in the record behind so many.
    Cut(usize),
    /// They make no sense.
    Broken,
}

fn row(table: &Table, mut bytes: &[u8]) -> Row {
    for count in 0..ROW {
        let Some(head) = bytes.first() else { return Row::End(count) };
        if table.get(EventId(head & ID_MASK)).is_none() {
            return Row::Broken;
        }
        match decode::decode(table, bytes, &Limits::default()) {
            Ok(shape) => bytes = &bytes[shape.len..],
            Err(Interrupt::More(_)) => return Row::Cut(count),
            Err(Interrupt::Bad { .. }) => return Row::Broken,
        }
    }
    Row::Whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::FormatVersion;

    #[test]
    fn a_record_that_the_bytes_end_in_tells_nothing_yet() {
        let table = Table::of(FormatVersion::V1_21);
        let string = [0x25, 7, 5, b'h', b'e', b'l', b'l', b'o']; // number 7, five bytes
        assert_eq!(follows(table, &string[..4], false), None);
        assert_eq!(follows(table, &string[..4], true), Some(false));
        assert_eq!(follows(table, &string, false), Some(true));
        assert_eq!(follows(table, &[0xff; 9], false), Some(false));
    }

    #[test]
    fn a_row_of_records_is_found_behind_bytes_that_make_no_sense() {
        let stop = [0x06, 0x03];
        let mut bytes = vec![0xff; 20];
        (0..ROW).for_each(|_| bytes.extend(stop));
        let table = Table::of(FormatVersion::V1_21);
        assert_eq!(find(table, &bytes, true), Some(20));
        assert_eq!(find(table, &bytes, false), None);
        assert_eq!(find(table, &bytes[..20], true), None);
    }
}
