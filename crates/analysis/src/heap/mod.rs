//! The heap: how large it was over time and, where the runtime tells, what was in it.
//!
//! [`Metrics`] folds the measures that every trace has. [`Objects`] folds the events of the AllocFree experiment,
//! which only traces with `GODEBUG=traceallocfree=1` have. Both keep values over time as a [`Course`] of bounded
//! length.

mod account;
mod batch;
mod books;
mod course;
mod gauge;
mod layout;
mod metrics;
mod objects;
mod report;
mod series;
mod sites;
mod slots;
mod span_class;
mod spans;
mod stacks;
mod types;

pub(crate) use self::metrics::is_no_goal;
pub use self::{
    account::{Account, Tally},
    course::{Course, Point},
    layout::Layout,
    metrics::{Measures, Metrics},
    objects::Objects,
    report::{Doubts, ObjectReport, SiteUse, SpanUse, TypeUse},
    span_class::SpanClass,
    types::HeapType,
};
