//! The chores of this workspace: `cargo xtask --help` lists them. Each has a module of its own.

// Saying what happens is all that a chore has an interface for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod check;
mod corpus;
mod cost;
mod dist;
mod printable;
mod standard;
mod workspace;

use anyhow::Result;
use clap::Parser;

/// The chores of the goscope workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Chore {
    Bench(bench::Options),
    Check(check::Options),
    Corpus(corpus::Options),
    Cost(cost::Options),
    Dist(dist::Options),
    Printable(printable::Options),
    Standard(standard::Options),
}

fn main() -> Result<()> {
    match Chore::parse() {
        Chore::Bench(options) => bench::run(&options),
        Chore::Check(options) => check::run(&options),
        Chore::Corpus(options) => corpus::run(&options),
        Chore::Cost(options) => cost::run(&options),
        Chore::Dist(options) => dist::run(&options),
        Chore::Printable(options) => printable::run(&options),
        Chore::Standard(options) => standard::run(&options),
    }
}
