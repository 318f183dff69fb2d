//! `cargo xtask bench`: goscope and Go's own readers on the same files, in turn, in the same run.
//!
//! Machines are noisy and differ, so what counts is the ratio: each round runs one program, then the other,
//! and the medians of all rounds are compared.

mod contest;
mod trace;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workspace;
use contest::{Contest, Contestant};

/// Compare the speed of goscope with that of Go's readers
#[derive(Args)]
pub struct Options {
    /// The folder that ../shared/oracle/build.sh has filled
    #[arg(long, env = "GOSCOPE_ORACLE", value_name = "DIR")]
    oracle: PathBuf,
    /// The size of the trace that is read, in megabytes
    #[arg(long, default_value_t = 64, value_name = "N")]
    mb: u32,
    /// How often each program runs
    #[arg(long, default_value_t = 9, value_name = "N")]
    rounds: usize,
}

/// Runs every contest and prints its result.
pub fn run(options: &Options) -> Result<()> {
    let goscope = build()?;
    let oracle = |name: &str| options.oracle.join(name);
    let newest = trace::newest(&options.oracle, options.mb)?;
    let v1 = trace::v1(&options.oracle, options.mb)?;
    let records = |file: &PathBuf| Contestant::new(&goscope, &["bench-read", "--wire"], file);
    let events = |file: &PathBuf| Contestant::new(&goscope, &["bench-read"], file);
    let contests = [
        Contest {
            title: "records of family v2, one thread",
            ours: records(&newest),
            theirs: Contestant::new(&oracle("oracle"), &["bench-wire"], &newest),
        },
        Contest {
            title: "records of family v1, one thread (Go also orders them)",
            ours: records(&v1),
            theirs: Contestant::new(&oracle("oracle-v1"), &["digest"], &v1),
        },
        Contest {
            title: "ordered events of family v2, one thread",
            ours: events(&newest),
            theirs: Contestant::new(&oracle("oracle"), &["bench"], &newest),
        },
        Contest {
            title: "ordered events of family v1, one thread",
            ours: events(&v1),
            theirs: Contestant::new(&oracle("oracle"), &["bench"], &v1),
        },
    ];
    contests.iter().try_for_each(|contest| contest.run(options.rounds))
}

/// Builds the program as users have it.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = std::process::Command::new(cargo);
    build.args(["build", "--release", "--package", "goscope"]).current_dir(workspace::root());
    let status = build.status().context("running cargo")?;
    ensure!(status.success(), "goscope does not build");
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    Ok(target.unwrap_or_else(|| workspace::root().join("target")).join("release/goscope"))
}
