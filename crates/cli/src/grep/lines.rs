//! Events that match as lines, with the events around them.

use std::io::Write;

use anyhow::Result;
use goscope_trace::{Clock, Event, Tables};

use super::context::{Context, Seen};
use crate::render::event::Form;

/// What stands between events that do not follow each other, if there is context.
const GAP: &str = "--\n";

/// Writes events that match, and their context.
pub struct Lines<F, W> {
    form: F,
    out: W,
    /// What lines begin with: those that match, and those around them.
    prefixes: Option<[String; 2]>,
    /// Whether lines may stand between events.
    has_gaps: bool,
    context: Context,
}

impl<F: Form, W: Write> Lines<F, W> {
    /// Lines with so many events of context before and after each match.
    pub fn new(form: F, out: W, context: usize) -> Self {
        Self { form, out, prefixes: None, has_gaps: context > 0, context: Context::new(context) }
    }

    /// Lines that begin with the name of their trace.
    pub fn named(self, name: &str) -> Self {
        Self { prefixes: Some([format!("{name}: "), format!("{name}- ")]), ..self }
    }

    /// Lines of events only.
    pub fn without_gaps(self) -> Self {
        Self { has_gaps: false, ..self }
    }

    pub fn needs_snapshot(&self) -> bool {
        self.form.needs_snapshot()
    }

    /// The next event.
    pub fn event(&mut self, is_match: bool, event: &Event, tables: &Tables, clock: &Clock) -> Result<()> {
        let Self { form, out, prefixes, has_gaps, context } = self;
        context.add(is_match, event, clock, |seen, is_match, is_behind_gap| {
            if is_behind_gap && *has_gaps {
                out.write_all(GAP.as_bytes())?;
            }
            if let Some([of_match, of_context]) = prefixes {
                out.write_all(if is_match { of_match } else { of_context }.as_bytes())?;
            }
            let Seen { event, clock, .. } = seen;
            form.write(event, tables, clock, out)
        })
    }

    pub fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }
}
