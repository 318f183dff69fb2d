//! A record with other data or other addresses, and every other byte as it stood in the file.
//!
//! It is for those who change what a trace names, not what happened: lengths follow, and where Go padded a length or
//! another number, the new one is padded as well.

use crate::{
    record::Record,
    spec::{ArgKind, EventSpec, Tail},
    v1::{COUNT_SHIFT, HAS_LENGTH},
    varint,
    version::Family,
};

impl EventSpec {
    /// Whether the event has addresses of the program: in its frames, or, in 1.5, as an argument.
    ///
    /// ```
    /// use goscope_wire::{FormatVersion, Table};
    ///
    /// let has_addresses = |version, name| Table::of(version).by_name(name).unwrap().has_addresses();
    /// assert!(has_addresses(FormatVersion::V1_5, "GoCreate")); // `new_pc`
    /// assert!(!has_addresses(FormatVersion::V1_26, "GoCreate"));
    /// assert!(has_addresses(FormatVersion::V1_26, "Stack"));
    /// ```
    #[must_use]
    pub fn has_addresses(&self) -> bool {
        matches!(self.tail, Tail::Frames(_)) || self.positions(ArgKind::Address).next().is_some()
    }

    /// Whether the number at a place, counted over arguments and frames, is an address.
    fn is_address(&self, place: usize) -> bool {
        let in_frames = |fields: usize| (place - self.args.len()).is_multiple_of(fields);
        match self.args.get(place) {
            Some(arg) => arg.kind == ArgKind::Address,
            None => matches!(self.tail, Tail::Frames(fields) if in_frames(fields.len())),
        }
    }
}

impl Record<'_> {
    /// Appends the record with other trailing data. What has no such data stays as it is.
    ///
    /// ```
    /// use goscope_wire::SliceReader;
    ///
    /// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\x25\x05\x02hi")?;
    /// let mut out = Vec::new();
    /// reader.next_record()?.unwrap().append_with_data(b"hello", &mut out);
    /// assert_eq!(out, b"\x25\x05\x05hello");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn append_with_data(&self, data: &[u8], out: &mut Vec<u8>) {
        let Some(old) = self.spec().and_then(|_| self.data()) else {
            return out.extend_from_slice(self.bytes());
        };
        let (front, _) = self.bytes().split_at(self.bytes().len() - old.len());
        let (front, len) = front.split_at(last_number(front));
        out.extend_from_slice(front);
        varint::append_like(out, data.len() as u64, len);
        out.extend_from_slice(data);
    }

    /// Appends the record with the addresses that `change` makes of those that it has.
    ///
    /// ```
    /// use goscope_wire::SliceReader;
    ///
    /// // Stack 1 has one frame: address 9, function 2, file 3, line 7.
    /// let mut reader = SliceReader::new(b"go 1.21 trace\0\0\0\xc3\x06\x01\x01\x09\x02\x03\x07")?;
    /// let mut out = Vec::new();
    /// reader.next_record()?.unwrap().append_with_addresses(|address| address + 300, &mut out);
    /// assert_eq!(out, b"\xc3\x07\x01\x01\xb5\x02\x02\x03\x07");
    /// # Ok::<(), goscope_wire::Error>(())
    /// ```
    pub fn append_with_addresses(&self, change: impl FnMut(u64) -> u64, out: &mut Vec<u8>) {
        let Some(spec) = self.spec().filter(|spec| spec.has_addresses()) else {
            return out.extend_from_slice(self.bytes());
        };
        let (head, rest) = self.bytes().split_at(1);
        out.extend_from_slice(head);
        if self.version().family() == Family::V2 || head[0] >> COUNT_SHIFT != HAS_LENGTH {
            return append_numbers(spec, rest, change, out);
        }
        let (len, numbers) = rest.split_at(first_number(rest));
        let mut changed = Vec::with_capacity(2 * numbers.len());
        append_numbers(spec, numbers, change, &mut changed);
        varint::append_like(out, changed.len() as u64, len);
        out.extend_from_slice(&changed);
    }
}

