//! The options of a flight recorder.

use std::{fmt::Write, time::Duration};

use clap::Args;
use goscope_analysis::trigger::{Condition, SIGNALS};

use super::{duration::duration, size::size};

/// The options of the flight recorder: what it keeps, and when it writes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flight recorder")]
pub struct RingArgs {
    /// Keep only the last generations, of at least this length in total. Write them when a condition becomes true
    /// or, without a condition, at the end
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub ring: Option<Duration>,
    /// Write the kept generations when this condition becomes true; can be given several times
    #[arg(long, value_name = "CONDITION", requires = "ring")]
    pub when: Vec<Condition>,
    /// Continue for this long after the condition, then write [default: to the end of the generation, about a
    /// second]
    #[arg(long, value_name = "DURATION", requires = "when", value_parser = duration)]
    pub after: Option<Duration>,
    /// Stop after this number of files
    #[arg(long, value_name = "N", requires = "when", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub max: u32,
    /// Size limit of the kept generations that have ended. The generation that is arriving may need as much again,
    /// and so may a file that is being written
    #[arg(long, value_name = "SIZE", requires = "ring", default_value = "512MiB", value_parser = size)]
    pub ring_size: u64,
}

/// The signals of conditions, for the help.
pub fn signals() -> String {
    let mut text = String::from("Conditions, which `and`, `or`, `not` and ( ) combine:\n");
    for spec in SIGNALS {
        // Text takes everything.
        let _ = writeln!(text, "  {:28} {}", spec.example, spec.meaning);
    }
    text.push_str("Signals cover the last second.\n");
    text
}
