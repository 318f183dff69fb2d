//! The parts of an event to bytes of family v2.

use crate::{encode::Trailer, spec::EventSpec, varint};

/// Appends an event whose parts fit `spec`.
pub(crate) fn append(spec: &EventSpec, args: &[u64], trailer: Trailer<'_>, out: &mut Vec<u8>) {
    out.push(spec.id.0);
    args.iter().for_each(|&arg| varint::append(out, arg));
    trailer.append_to(spec, out);
}
