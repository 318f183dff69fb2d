//! The stream gives what `Reader` gives, at once, in bounded memory, whatever comes.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod reading;
mod same_events;
