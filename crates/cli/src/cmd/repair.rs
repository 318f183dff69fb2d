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

/// Write the readable part of a damaged trace as a valid trace
///
/// The trace may be of a program that crashed, may be incomplete, or may contain changed bytes. Go's tools open the
/// result. Reports what is missing, and adds lost transitions that later events need.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope repair crashed.trace -o whole.trace && go tool trace whole.trace
  goscope check crashed.trace            report the damage, write nothing

Exit status: 0 the trace was valid, 1 the trace was damaged and OUT contains the readable part, 2 nothing could be \
read or written.")]
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
