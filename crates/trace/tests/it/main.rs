//! The trace crate, tested from outside: one test program, because linking each one takes long.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod anonymise;
mod another_trace;
mod before_errors;
#[cfg(feature = "binary")]
mod binary;
mod digests;
mod drop;
mod encode;
mod filter;
mod fresh;
mod go_text;
mod histories;
mod hostile;
mod order;
mod program;
mod rewrite;
mod ring;
mod rules;
mod salvage;
mod salvage_v1;
mod scenarios;
mod stream;
mod strict_first;
mod threads;
mod upgrade;

/// Counts what each test allocates on its thread.
#[global_allocator]
static ALLOCATOR: goscope_testkit::memory::Counting = goscope_testkit::memory::Counting;