/// Appends the arguments and frames of an event, addresses changed.
fn append_numbers(
    spec: &EventSpec,
    mut numbers: &[u8],
    mut change: impl FnMut(u64) -> u64,
    out: &mut Vec<u8>,
) {
    let mut place = 0;
    while let Ok((value, len)) = varint::read(numbers) {
        let (number, rest) = numbers.split_at(len);
        if spec.is_address(place) {
            varint::append_like(out, change(value), number);
        } else {
            out.extend_from_slice(number);
        }
        numbers = rest;
        place += 1;
    }
}

/// Where the first number of some bytes ends.
fn first_number(bytes: &[u8]) -> usize {
    varint::read(bytes).map_or(0, |(_, len)| len)
}

/// Where the last of some numbers begins: behind the last byte, but for its own, that ends a number.
pub(crate) fn last_number(numbers: &[u8]) -> usize {
    let others = &numbers[..numbers.len().saturating_sub(1)];
    others.iter().rposition(|byte| byte & 0x80 == 0).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FormatVersion, Header, SliceReader};

    /// The only record of a trace, with other data or addresses.
    fn spliced(version: FormatVersion, record: &[u8], splice: impl Fn(&Record<'_>, &mut Vec<u8>)) -> Vec<u8> {
        let trace = [&Header::new(version).to_bytes()[..], record].concat();
        let mut reader = SliceReader::new(&trace).unwrap();
        let mut out = Vec::new();
        splice(&reader.next_record().unwrap().unwrap(), &mut out);
        out
    }

    #[test]
    fn padded_lengths_stay_padded() {
        let out = spliced(FormatVersion::V1_5, b"\xc3\x84\x80\x80\x00\x01\x01\x85\x00", |record, out| {
            record.append_with_addresses(|_| 6, out);
        });
        assert_eq!(out, b"\xc3\x84\x80\x80\x00\x01\x01\x86\x00");
        let out = spliced(FormatVersion::V1_21, b"\x25\x05\x82\x00hi", |record, out| {
            record.append_with_data(b"hello", out);
        });
        assert_eq!(out, b"\x25\x05\x85\x00hello");
    }

    #[test]
    fn the_message_of_a_log_is_behind_the_length_of_its_arguments() {
        let out = spliced(FormatVersion::V1_21, b"\xf0\x04\x02\x01\x03\x00\x04soup", |record, out| {
            record.append_with_data(b"", out);
        });
        assert_eq!(out, b"\xf0\x04\x02\x01\x03\x00\x00");
    }

    #[test]
    fn the_address_of_a_new_goroutine_changes() {
        let out = spliced(FormatVersion::V1_5, b"\xcd\x05\x01\x02\x03\x04\x05", |record, out| {
            record.append_with_addresses(|address| address + 0x100, out);
        });
        assert_eq!(out, b"\xcd\x06\x01\x02\x03\x84\x02\x05");
    }

    #[test]
    fn the_address_of_a_new_goroutine_may_be_the_last_argument() {
        // Without its stack, as builds between two releases may write it: four numbers, and so no length.
        let out = spliced(FormatVersion::V1_5, b"\x8d\x01\x02\x03\x04", |record, out| {
            record.append_with_addresses(|address| address + 0x100, out);
        });
        assert_eq!(out, b"\x8d\x01\x02\x03\x84\x02");
    }

    #[test]
    fn what_has_nothing_to_change_stays() {
        for record in [&b"\x45\x0a\x07"[..], b"\x25\x05\x02hi", b"\xff\x02hi"] {
            let out = spliced(FormatVersion::V1_21, record, |record, out| {
                record.append_with_addresses(|_| 0, out);
            });
            assert_eq!(out, record);
        }
        for record in [&b"\x45\x0a\x07"[..], b"\xff\x02hi"] {
            let out = spliced(FormatVersion::V1_21, record, |record, out| record.append_with_data(b"x", out));
            assert_eq!(out, record);
        }
    }
}
