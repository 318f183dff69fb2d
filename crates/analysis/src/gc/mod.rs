//! Garbage collections: how long each took, what of it stopped the program, and what it cost.
//!
//! A cycle begins with its mark phase, in the beginning of which the world is stopped to end what is left of the last
//! sweep; the mark phase ends while the world is stopped to end marking, and with that stop the cycle. What is then
//! swept is the garbage that this cycle found, until marking ends the next time.
//!
//! Assists and workers belong to the cycle in which they begin. A worker works from the label that says what kind it is
//! of to when it stops running. What the background sweeper does is not told as a range, and does not count as sweeping.
//!
//! Source: Go 1.27.3 `runtime/mgc.go` (`gcStart`, `gcMarkDone`, `gcMarkTermination`), `runtime/mgcsweep.go`.

mod assists;
mod books;
mod costs;
mod cycle;
mod fold;
mod marking;
mod memory;
mod report;
mod running;
mod sweeps;
mod workers;

pub use self::{
    assists::Payer,
    costs::{Assists, Costs, Pauses, Sweeps, Workers},
    cycle::{Cycle, Pause},
    fold::Collections,
    memory::HeapSizes,
    report::CollectionReport,
};
