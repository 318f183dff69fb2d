//! What lasts: intervals made of events, for everybody who asks how long something took and why.
//!
//! An ordered event says that something changed. Here it becomes what was in between: a goroutine waited from then to
//! then, for this reason, until that goroutine ended it. [`GoSpans`] follows goroutines and gives each interval as soon
//! as it has ended; nothing of it is kept. [`Ranges`] does the same for
//! ranges. [`Timeline`] keeps all of them, in columns, for questions that go back in time.
//!
//! Invariant: the intervals of a goroutine do not overlap, and follow each other without a gap from its first event to
//! its end, or to that of the trace.

mod columns;
mod ranges;
mod spans;

pub use self::{
    columns::Timeline,
    ranges::{RangeSpan, Ranges},
    spans::{Ending, GoSpan, GoSpans},
};
