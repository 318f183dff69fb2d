//! A record taken apart: its bytes by what they are, to change some and leave the others.

use goscope_wire::{Family, Record, varint};

use super::plan::Row;

/// The bits of the first byte of an event of family v1 that say, if all are set, that the length of the arguments follows.
const V1_LENGTH: u8 = 0xc0;

/// The bytes of a record.
pub(super) struct Parts<'a> {
    head: u8,
    /// The length of the arguments, if it is told.
    length: &'a [u8],
    args: &'a [u8],
    /// The data and their length.
    tail: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn of(record: &Record<'a>, row: &Row) -> Self {
        let (head, rest) = record.bytes().split_first().map_or((0, &[][..]), |(head, rest)| (*head, rest));
        // What the bits say in front of a string means nothing.
        let has_length = row.family == Family::V1 && row.name != "String" && head & V1_LENGTH == V1_LENGTH;
        let (length, args_len, rest) = match varint::read(rest) {
            Ok((value, width)) if has_length => (&rest[..width], value as usize, &rest[width..]),
            _ => (&[][..], numbers_len(rest, record.args().len()), rest),
        };
        let (args, tail) = rest.split_at(args_len.min(rest.len()));
        Self { head, length, args, tail }
    }

    /// Appends the record with something added to its first numbers, and with other data if there are some.
    pub(super) fn append_to(&self, added: &[u64], data: Option<&[u8]>, out: &mut Vec<u8>) {
        let args = self.args_with(added);
        out.push(self.head);
        if !self.length.is_empty() {
            varint::append_padded(out, args.len() as u64, self.length.len());
        }
        out.extend_from_slice(&args);
        match data {
            None => out.extend_from_slice(self.tail),
            Some(data) => {
                varint::append(out, data.len() as u64);
                out.extend_from_slice(data);
            }
        }
    }

    fn args_with(&self, added: &[u64]) -> Vec<u8> {
        let (mut args, mut rest) = (Vec::with_capacity(self.args.len() + added.len()), self.args);
        for added in added {
            let Ok((number, width)) = varint::read(rest) else { break };
            varint::append(&mut args, number.wrapping_add(*added));
            rest = &rest[width..];
        }
        args.extend_from_slice(rest);
        args
    }
}

/// How many bytes so many numbers take.
fn numbers_len(bytes: &[u8], count: usize) -> usize {
    (0..count).fold(0, |len, _| len + varint::read(&bytes[len..]).map_or(0, |(_, width)| width))
}

#[cfg(test)]
mod tests {
    use goscope_wire::{FormatVersion, SliceReader};

    use super::{super::plan::Plan, *};

    /// The first record behind the header of a trace, with something added to its first numbers and with other data.
    fn changed(trace: &[u8], added: &[u64], data: Option<&[u8]>) -> Vec<u8> {
        let (mut out, mut plan) = (Vec::new(), Plan::new(FormatVersion::V1_21, |_| false));
        if let Ok(mut reader) = SliceReader::new(trace)
            && let Ok(Some(record)) = reader.next_record()
            && let Some(row) = plan.row(record.id())
        {
            Parts::of(&record, row).append_to(added, data, &mut out);
        }
        out
    }

    #[test]
    fn lengths_are_those_of_what_is_there() {
        let header = b"go 1.21 trace\0\0\0";
        // UserLog dt=3 id=1 keyid=2 stack=0 "hi"
        let log = [&header[..], b"\xf0\x04\x03\x01\x02\x00\x02hi"].concat();
        assert_eq!(changed(&log, &[], None), log[16..]);
        assert_eq!(changed(&log, &[297], None), b"\xf0\x05\xac\x02\x01\x02\x00\x02hi");
        assert_eq!(changed(&log, &[1], Some(b"")), b"\xf0\x04\x04\x01\x02\x00\x00");
        // String id=5 "hi", with bits that mean nothing.
        let string = [&header[..], b"\xe5\x05\x02hi"].concat();
        assert_eq!(changed(&string, &[], Some(b"h")), b"\xe5\x05\x01h");
    }
}
