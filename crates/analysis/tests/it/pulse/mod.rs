//! The pulse of a stream, against the ordered analyses of the same trace.

// What a test needs may fail with a panic.
#![allow(clippy::panic, clippy::unwrap_used)]

use crate::program;

mod bounds;
mod feed;
mod look;
mod made;
mod naive;
mod order;
mod totals;
mod window;
