//! Changes of a trace that need none of its events put in order: record in, bytes out.

mod drop;

pub use drop::{Dropper, Refusal, UnknownEvent};
