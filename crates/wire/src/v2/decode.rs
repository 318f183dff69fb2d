//! Bytes to records of family v2: [`decode_plain`] for nearly all, [`decode`] for the rest and for reasons.

use crate::{
    cursor::{Cursor, Interrupt, frames},
    fast_path::{self, Window},
    limits::Limits,
    record::Shape,
    spec::{EventId, MAX_ARGS, Table, Tail},
};

/// Decodes the event at the front of `window` into `shape` if it is nothing but arguments.
#[inline(always)]
pub(crate) fn decode_plain(table: &Table, window: &Window, shape: &mut Shape) -> Option<()> {
    let count = table.layout(window[0]).plain_args()?;
    fast_path::args(window, 1, count, shape)
}

/// Decodes the record at the front of `window`.
///
/// `batch_left` is the rest of the batch, in bytes, which is all that is known of an unknown event.
pub(crate) fn decode(
    table: &Table,
    window: &[u8],
    batch_left: usize,
    limits: &Limits,
) -> Result<Shape, Interrupt> {
    let mut cursor = Cursor::new(window);
    let mut args = [0; MAX_ARGS];
    let Some(spec) = table.get(EventId(cursor.byte()?)) else {
        cursor.skip(batch_left.saturating_sub(1))?;
        return Ok(Shape { len: cursor.at, args, count: 0, tail: 1 });
    };
    let count = spec.args.len();
    cursor.varints(&mut args[..count])?;
    let mut tail = cursor.at;
    match spec.tail {
        Tail::None => {}
        Tail::Data => tail = cursor.data(limits)?,
        Tail::Frames(fields) => cursor.skip_varints(frames(args[1], limits)? * fields.len())?,
    }
    Ok(Shape { len: cursor.at, args, count, tail })
}
