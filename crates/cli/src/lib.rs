//! The program `goscope`, and `tracecat` and `tracegrep` beside it.
//!
//! A command is a file in `cmd`: its options, one call of a library, and how the answer is shown. What
//! commands share is in `args` (options), `walk` (reading a trace to its end, damage included), `damage` and
//! `render` (tables, JSON, units). It is a library only so that `xtask` can make manual pages and
//! completions from [`commands`].
//!
//! Invariant: standard output carries results only; everything else goes to standard error.

mod args;
mod cmd;
mod command_line;
mod count;
mod cut;
mod damage;
mod follow;
mod gather;
mod grep;
mod interrupt;
mod mangled;
mod mend;
mod one_trace;
mod pipes;
mod printed;
mod record;
mod render;
mod spool;
mod status;
mod top;
mod walk;

use std::{env, ffi::OsString, path::Path, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

use crate::status::Status;

/// Read, explain and write Go execution traces.
#[derive(Parser, Debug)]
#[command(name = "goscope", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  goscope trace.out                     a summary (goscope summary)
  goscope info trace.out                the format and the contents
  goscope cat trace.out | less          all events in order
  goscope grep main.worker trace.out    the events that mention main.worker
  goscope check trace.out               whether the trace is complete and valid
  goscope slice trace.out -o part.out --from 1.2s --to 1.4s
  goscope goroutines trace.out          how goroutines spent their time
  goscope record http://localhost:6060 -o trace.out
                                        the next ten seconds of a program
  goscope top http://localhost:6060     live statistics of a program

A trace is a file or standard input (-), plain or compressed with gzip or zstd.

Exit status: 0 success, 1 the trace is damaged, 2 wrong usage or no result.")]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Summary(cmd::summary::Options),
    Info(cmd::info::Options),
    Cat(Box<cmd::cat::Options>),
    Grep(Box<cmd::grep::Options>),
    Check(cmd::check::Options),
    Assemble(cmd::assemble::Options),
    Convert(cmd::convert::Options),
    Slice(Box<cmd::slice::Options>),
    Split(cmd::split::Options),
    Merge(cmd::merge::Options),
    Repair(cmd::repair::Options),
    Record(Box<cmd::record::Options>),
    Tail(Box<cmd::tail::Options>),
    Top(Box<cmd::top::Options>),
    Anonymise(cmd::anonymise::Options),
    Goroutines(cmd::goroutines::Options),
    Goroutine(cmd::goroutine::Options),
    Tasks(cmd::tasks::TaskOptions),
    Task(cmd::task::Options),
    Regions(cmd::tasks::RegionOptions),
    Profile(Box<cmd::profile::Options>),
    Flame(Box<cmd::flame::Options>),
    CriticalPath(Box<cmd::critical_path::Options>),
    Heap(cmd::heap::Options),
    Gc(cmd::gc::Options),
    Stw(Box<cmd::stw::Options>),
    Mmu(cmd::mmu::Options),
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
    pipes::widen();
    interrupt::outlive_file_size_limit();
    let parsed = command_line::parse::<Program>(with_command(env::args_os()));
    status::exit("goscope", parsed.and_then(|program| run(program.command)))
}

/// A trace alone asks for its summary.
fn with_command(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let program = Program::command();
    let is_command = |name: &OsString| name == "help" || program.find_subcommand(name).is_some();
    let is_trace = |name: &OsString| name == "-" || (!is_command(name) && Path::new(name).exists());
    if arguments.get(1).is_some_and(is_trace) {
        arguments.insert(1, "summary".into());
    }
    arguments
}

fn run(command: Command) -> anyhow::Result<Status> {
    match command {
        Command::Summary(options) => cmd::summary::run(&options),
        Command::Info(options) => cmd::info::run(&options),
        Command::Cat(options) => cmd::cat::run(&options),
        Command::Grep(options) => cmd::grep::run(&options),
        Command::Check(options) => cmd::check::run(&options),
        Command::Assemble(options) => cmd::assemble::run(&options),
        Command::Convert(options) => cmd::convert::run(&options),
        Command::Slice(options) => cmd::slice::run(&options),
        Command::Split(options) => cmd::split::run(&options),
        Command::Merge(options) => cmd::merge::run(&options),
        Command::Repair(options) => cmd::repair::run(&options),
        Command::Record(options) => cmd::record::run(&options),
        Command::Tail(options) => cmd::tail::run(&options),
        Command::Top(options) => cmd::top::run(&options),
        Command::Anonymise(options) => cmd::anonymise::run(&options),
        Command::Goroutines(options) => cmd::goroutines::run(&options),
        Command::Goroutine(options) => cmd::goroutine::run(&options),
        Command::Tasks(options) => cmd::tasks::run_tasks(&options),
        Command::Task(options) => cmd::task::run(&options),
        Command::Regions(options) => cmd::tasks::run_regions(&options),
        Command::Profile(options) => cmd::profile::run(&options),
        Command::Flame(options) => cmd::flame::run(&options),
        Command::CriticalPath(options) => cmd::critical_path::run(&options),
        Command::Heap(options) => cmd::heap::run(&options),
        Command::Gc(options) => cmd::gc::run(&options),
        Command::Stw(options) => cmd::stw::run(&options),
        Command::Mmu(options) => cmd::mmu::run(&options),
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
    pipes::widen();
    interrupt::outlive_file_size_limit();
    let parsed = command_line::parse(env::args_os());
    status::exit("tracecat", parsed.and_then(|options| cmd::tracecat::run(&options)))
}

/// The entry point of `tracegrep`.
#[must_use]
pub fn tracegrep() -> ExitCode {
    pipes::widen();
    interrupt::outlive_file_size_limit();
    let parsed = command_line::parse(env::args_os());
    status::exit("tracegrep", parsed.and_then(|options| cmd::tracegrep::run(&options)))
}

/// The command lines of all programs, for manual pages and completions.
#[must_use]
pub fn commands() -> [clap::Command; 3] {
    [Program::command(), cmd::tracecat::Options::command(), cmd::tracegrep::Options::command()]
}

/// Whether an argument of the [`commands`] names a file that is written.
#[must_use]
pub fn is_output(argument: &clap::Arg) -> bool {
    args::sources::is_output(argument)
}

/// Whether an argument of the [`commands`] names a file that is read.
#[must_use]
pub fn is_input(argument: &clap::Arg) -> bool {
    args::sources::is_input(argument)
}

/// The examples of the README and of the book, compiled as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../docs/src/libraries.md")]
struct Examples;

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_lines_are_consistent() {
        super::commands().into_iter().for_each(clap::Command::debug_assert);
    }
}
