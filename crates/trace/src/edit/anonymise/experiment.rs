//! Batches of the AllocFree experiment: the names and addresses of types.
//!
//! | batch | after its first byte |
//! |---|---|
//! | `00` types | for each: number, address, size, bytes with pointers, length of its name, name |
//! | `01` layout | where the heap starts, and three sizes |
//!
//! The start of the heap is the same for all programs of a system, and what events say of objects counts from there.
//!
//! Source: Go 1.27.3 `runtime/traceallocfree.go`, `runtime/tracetype.go`.

use goscope_wire::varint;

use super::{changes::Changes, split::Split};

const TYPES: u8 = 0;
const LAYOUT: u8 = 1;
/// The numbers of a batch with the layout.
const LAYOUT_NUMBERS: usize = 4;

/// The data of a batch with its changes, in one batch or several; `None` if it is laid out in another way.
pub(super) fn change(data: &[u8], changes: &mut Changes<'_>) -> Option<Vec<Vec<u8>>> {
    match data.split_first() {
        None => Some(vec![Vec::new()]),
        Some((&LAYOUT, rest)) => is_layout(rest).then(|| vec![data.to_vec()]),
        Some((&TYPES, rest)) => change_types(rest, changes),
        Some(_) => None,
    }
}

fn is_layout(mut rest: &[u8]) -> bool {
    (0..LAYOUT_NUMBERS).all(|_| number(&mut rest).is_some()) && rest.is_empty()
}

fn change_types(mut rest: &[u8], changes: &mut Changes<'_>) -> Option<Vec<Vec<u8>>> {
    let mut split = Split::new(Some(TYPES));
    while !rest.is_empty() {
        split.add(|out| change_type(&mut rest, changes, out).ok_or(())).ok()?;
    }
    Some(split.finish())
}

/// Appends the type at the front of `rest`, and goes behind it.
fn change_type(rest: &mut &[u8], changes: &mut Changes<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (_, id) = number(rest)?;
    let (address, address_bytes) = number(rest)?;
    let (_, size) = number(rest)?;
    let (_, pointers) = number(rest)?;
    let (len, len_bytes) = number(rest)?;
    let (name, after) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = after;
    let name = changes.type_name(name);
    out.extend_from_slice(id);
    varint::append_like(out, changes.address(address), address_bytes);
    out.extend_from_slice(size);
    out.extend_from_slice(pointers);
    varint::append_like(out, name.len() as u64, len_bytes);
    out.extend_from_slice(&name);
    Some(())
}

/// The number at the front of `rest`, and its bytes. Goes behind it.
fn number<'a>(rest: &mut &'a [u8]) -> Option<(u64, &'a [u8])> {
    let (value, len) = varint::read(rest).ok()?;
    let (bytes, after) = rest.split_at(len);
    *rest = after;
    Some((value, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::anonymise::{hash::Hash, names::Names};

    fn changed(data: &[u8]) -> Option<Vec<Vec<u8>>> {
        let names = Names { hash: Hash::new(b"key"), keep: Vec::new(), keeps_standard: true };
        change(data, &mut Changes::new(names))
    }

    #[test]
    fn names_and_addresses_of_types_change() {
        let types = b"\x00\x01\x80\x01\x20\x18\x03int\x02\x00\x10\x00\x07*main.T";
        let [batch] = &changed(types).unwrap()[..] else { panic!() };
        assert!(batch.starts_with(b"\x00\x01") && !batch.windows(6).any(|bytes| bytes == b"main.T"));
        let (address, len) = varint::read(&batch[2..]).unwrap();
        assert!(address > 0 && address != 0x80);
        assert!(batch[2 + len..].starts_with(b"\x20\x18\x03int\x02\x00\x10\x00\x0e*t"));
        assert_eq!(batch.len(), 2 + len + 7 + 4 + 14);
    }

    #[test]
    fn the_layout_stays() {
        let layout = b"\x01\x80\x80\x80\x80\x80\x18\x80@\x08\x80\x10";
        assert_eq!(changed(layout), Some(vec![layout.to_vec()]));
        assert_eq!(changed(b""), Some(vec![Vec::new()]));
    }

    #[test]
    fn what_is_laid_out_in_another_way_is_refused() {
        for data in [
            &b"\x02"[..],
            b"\x01\x00\x03\x08",
            b"\x01\x00\x03\x08\x09\x0a",
            b"\x00\x01\x01\x01\x01\x04int",
            b"\x00\x01",
        ] {
            assert_eq!(changed(data), None, "{data:?}");
        }
    }
}
