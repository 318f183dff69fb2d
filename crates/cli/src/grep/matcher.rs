//! Whether an event matches: its line, or a text that it refers to.

use anyhow::Result;
use goscope_trace::{Clock, Event, Tables, Texts};
use regex::bytes::Regex;

use crate::render::event::{Clocks, Form, Palette, readable::Readable};

/// Tells the events that match.
pub struct Matcher {
    regex: Regex,
    /// Whether those match in which the pattern is not found.
    is_inverted: bool,
    /// The texts that match: each is looked at once.
    texts: Texts,
    line: Readable,
}

impl Matcher {
    /// Of events whose lines have the times of these clocks.
    pub fn new(regex: Regex, is_inverted: bool, clocks: Clocks) -> Self {
        let of_texts = regex.clone();
        let texts = Texts::new(move |text| of_texts.is_match(text));
        Self { regex, is_inverted, texts, line: Readable::new(clocks, false, Palette::plain()) }
    }

    pub fn needs_snapshot(&self) -> bool {
        self.line.needs_snapshot()
    }

    /// Whether an event matches. The line is made only if no text does.
    pub fn has(&mut self, event: &Event, tables: &Tables, clock: &Clock) -> Result<bool> {
        let is_found = self.texts.has(event, tables)
            || self.regex.is_match(self.line.line(event, tables, clock)?.as_bytes());
        Ok(is_found != self.is_inverted)
    }
}
