//! `cargo xtask bench`: goscope and Go's own readers on the same files, in turn, in the same run.
//!
//! Machines are noisy and differ, so what counts is the ratio: each round runs one program, then the other,
//! and the medians of all rounds are compared.

mod answers;
mod contest;
mod edits;
mod growth;
mod live;
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
    /// The goscope to measure, instead of one that is built here
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// The size of the trace that is read, in megabytes
    #[arg(long, default_value_t = 64, value_name = "N")]
    mb: u32,
    /// How often each program runs
    #[arg(long, default_value_t = 9, value_name = "N")]
    rounds: usize,
    /// Only the contests that have this in their title; of 256 MB of family v1, `oracle-v1` needs more than 20 GB
    #[arg(long, default_value = "", hide_default_value = true, value_name = "WORDS")]
    only: String,
    /// Read 16 MB to 1 GB of a trace instead, to see how time and memory grow
    #[arg(long)]
    growth: bool,
    /// Ask for answers instead, against a profile of `go tool trace`
    #[arg(long, conflicts_with = "growth")]
    answers: bool,
    /// Have traces converted, sliced, anonymised and repaired instead
    #[arg(long, conflicts_with_all = ["growth", "answers"])]
    edits: bool,
    /// Follow traces instead: how soon, how much, and in how much memory
    #[arg(long, conflicts_with_all = ["growth", "answers", "edits"])]
    live: bool,
}

/// Runs every contest and prints its result.
pub fn run(options: &Options) -> Result<()> {
    let goscope = options.program.clone().map_or_else(build, Ok)?;
    let oracle = |name: &str| options.oracle.join(name);
    if options.growth {
        return growth::run(&goscope, &options.oracle, options.rounds);
    }
    if options.answers {
        return answers::run(&goscope, &options.oracle, options.mb, options.rounds);
    }
    if options.edits {
        return edits::run(&goscope, &options.oracle, options.mb, options.rounds);
    }
    if options.live {
        return live::run(&goscope, &options.oracle, options.mb, options.rounds);
    }
    let newest = trace::newest(&options.oracle, options.mb)?;
    let v1 = trace::v1(&options.oracle, options.mb)?;
    let go = |name: &str, mode: &str| Contestant::new(&format!("Go ({name} {mode})"), &oracle(name), &[mode]);
    let ours = |name: &str, args: &[&str]| Contestant::new(name, &goscope, &[&["bench-read"], args].concat());
    let records =
        || vec![ours("one thread", &["--wire"]), ours("two threads", &["--wire", "--threads", "2"])];
    let events = || vec![ours("one thread", &[]), ours("two threads", &["--threads", "2"])];
    let contests = [
        Contest {
            title: "records of family v2",
            file: &newest,
            theirs: go("oracle", "bench-wire"),
            ours: records(),
        },
        Contest {
            title: "records of family v1 (Go also orders them)",
            file: &v1,
            theirs: go("oracle-v1", "digest"),
            ours: vec![ours("one thread", &["--wire"])],
        },
        Contest {
            title: "ordered events of family v2",
            file: &newest,
            theirs: go("oracle", "bench"),
            ours: events(),
        },
        Contest {
            title: "ordered events of family v1",
            file: &v1,
            theirs: go("oracle", "bench"),
            ours: events(),
        },
    ];
    let mut chosen = contests.iter().filter(|contest| contest.title.contains(&options.only));
    chosen.try_for_each(|contest| contest.run(options.rounds))
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
