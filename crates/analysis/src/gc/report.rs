//! What the fold over a trace tells in the end.

use super::{Costs, Cycle, Pauses, Payer};

/// The garbage collections of a trace. All times are in nanoseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CollectionReport {
    /// The cycles, in order, as far as they are kept.
    pub cycles: Vec<Cycle>,
    /// How many there are, in whole or in part.
    pub count: u64,
    /// How long the mark phases were.
    pub mark: i64,
    /// How the world was stopped for them.
    pub pauses: Pauses,
    /// What they cost, and the cycles before: what was swept at first is garbage of theirs.
    pub costs: Costs,
    /// How long goroutines ran, all together, whatever for.
    pub running: i64,
    /// Who assisted, by function, those first who did longest.
    pub payers: Vec<Payer>,
}
