//! The parts of an event to bytes of family v1.

use super::{COUNT_SHIFT, HAS_LENGTH, least_args};
use crate::{
    encode::Trailer,
    spec::{EventSpec, id},
    varint,
    version::FormatVersion,
};

/// Appends an event whose parts fit `spec`.
pub(crate) fn append(
    version: FormatVersion,
    spec: &EventSpec,
    args: &[u64],
    trailer: Trailer<'_>,
    out: &mut Vec<u8>,
) {
    let mut numbers = Vec::with_capacity(16);
    args.iter().for_each(|&arg| varint::append(&mut numbers, arg));
    if let Trailer::Frames(_) = trailer {
        trailer.append_to(spec, &mut numbers);
    }
    append_head(version, spec, args.len(), &trailer, numbers.len(), out);
    out.extend_from_slice(&numbers);
    if let Trailer::Data(_) = trailer {
        trailer.append_to(spec, out);
    }
}

/// Appends the first byte, and the length of the arguments where they are too many to count in it.
fn append_head(
    version: FormatVersion,
    spec: &EventSpec,
    args: usize,
    trailer: &Trailer<'_>,
    len: usize,
    out: &mut Vec<u8>,
) {
    let counted = matches!(trailer, Trailer::Frames(_)).then_some(HAS_LENGTH);
    let bits = counted.unwrap_or_else(|| HAS_LENGTH.min((args.saturating_sub(least_args(version))) as u8));
    // The count of a string is not looked at, and Go writes none.
    let bits = if spec.id.0 == id::v1::STRING { 0 } else { bits };
    out.push(spec.id.0 | bits << COUNT_SHIFT);
    if bits == HAS_LENGTH {
        varint::append(out, len as u64);
    }
}
