//! How time and memory grow with the length of a trace: one recording, from its start to later and later ends.

use std::{fs, path::Path};

use anyhow::Result;

use super::{
    contest::{self, Contestant},
    trace,
};

/// The lengths, in megabytes.
const LENGTHS: [u32; 4] = [16, 64, 256, 1024];

/// Reads more and more of a trace, and prints the time for a byte.
pub fn run(goscope: &Path, oracle: &Path, rounds: usize) -> Result<()> {
    let readers = ["1", "2"].map(|threads| {
        let name = format!("threads: {threads}");
        Contestant::new(&name, goscope, &["bench-read", "--threads", threads])
    });
    println!("ordered events of family v2 as traces grow, medians of {rounds}, on one thread and on two:");
    let whole = trace::newest(oracle, LENGTHS[3])?;
    for length in LENGTHS {
        let file = trace::start(&whole, length)?;
        let bytes = fs::metadata(&file)?.len();
        for (threads, outcome) in (1..).zip(contest::compare(&readers.each_ref(), &file, rounds)?) {
            let each = outcome.time.as_secs_f64() * 1e9 / bytes as f64;
            println!("  {length:4} MB, {threads}:  {}  {each:.2} ns a byte", outcome.line(bytes));
        }
    }
    Ok(())
}
