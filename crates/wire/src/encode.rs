//! From the parts of an event to its bytes, in their shortest form.
//!
//! What a decoder accepts in other forms is written back by copying [`Record::bytes`](crate::Record::bytes).

use crate::{
    error::ErrorKind,
    record::Frame,
    spec::{EventSpec, Table, Tail},
    v1, v2, varint,
    version::Family,
};

/// What follows the arguments of an event that is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trailer<'a> {
    /// Nothing.
    None,
    /// The bytes of a string, of the message of a log, of an experimental batch.
    Data(&'a [u8]),
    /// The frames of a stack. Their number must be the event's last argument.
    Frames(&'a [Frame]),
}

impl Trailer<'_> {
    /// Whether an event of this type with these arguments may have this trailer.
    fn fits(&self, spec: &EventSpec, args: &[u64]) -> bool {
        match (self, spec.tail) {
            (Self::None, Tail::None) | (Self::Data(_), Tail::Data) => true,
            (Self::Frames(frames), Tail::Frames(_)) => args.last() == Some(&(frames.len() as u64)),
            _ => false,
        }
    }

    /// Appends the data or the frames, each frame with as many numbers as `spec` has.
    pub(crate) fn append_to(self, spec: &EventSpec, out: &mut Vec<u8>) {
        match (self, spec.tail) {
            (Trailer::Data(data), _) => {
                varint::append(out, data.len() as u64);
                out.extend_from_slice(data);
            }
            (Trailer::Frames(frames), Tail::Frames(fields)) => {
                for frame in frames {
                    let numbers = [frame.pc, frame.func, frame.file, frame.line];
                    numbers.into_iter().take(fields.len()).for_each(|number| varint::append(out, number));
                }
            }
            _ => {}
        }
    }
}

/// Appends an event.
pub(crate) fn append(
    table: &Table,
    name: &'static str,
    args: &[u64],
    trailer: Trailer<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ErrorKind> {
    let version = table.version();
    let spec = table.by_name(name).ok_or(ErrorKind::NotInVersion { event: name, version })?;
    let is_short =
        args.len() < spec.args.len() && spec.may_be_short() && args.len() >= v1::least_args(version);
    if !(args.len() == spec.args.len() || is_short) || !trailer.fits(spec, args) {
        return Err(ErrorKind::WrongShape { event: name });
    }
    match version.family() {
        Family::V1 => v1::encode::append(version, spec, args, trailer, out),
        Family::V2 => v2::encode::append(spec, args, trailer, out),
    }
    Ok(())
}
