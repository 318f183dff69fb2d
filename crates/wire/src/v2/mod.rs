//! Family v2, headers since 1.22: batches of known size, each of one thread, grouped into generations.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the event's number |
//! | varints | as many arguments as the event has; the first of a timed event is the time since the one before |
//! | varint, bytes | trailing data: its length and itself, if the event has any |
//! | varints | frames: four numbers each, if the event is a stack |
//!
//! Between batches stands only what carries its own size: an event batch, an experimental batch, or,
//! since 1.26, the end of a generation. Worked example: `0e 05 07 01 02` in a batch is GoCreate, 5 ticks
//! after the event before, goroutine 7, with its first stack 1, created at stack 2.
//!
//! Source: Go 1.27.3 `internal/trace/raw/reader.go`, `internal/trace/batch.go`.

pub(crate) mod batch;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod event;
pub(crate) mod resync;
