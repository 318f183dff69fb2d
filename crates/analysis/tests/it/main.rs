//! The analyses, tested from outside: one test program, because linking each one takes long.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod collections;
mod critical_path;
mod heap;
mod invariants;
mod mutator;
mod overview;
mod program;
mod pulse;
mod scheduler;
mod slices;
mod summary;
mod trigger;

/// Counts what each test allocates on its thread.
#[global_allocator]
static ALLOCATOR: goscope_testkit::memory::Counting = goscope_testkit::memory::Counting;
