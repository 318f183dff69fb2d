//! The stream gives what `Reader` gives, at once, in bounded memory, whatever comes.

// What a test needs may fail with a panic.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use crate::rewrite;

mod at_once;
mod damage;
mod generations;
mod go_seq;
mod many;
mod memory;
mod reading;
mod same_events;
mod times;
