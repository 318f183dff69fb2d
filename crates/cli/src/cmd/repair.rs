//! `goscope repair`: what can be read of a damaged trace, as a valid one.

use anyhow::Result;
use clap::Args;

use crate::{
    args::{input::Input, output::Output, threads::Threads},
    damage,
    mend::{Mended, mend},
    render::{changes, event},
    status::Status,
};

/// Write what can be read of a damaged trace as a trace that Go opens
///
/// Of a program that crashed, a file that was cut, or one with bytes that flipped. What is missing is told; where a step is missing
/// without which the rest makes no sense, it is added.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope repair crashed.trace -o whole.trace && go tool trace whole.trace
  goscope check crashed.trace            what is wrong with it, without writing anything

Exit status: 0 nothing was wrong, 1 something was, and OUT has the rest, 2 nothing could be read or
written.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    threads: Threads,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let sink = options.output.open_discarding()?;
    let mut reader = event::open(&options.input, false, options.threads)?;
    let Mended { sink, changes: changed, error, .. } = mend(&mut reader, sink)?;
    sink.commit()?;
    let name = options.input.name();
    changes::tell(&name, &changed);
    Ok(damage::tell_end(&name, reader.diagnostics(), error.as_ref()))
}
