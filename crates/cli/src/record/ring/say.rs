//! What is said while a line shows how the recording goes on.

use indicatif::ProgressBar;

/// Prints lines above the one that shows how the recording goes on.
#[derive(Clone)]
pub struct Say {
    bar: ProgressBar,
}

impl Say {
    /// Above the line of this bar.
    pub fn above(bar: ProgressBar) -> Self {
        Self { bar }
    }

    /// Prints a line.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| anstream::eprintln!("{text}"));
    }
}
