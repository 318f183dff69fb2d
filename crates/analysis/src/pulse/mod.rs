//! The pulse of a program that runs: its vital signs now and in a short window, from a stream.
//!
//! ```text
//! StreamItem ─▶ Pulse ─▶ Vitals
//! ```

mod vitals;

use goscope_trace::{StreamItem, StreamTables, TickLength};

pub use self::vitals::{Blocked, Function, Gc, Heap, Quantiles, States, TaskType, Vitals};

/// Follows a stream.
#[derive(Debug, Default)]
pub struct Pulse {}

impl Pulse {
    /// With a window of so many nanoseconds.
    #[must_use]
    pub fn new(_window: i64) -> Self {
        Self {}
    }

    /// Takes what the stream gives next.
    pub fn add(&mut self, _item: &StreamItem, _tables: &StreamTables) {}

    /// Says how long a tick is, as long as the trace has not: family v1 tells it at its end only.
    pub fn assume_tick_length(&mut self, _length: TickLength) {}

    /// What is known now.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        Vitals::default()
    }
}
