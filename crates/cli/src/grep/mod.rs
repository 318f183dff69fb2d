//! Searching the events of a trace for a pattern: what `goscope grep` does with each.
//!
//! ```text
//! show_events ─▶ Grep ─ Matcher: does it match? ─▶ Lines ─ Context: what stands around it? ─▶ form ─▶ out
//! ```
//!
//! Invariant: memory does not grow with the trace: what may become context is bounded, and so is what is known of texts, by
//! the tables of the trace.

mod context;
mod lines;
mod matcher;

use std::{collections::BTreeSet, io::Write, ops::ControlFlow};

use anyhow::Result;
use goscope_trace::{Clock, Event, GoId, Scope, Tables};

pub use self::{lines::Lines, matcher::Matcher};
use crate::render::event::{Form, Show};

/// Counts the events that match, and shows them.
pub struct Grep<F, W> {
    pub matcher: Matcher,
    /// Where they are shown, if they are.
    pub lines: Option<Lines<F, W>>,
    /// Whether the first one says all that is asked for.
    pub stops_at_first: bool,
    /// How many there were.
    pub found: u64,
    /// The goroutines on which they happened, and that they are about, if these are asked for.
    pub goroutines: Option<BTreeSet<GoId>>,
}

impl<F: Form, W: Write> Show for Grep<F, W> {
    fn needs_snapshot(&self) -> bool {
        self.matcher.needs_snapshot() || self.lines.as_ref().is_some_and(Lines::needs_snapshot)
    }

    fn event(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Result<ControlFlow<()>> {
        let is_match = self.matcher.has(event, tables, clock)?;
        self.found += u64::from(is_match);
        if let (true, Some(goroutines)) = (is_match, &mut self.goroutines) {
            goroutines.extend(goroutines_of(event));
        }
        if let Some(lines) = &mut self.lines {
            lines.event(is_match, event, tables, clock)?;
        }
        Ok(if is_match && self.stops_at_first { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn flush(&mut self) -> Result<()> {
        self.lines.as_mut().map_or(Ok(()), Lines::flush)
    }
}

/// The goroutine of an event, and the one that it is about.
fn goroutines_of(event: &Event) -> impl Iterator<Item = GoId> {
    let subject = match event.kind.subject() {
        Scope::Goroutine(id) => id,
        _ => GoId::NONE,
    };
    [event.goroutine, subject].into_iter().filter(|id| id.is_some())
}
