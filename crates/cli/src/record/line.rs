//! The line that says how a recording goes on, on a terminal.

use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use super::{
    meter::{Goroutines, Meter},
    ring::Say,
};

/// How often the numbers change. The clock goes on in between.
const INTERVAL: Duration = Duration::from_millis(200);

/// A line on standard error, which is there on a terminal only, and goes away with the value.
pub struct Line {
    bar: ProgressBar,
    began: Instant,
    shown: Instant,
}

impl Line {
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
        let bar =
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message("waiting for the first bytes");
        if !bar.is_hidden() {
            bar.enable_steady_tick(INTERVAL);
        }
        Self { bar, began: Instant::now(), shown: Instant::now() }
    }

    /// Shows what has come so far, unless that was done just now.
    pub fn show(&mut self, meter: &Meter) {
        let elapsed = self.began.elapsed();
        self.show_text(|| message(meter, elapsed));
    }

    /// Shows a text, unless that was done just now.
    pub fn show_text(&mut self, text: impl FnOnce() -> String) {
        if self.bar.is_hidden() || self.shown.elapsed() < INTERVAL {
            return;
        }
        self.shown = Instant::now();
        self.bar.set_message(text());
    }

    /// Who prints above it.
    pub fn say(&self) -> Say {
        Say::above(self.bar.clone())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn message(meter: &Meter, elapsed: Duration) -> String {
    let Goroutines { running, runnable, waiting } = meter.goroutines();
    let rate = meter.events() as f64 / elapsed.as_secs_f64().max(0.001);
    format!(
        "{}  {} events/s  goroutines: {running} running, {runnable} runnable, {waiting} waiting  {} GC",
        HumanBytes(meter.bytes()),
        HumanCount(rate as u64),
        meter.collections(),
    )
}
