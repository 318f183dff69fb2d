//! `goscope assemble`: a trace in its text form becomes a binary trace.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use goscope_wire::{Writer, text::Parser};

use crate::{
    args::{
        input::{self, is_stdin},
        output::Output,
    },
    status::Status,
};

/// Convert the text form of a trace to a binary trace
///
/// The input is the output of `goscope cat --as text`, of any version. Numbers get their shortest encoding. If the
/// runtime padded the sizes of its batches, the new trace is a few bytes shorter.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope cat --as text trace.out > trace.txt && $EDITOR trace.txt && goscope assemble trace.txt -o edited.out
  goscope cat --as text trace.out | goscope assemble -o - | goscope info

Exit status: 0 success, 2 the input is not a trace in text form; then nothing is written to OUT.")]
pub struct Options {
    /// The text form: a file, or - for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let name = input::name(&options.file);
    let sink = options.output.open_discarding()?;
    let text = open(&options.file).with_context(|| name.clone())?;
    let mut parser = Parser::new(text).with_context(|| name.clone())?;
    let mut writer = Writer::with_version(sink, parser.version())?;
    while let Some(record) = parser.next_record().with_context(|| name.clone())? {
        writer.record(&record)?;
    }
    writer.finish()?.commit()?;
    Ok(Status::Fine)
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::with_capacity(256 << 10, File::open(path)?)))
}
