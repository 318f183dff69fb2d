//! Answers: what one takes, against a profile of `go tool trace`, byte for byte.
//!
//! Go's tool keeps every event of a trace and so can't open a large one. It is asked of a small one, and time is compared
//! by the byte.

use std::{fs, path::Path};

use anyhow::Result;

use super::{
    contest::{Contestant, Outcome, compare},
    trace,
};

/// The size of the trace that Go is asked of, in megabytes.
const SMALL: u32 = 12;

/// The answers, as arguments.
const ANSWERS: [&[&str]; 4] = [&["summary"], &["profile", "sync"], &["profile", "all"], &["goroutines"]];

/// Runs Go on a small trace and goscope on another one, in turn.
pub fn run(goscope: &Path, oracle: &Path, mb: u32, rounds: usize) -> Result<()> {
    let (small, large) = (trace::newest(oracle, SMALL)?, trace::newest(oracle, mb)?);
    let theirs =
        Contestant::new("go tool trace -pprof=sync", &oracle.join("go-tool-trace"), &["-pprof=sync"]);
    let ours = ANSWERS.map(|args| Contestant::new(&format!("goscope {}", args.join(" ")), goscope, args));
    let go = compare(&[&theirs], &small, rounds)?;
    let answers = compare(&ours.iter().collect::<Vec<_>>(), &large, rounds)?;
    let (small, large) = (fs::metadata(small)?.len(), fs::metadata(large)?.len());
    println!(
        "answers, {:.1} MB for Go and {:.1} MB for goscope, medians of {rounds}:",
        mega(small),
        mega(large)
    );
    for (contestant, outcome, bytes) in [(&theirs, go[0], small)]
        .into_iter()
        .chain(ours.iter().zip(answers).map(|(one, outcome)| (one, outcome, large)))
    {
        let ratio = per_byte(&go[0], small) / per_byte(&outcome, bytes);
        println!("  {:<26} {}  {ratio:5.1} times by the byte", contestant.name(), outcome.line(bytes));
    }
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn per_byte(outcome: &Outcome, bytes: u64) -> f64 {
    outcome.time.as_secs_f64() / bytes as f64
}
