//! Bytes to records of family v1: [`decode_plain`] for nearly all, [`decode`] for the rest and for reasons.

use super::{COUNT_SHIFT, HAS_LENGTH, ID_MASK, least_args};
use crate::{
    cursor::{Cursor, Interrupt, frames, within},
    error::ErrorKind,
    fast_path::{self, Window},
    limits::Limits,
    record::Shape,
    spec::{EventId, EventSpec, MAX_ARGS, Table, Tail, id},
};

/// Decodes the event at the front of `window` into `shape` if it is nothing but the arguments of its type.
#[inline(always)]
pub(crate) fn decode_plain(table: &Table, window: &Window, shape: &mut Shape) -> Option<()> {
    let head = window[0];
    let count = table.layout(head & ID_MASK).plain_args()?;
    let bits = head >> COUNT_SHIFT;
    if bits == HAS_LENGTH {
        let mut at = 1;
        let len = fast_path::number(window, &mut at)?;
        fast_path::args(window, at, count, shape)?;
        return ((shape.len - at) as u64 == len).then_some(());
    }
    if usize::from(bits) + least_args(table.version()) == count {
        fast_path::args(window, 1, count, shape)
    } else {
        None
    }
}

/// Decodes the record at the front of `window`.
pub(crate) fn decode(table: &Table, window: &[u8], limits: &Limits) -> Result<Shape, Interrupt> {
    let mut cursor = Cursor::new(window);
    let head = cursor.byte()?;
    let event = EventId(head & ID_MASK);
    let spec = table.get(event);
    if spec.is_some() && event.0 == id::v1::STRING {
        return decode_string(cursor, limits);
    }
    let extent = Extent::read(&mut cursor, head, table, limits)?;
    match spec {
        Some(spec) => decode_known(cursor, table, spec, extent, limits),
        None => extent.pass(cursor),
    }
}

/// A string: its number, its length, itself.
fn decode_string(mut cursor: Cursor<'_>, limits: &Limits) -> Result<Shape, Interrupt> {
    let mut args = [0; MAX_ARGS];
    cursor.varints(&mut args[..1])?;
    let tail = cursor.data(limits)?;
    Ok(Shape { len: cursor.at, args, count: 1, tail })
}

fn decode_known(
    mut cursor: Cursor<'_>,
    table: &Table,
    spec: &EventSpec,
    extent: Extent,
    limits: &Limits,
) -> Result<Shape, Interrupt> {
    let Arguments { args, count: got, mut tail } = extent.arguments(&mut cursor, spec)?;
    let mut want = spec.args.len();
    if let Tail::Frames(fields) = spec.tail {
        want += frames(args[1], limits)? * fields.len();
    }
    let is_short = got < want && spec.may_be_short() && got >= least_args(table.version());
    if got != want && !is_short {
        let kind = ErrorKind::ArgumentCount { event: spec.id, want, got };
        // Data that trails the arguments could not be told from the next record.
        return Err(Interrupt::Bad { kind, extent: (spec.tail != Tail::Data).then_some(cursor.at) });
    }
    if spec.tail == Tail::Data {
        tail = cursor.data(limits)?;
    }
    Ok(Shape { len: cursor.at, args, count: got.min(spec.args.len()), tail })
}

/// How far the arguments of a record reach: what its first bytes say.
enum Extent {
    /// This many arguments.
    Count(usize),
    /// Up to this offset in the record.
    End(usize),
}

impl Extent {
    fn read(cursor: &mut Cursor<'_>, head: u8, table: &Table, limits: &Limits) -> Result<Self, Interrupt> {
        let bits = head >> COUNT_SHIFT;
        if bits != HAS_LENGTH {
            return Ok(Self::Count(usize::from(bits) + least_args(table.version())));
        }
        let len = within("the length of an event", cursor.varint()?, limits.data_bytes)?;
        Ok(Self::End(cursor.at + len))
    }

    /// Passes over the arguments of an event that the version does not have.
    fn pass(self, mut cursor: Cursor<'_>) -> Result<Shape, Interrupt> {
        match self {
            Self::Count(count) => cursor.skip_varints(count)?,
            Self::End(end) => cursor.skip(end - cursor.at)?,
        }
        Ok(Shape { len: cursor.at, args: [0; MAX_ARGS], count: 0, tail: 1 })
    }

    fn arguments(self, cursor: &mut Cursor<'_>, spec: &EventSpec) -> Result<Arguments, Interrupt> {
        let mut arguments = Arguments { args: [0; MAX_ARGS], count: 0, tail: cursor.at };
        match self {
            Self::Count(count) => {
                for left in (1..=count).rev() {
                    let value = cursor.varint().map_err(|stop| stop.at_least(left))?;
                    arguments.push(spec, value, cursor.at);
                }
            }
            Self::End(end) => {
                let mut inner = cursor.until(end)?;
                while inner.at < end {
                    let value = inner.varint().map_err(|stop| mismatch(stop, spec.id, end))?;
                    arguments.push(spec, value, inner.at);
                }
                cursor.at = end;
            }
        }
        Ok(arguments)
    }
}

/// A number that reaches beyond the length of its event.
fn mismatch(stop: Interrupt, event: EventId, end: usize) -> Interrupt {
    match stop {
        Interrupt::More(_) => Interrupt::Bad { kind: ErrorKind::LengthMismatch(event), extent: Some(end) },
        bad => bad,
    }
}

/// The arguments of a record, however many it has.
struct Arguments {
    args: [u64; MAX_ARGS],
    count: usize,
    /// Where those start that are not in `args`: the frames of a stack.
    tail: usize,
}

impl Arguments {
    /// Adds the argument that ends at `end`.
    fn push(&mut self, spec: &EventSpec, value: u64, end: usize) {
        if self.count < spec.args.len() {
            self.args[self.count] = value;
            self.tail = end;
        }
        self.count += 1;
    }
}
