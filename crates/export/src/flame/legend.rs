//! What colours mean, and how much was spent on each: entries in rows.

use super::{tint::Tints, units::share};

/// The height of a row, in pixels.
pub(super) const ROW: u32 = 20;

/// The width of a letter, in pixels.
const LETTER: f64 = 7.25;

/// The width of an entry without its text, in pixels: where the text begins, and what is free behind it.
const TEXT: f64 = 16.0;
const GAP: f64 = 14.0;

/// An entry. Places are in pixels from the upper left corner of the legend.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) colour: &'static str,
    pub(super) x: f64,
    pub(super) row: u32,
}

impl Entry {
    /// Where the text begins.
    pub(super) fn text_x(&self) -> f64 {
        self.x + TEXT
    }
}

/// The entries for all that time was spent on, in as many rows as they need.
pub(super) fn entries(tints: &Tints, whole: u64, width: f64) -> Vec<Entry> {
    let (mut x, mut row) = (0.0, 0);
    let entry = |(name, colour, value): (&str, _, _)| {
        let text = format!("{name} {}", share(value, whole));
        let size = TEXT + text.len() as f64 * LETTER;
        if x > 0.0 && x + size > width {
            (x, row) = (0.0, row + 1);
        }
        let entry = Entry { text, colour, x, row };
        x += size + GAP;
        entry
    };
    tints.parts().map(entry).collect()
}
