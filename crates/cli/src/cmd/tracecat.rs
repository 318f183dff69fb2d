//! `tracecat`: the records of traces as text, each as soon as it arrives.

use std::{
    io::{self, BufWriter},
    path::PathBuf,
};

use anyhow::Result;
use clap::Parser;

use crate::{
    args::input::{Input, is_stdin},
    printed::AsGo,
    render::record::TextPrinter,
    status::Status,
    walk::walk,
};

/// Print the records of Go execution traces as text, as soon as they arrive
#[derive(Parser, Debug)]
#[command(name = "tracecat", version, max_term_width = 100)]
#[command(after_help = "\
Examples:
  tracecat trace.out
  curl -sN localhost:6060/debug/pprof/trace?seconds=60 | tracecat | grep GoCreate

Exit status: 0 success, 1 a trace is damaged (tracecat prints the readable part), 2 no trace.")]
pub struct Options {
    /// The traces: files, or - for standard input [default: -]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the program.
pub fn run(options: &Options) -> Result<Status> {
    if options.files.is_empty() {
        anstream::eprintln!("tracecat: waiting for a trace on standard input");
        return cat(PathBuf::from("-"));
    }
    let mut status = Status::Fine;
    for file in &options.files {
        if is_stdin(file) {
            anstream::eprintln!("tracecat: waiting for a trace on standard input");
        }
        if cat(file.clone())? == Status::Findings {
            status = Status::Findings;
        }
    }
    Ok(status)
}

fn cat(file: PathBuf) -> Result<Status> {
    let out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let input = Input { file, assume_version: None };
    Ok(walk(&input, &mut TextPrinter::new(AsGo::new(out)))?.status())
}
