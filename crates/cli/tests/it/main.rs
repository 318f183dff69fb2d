//! The program, tested from outside: one test program, because linking each one takes long.

// What a test needs may fail with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accidents;
mod anonymise;
mod answers;
mod binary;
mod commands;
mod duration;
mod events;
mod faults;
mod go_program;
mod go_top;
mod grep;
mod live;
mod outputs;
mod pipes;
mod printed;
mod record;
mod repair;
mod reports;
mod ring;
mod ring_program;
mod secrets;
mod servers;
mod tail;
mod terminal;
mod top;
mod tracegrep;
mod writing;
