//! Family v1, headers 1.5 to 1.21: one stream of records, whose first byte tells how many arguments follow.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | bits 0–5: the event's number; bits 6–7: the number of arguments less one (less two under 1.5) |
//! | varint | the length of the arguments in bytes, only where bits 6–7 are both set |
//! | varints | the arguments; under 1.5 those of a timed event begin with a sequence number, then the time |
//! | varint, bytes | trailing data: its length and itself, for strings and logs |
//!
//! A string has its number, its length and itself, and what bits 6–7 say means nothing. Worked example,
//! Go 1.21: `8e 05 07 02` is event 0x0e, GoStart, with three arguments: 5 ticks after the event before,
//! goroutine 7, its second move.
//!
//! Source: Go 1.21.13 `internal/trace/parser.go` (`readTrace`), `runtime/trace.go` (`traceEventLocked`).

pub(crate) mod bulk;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod event;
pub(crate) mod resync;

use crate::version::FormatVersion;

/// The bits of the first byte that hold the event's number.
pub(crate) const ID_MASK: u8 = 0x3f;
/// Where in the first byte the number of arguments starts.
pub(crate) const COUNT_SHIFT: u32 = 6;
/// The value of the argument bits which says that a length comes first.
pub(crate) const HAS_LENGTH: u8 = 3;

/// The number of arguments that the argument bits of value 0 stand for.
pub(crate) const fn least_args(version: FormatVersion) -> usize {
    if matches!(version, FormatVersion::V1_5) { 2 } else { 1 }
}
