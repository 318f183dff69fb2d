//! The live sources, tested from outside: one test program, because linking each one takes long.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod growing;
mod http;
mod tls;
