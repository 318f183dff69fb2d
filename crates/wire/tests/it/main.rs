//! The wire crate, tested from outside: one test program, because linking each one takes long.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod another_trace;
mod bulk;
mod damage;
mod format;
mod go_wire;
mod hold;
mod hostile;
mod memory;
mod parts;
mod properties;
mod record_counts;
mod resync;
mod round_trip;
mod scan_headers;
mod spec;
mod text;

/// Counts what each test allocates on its thread.
#[global_allocator]
static ALLOCATOR: goscope_testkit::memory::Counting = goscope_testkit::memory::Counting;
