//! Prints at the end of a run of the tests how many were skipped, and why.
//!
//! It is a program without the test harness, which would hide what it prints. cargo runs the programs in the order of their
//! packages and names, and so this one comes last.

// To print is what it is for.
#![allow(clippy::print_stdout)]

use goscope_testkit::skip;

fn main() {
    // What runners ask that want to know the tests of a program.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let skipped = skip::take_recorded();
    let total: u64 = skipped.values().sum();
    println!("\n{total} tests skipped because something outside of the repository is missing");
    for (what, tests) in &skipped {
        println!("  {tests:4}  {what}");
    }
    println!();
}
