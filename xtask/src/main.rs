//! The chores of this workspace: `cargo xtask --help` lists them. Each has a module of its own.

// Saying what happens is all that a chore has an interface for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod corpus;
mod workspace;

use anyhow::Result;
use clap::Parser;

/// The chores of the goscope workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Chore {
    Corpus(corpus::Options),
}

fn main() -> Result<()> {
    match Chore::parse() {
        Chore::Corpus(options) => corpus::run(&options),
    }
}
