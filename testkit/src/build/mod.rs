//! Builds traces as Go's runtime would write them: small, but with clocks, sequence numbers and tables that fit.
//!
//! [`V1Trace`] makes those of headers 1.5 to 1.21, [`V2Trace`] those since 1.22. [`GoProgram`] makes the program
//! that has the names which traces of header 1.5 lack. Whatever runs while something
//! else runs is a closure within a closure, so that the source reads like the history:
//!
//! ```
//! use goscope_testkit::build::V1Trace;
//! use goscope_wire::FormatVersion;
//!
//! let mut trace = V1Trace::new(FormatVersion::V1_11);
//! let main = trace.stack(&[("main.main", "main.go", 9)]);
//! trace.on(0, |p| {
//!     p.found(1, main, 0); // what there is when tracing starts
//!     p.start(3);
//!     p.run(1, |g| {
//!         g.spawn(2, main, main);
//!         g.meanwhile(1, |p| {
//!             p.start(4);
//!             p.run(2, |g| g.block("GoBlockRecv", main));
//!             p.stop();
//!         });
//!         g.unblock(2, main);
//!         g.end();
//!     });
//! });
//! assert!(trace.finish().starts_with(b"go 1.11 trace"));
//! ```
//!
//! A history that can't be, such as a goroutine that runs twice, panics.

mod clock;
mod event;
mod program;
mod symbols;
mod v1;
mod v2;

pub use self::{
    program::{GoProgram, TableLayout},
    symbols::Call,
    v1::{Goroutine, Proc, V1Trace},
    v2::{Generation, Thread, V2Trace},
};
