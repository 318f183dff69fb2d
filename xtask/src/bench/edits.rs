//! Commands that make a trace of another one, each on one thread: how many bytes of the input a second, and how much memory.
//!
//! There is nothing to compare them with: no tool of Go writes traces. Reading alone stands beside them.

use std::{fs, path::Path};

use anyhow::Result;

use super::{
    contest::{Contestant, compare},
    trace,
};

/// The commands, as arguments in front of the trace. What they write goes nowhere.
const EDITS: [&[&str]; 6] = [
    &["bench-read"],
    &["convert", "--threads", "1", "-o", "-"],
    &["slice", "--threads", "1", "--from", "0s", "-o", "-"],
    &["slice", "--threads", "1", "--from", "500ms", "--to", "1s", "-o", "-"],
    &["anonymise", "-o", "-"],
    &["repair", "--threads", "1", "-o", "-"],
];

/// Runs each on traces of both families.
pub fn run(goscope: &Path, oracle: &Path, mb: u32, rounds: usize) -> Result<()> {
    let edits = EDITS.map(|args| Contestant::new(&args.join(" "), goscope, args));
    for (family, file) in [("v2", trace::newest(oracle, mb)?), ("v1", trace::v1(oracle, mb)?)] {
        let bytes = fs::metadata(&file)?.len();
        println!("edits of family {family}, {:.1} MB, medians of {rounds}:", bytes as f64 / 1e6);
        let outcomes = compare(&edits.iter().collect::<Vec<_>>(), &file, rounds)?;
        for (edit, outcome) in edits.iter().zip(outcomes) {
            println!("  {:<48} {}", edit.name(), outcome.line(bytes));
        }
    }
    Ok(())
}
