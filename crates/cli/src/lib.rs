//! The program `goscope`, and `tracecat` beside it.
//!
//! A command is a file in `cmd`: its options, one call of a library, and how the answer is shown. What
//! commands share is in `args` (options), `walk` (reading a trace to its end, damage included), `damage` and
//! `render` (tables, JSON, units). It is a library only so that `xtask` can make manual pages and
//! completions from [`commands`].
//!
//! Invariant: standard output carries results only; everything else goes to standard error.

mod args;
mod cmd;
mod count;
mod damage;
mod follow;
mod render;
mod spool;
mod status;
mod walk;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::status::Status;

/// Reads, explains and writes Go execution traces.
#[derive(Parser, Debug)]
#[command(name = "goscope", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  goscope info trace.out                 what kind of trace this is, and what is in it
  goscope cat trace.out | less           every event in order
  goscope check trace.out                whether it is whole and makes sense
  goscope goroutines trace.out           what goroutines did with their time
  curl -s localhost:6060/debug/pprof/trace?seconds=5 | goscope info

A trace may be a file, standard input (-), plain or compressed with gzip or zstd.
Exit status: 0 fine, 1 the trace is damaged, 2 wrong usage or no result.")]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Info(cmd::info::Options),
    Cat(Box<cmd::cat::Options>),
    Check(cmd::check::Options),
    Assemble(cmd::assemble::Options),
    Goroutines(cmd::goroutines::Options),
    Tasks(cmd::tasks::TaskOptions),
    Regions(cmd::tasks::RegionOptions),
    Profile(Box<cmd::profile::Options>),
    CriticalPath(Box<cmd::critical_path::Options>),
    Latency(Box<cmd::latency::Options>),
    Procs(cmd::procs::Options),
    Threads(cmd::threads::Options),
    Footprint(cmd::footprint::Options),
    Spec(cmd::spec::Options),
    #[command(hide = true)]
    BenchRead(cmd::bench_read::Options),
}

/// The program's entry point.
#[must_use]
pub fn main() -> ExitCode {
    status::exit("goscope", run(Program::parse().command))
}

fn run(command: Command) -> anyhow::Result<Status> {
    match command {
        Command::Info(options) => cmd::info::run(&options),
        Command::Cat(options) => cmd::cat::run(&options),
        Command::Check(options) => cmd::check::run(&options),
        Command::Assemble(options) => cmd::assemble::run(&options),
        Command::Goroutines(options) => cmd::goroutines::run(&options),
        Command::Tasks(options) => cmd::tasks::run_tasks(&options),
        Command::Regions(options) => cmd::tasks::run_regions(&options),
        Command::Profile(options) => cmd::profile::run(&options),
        Command::CriticalPath(options) => cmd::critical_path::run(&options),
        Command::Latency(options) => cmd::latency::run(&options),
        Command::Procs(options) => cmd::procs::run(&options),
        Command::Threads(options) => cmd::threads::run(&options),
        Command::Footprint(options) => cmd::footprint::run(&options),
        Command::Spec(options) => cmd::spec::run(&options),
        Command::BenchRead(options) => cmd::bench_read::run(&options),
    }
}

/// The entry point of `tracecat`.
#[must_use]
pub fn tracecat() -> ExitCode {
    status::exit("tracecat", cmd::tracecat::run(&cmd::tracecat::Options::parse()))
}

/// The command lines of both programs, for manual pages and completions.
#[must_use]
pub fn commands() -> [clap::Command; 2] {
    [Program::command(), cmd::tracecat::Options::command()]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_lines_are_consistent() {
        super::commands().into_iter().for_each(clap::Command::debug_assert);
    }
}
