//! The pulse of a stream, against the ordered analyses of the same trace.

// What a test needs may fail with a panic.
#![allow(clippy::panic, clippy::unwrap_used)]

mod feed;
mod naive;
mod totals;
