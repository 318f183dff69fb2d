//! The batches of the AllocFree experiment. Nothing in them is trusted: what can't be read ends the batch.
//!
//! Source: Go 1.27.3 `runtime/traceallocfree.go`, `runtime/tracetype.go`.

use goscope_trace::text::escape_invalid;

use super::{layout::Layout, types::HeapType};

/// What a batch tells, piece by piece.
#[derive(Debug)]
pub(crate) enum Told {
    Layout(Layout),
    /// A type, and the number that the generation gives it.
    Type(u64, HeapType),
}

/// The kinds of batches.
const TYPES: u8 = 0;
const LAYOUT: u8 = 1;

/// Reads a batch up to its end or to what makes no sense. Returns whether all of it made sense.
pub(crate) fn read(data: &[u8], tell: impl FnMut(Told)) -> bool {
    let Some((kind, rest)) = data.split_first() else { return false };
    match *kind {
        TYPES => read_types(Bytes { rest }, tell).is_some(),
        LAYOUT => read_layout(Bytes { rest }, tell).is_some(),
        _ => false,
    }
}

fn read_layout(mut bytes: Bytes<'_>, mut tell: impl FnMut(Told)) -> Option<()> {
    tell(Told::Layout(Layout::of(bytes.numbers()?)?));
    Some(())
}

fn read_types(mut bytes: Bytes<'_>, mut tell: impl FnMut(Told)) -> Option<()> {
    while !bytes.rest.is_empty() {
        let [number, address, size, pointers, len] = bytes.numbers()?;
        let name = escape_invalid(bytes.take(len)?).into_owned();
        tell(Told::Type(number, HeapType { name, address, size, pointers }));
    }
    Some(())
}

/// The bytes that are left.
#[derive(Debug)]
struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(len).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn numbers<const N: usize>(&mut self) -> Option<[u64; N]> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Some(numbers)
    }

    /// A number in groups of seven bits, the lowest first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a batch tells, and whether all of it makes sense.
    fn told(data: &[u8]) -> (Vec<String>, bool) {
        let mut all = Vec::new();
        let is_whole = read(data, |told| {
            all.push(match told {
                Told::Layout(Layout { start, page, align, stack }) => {
                    format!("{start:x} {page} {align} {stack}")
                }
                Told::Type(number, HeapType { name, address, size, pointers }) => {
                    format!("{number} {address:x} {size} {pointers} {name}")
                }
            });
        });
        (all, is_whole)
    }

    #[test]
    fn both_kinds_are_read() {
        let layout = b"\x01\x80\x80\x80\x80\x80\x18\x80@\x08\x80\x10";
        assert_eq!(told(layout), (vec!["c000000000 8192 8 2048".into()], true));
        let types = b"\x00\x01\x80\x01\x20\x18\x03int\x02\x05\x10\x00\x00";
        assert_eq!(told(types), (vec!["1 80 32 24 int".into(), "2 5 16 0 ".into()], true));
    }

    #[test]
    fn what_comes_before_damage_is_told() {
        let whole = b"\x00\x01\x80\x01\x20\x18\x03int\x02\x05\x10\x00\x00";
        for end in 1..whole.len() {
            let (types, is_whole) = told(&whole[..end]);
            assert_eq!((types.len(), is_whole), (usize::from(end >= 10), end == 1 || end == 10), "{end}");
        }
        for damaged in [
            &b""[..],
            b"\x02",
            b"\x01\x00\x03\x08\x80\x10",
            b"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(told(damaged), (Vec::new(), false), "{damaged:?}");
        }
        assert_eq!(
            told(b"\x00\x01\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01int"),
            (Vec::new(), false)
        );
    }
}
