//! What the tests and chores of goscope share: traces to read, Go's own readers to judge by, and a builder
//! of traces that no Go release at hand writes any more.
//!
//! - [`corpus`] finds the traces of the repository and those that lie beside it.
//! - [`oracle`] runs Go's own readers.
//! - [`scenario`] and [`gofuzz`] read the test data of Go's own trace reader.
//! - [`transcript`] and [`text`] take whole traces in, [`pieces`] takes them apart.
//! - [`validate`] judges ordered events.
//! - [`server`] answers as a script says, [`proxy`] stands between a program and its server.
//! - [`running`] starts real Go programs, [`load`] gives them something to do.
//! - [`skip`] says why a test is skipped.
//! - [`build`] makes traces, [`samples`] are the ones that are kept in the corpus, [`unkind`] has those that attack.
//!
//! It is made for tests, so whatever goes wrong here panics with a message.

// Failing the test at once, and saying on standard error why one is skipped, is what this crate is for.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

pub mod build;
pub mod corpus;
pub mod gofuzz;
pub mod load;
pub mod memory;
pub mod oracle;
pub mod pieces;
pub mod proxy;
pub mod running;
pub mod samples;
pub mod scenario;
pub mod server;
pub mod skip;
pub mod text;
pub mod transcript;
pub mod unkind;
pub mod validate;
