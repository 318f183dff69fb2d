//! The options of a flight recorder.

use std::{fmt::Write, time::Duration};

use clap::Args;
use goscope_analysis::trigger::{Condition, SIGNALS};

use super::{duration::duration, size::size};

/// What is kept, and when it is written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flight recorder")]
pub struct RingArgs {
    /// Keep only the last generations, of this length at least, and write them when a condition comes true, or at the end if
    /// there is none
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub ring: Option<Duration>,
    /// Write what is kept when this comes true; may be given several times
    #[arg(long, value_name = "CONDITION", requires = "ring")]
    pub when: Vec<Condition>,
    /// Go on for so long behind that before writing [default: up to the end of the generation, about a second]
    #[arg(long, value_name = "DURATION", requires = "when", value_parser = duration)]
    pub after: Option<Duration>,
    /// End after so many files
    #[arg(long, value_name = "N", requires = "when", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub max: u32,
    /// Keep no more than this of generations that have ended; the one that is coming may have as much again, and so may a file
    /// that is being written
    #[arg(long, value_name = "SIZE", requires = "ring", default_value = "512MiB", value_parser = size)]
    pub ring_size: u64,
}

/// The signals of conditions, for the help.
pub fn signals() -> String {
    let mut text = String::from("Conditions, of which `and`, `or`, `not` and ( ) make larger ones:\n");
    for spec in SIGNALS {
        // Text takes everything.
        let _ = writeln!(text, "  {:28} {}", spec.example, spec.meaning);
    }
    text.push_str("What happens counts for a second.\n");
    text
}
